// Each layer shape of real networks, alone.
import { cmakeBuild } from '../lib/cmake.mjs';
import { call } from '../lib/process.mjs';

const options = { SALIENCY_BENCH: 'ON', SALIENCY_KERNELS: 'simd' };
const native = { folder: 'bench-native', options };
const wasm = { folder: 'bench-wasm', wasm: true, options: { ...options, SALIENCY_THREADS: 'OFF' } };

export function benchKernels(args) {
  cmakeBuild(native, ['saliency_bench']);
  cmakeBuild(wasm, ['saliency_bench']);
  console.log('Native, one thread');
  call('build/bench-native/saliency_bench', args);
  console.log('\nWebAssembly, plain SIMD, one thread');
  // Emscripten 3.1.6 would fetch() the file where Node has a fetch.
  call('node', ['--no-experimental-fetch', 'build/bench-wasm/saliency_bench.js']);
}
