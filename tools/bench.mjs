// npm run bench [-- options of GoogleBenchmark]: builds and runs the kernel benchmarks, natively and in WebAssembly.
import { cmakeBuild } from './lib/cmake.mjs';
import { call, runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';

const options = { SALIENCY_BENCH: 'ON', SALIENCY_KERNELS: 'simd' };
const native = { folder: 'bench-native', options };
const wasm = { folder: 'bench-wasm', wasm: true, options: { ...options, SALIENCY_THREADS: 'OFF' } };

await runMain((args) => {
  setUp('bench');
  cmakeBuild(native, ['saliency_bench']);
  cmakeBuild(wasm, ['saliency_bench']);
  console.log('Native, one thread');
  call('build/bench-native/saliency_bench', args);
  console.log('\nWebAssembly, plain SIMD, one thread');
  // Emscripten 3.1.6 would fetch() the file where Node has a fetch.
  call('node', ['--no-experimental-fetch', 'build/bench-wasm/saliency_bench.js']);
});
