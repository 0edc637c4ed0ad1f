// npm run bench [-- kernels [options of GoogleBenchmark] | models [options]]: times the kernels, natively and in
// WebAssembly, and whole models in Chromium, beside the peers where there are any.
import { benchKernels } from './bench/kernels.mjs';
import { benchModels } from './bench/models.mjs';
import { Failure, runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';

await runMain(async ([what = 'all', ...options]) => {
  if (!['all', 'kernels', 'models'].includes(what)) throw new Failure(`'${what}' is neither 'kernels' nor 'models'.`);
  setUp('bench');
  if (what !== 'models') benchKernels(options);
  if (what !== 'kernels') await benchModels(options);
});
