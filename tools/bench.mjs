// npm run bench [-- options of GoogleBenchmark]: builds and runs the kernel benchmarks natively, then in WebAssembly.
import { cmakeBuild } from './lib/cmake.mjs';
import { call, runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';

const options = { SALIENCY_TESTS: 'OFF', SALIENCY_BENCH: 'ON', SALIENCY_KERNELS: 'simd' };

await runMain((args) => {
  setUp('bench');
  const native = { folder: 'bench-native', options };
  cmakeBuild(native, ['saliency_bench']);
  call('build/bench-native/saliency_bench', args);
});
