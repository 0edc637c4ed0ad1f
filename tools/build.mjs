// npm run build: makes dist/, the publishable package. Incremental.

import { buildPackage } from './lib/package.mjs';
import { runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';

await runMain(() => {
  setUp('build');
  buildPackage();
  console.log('dist/ is up to date.');
});
