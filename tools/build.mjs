// npm run build: makes dist/, the publishable package. Incremental.
import { runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';
import { buildPackage } from './lib/package.mjs';

await runMain(() => {
  setUp('build');
  buildPackage();
  console.log('dist/ is up to date.');
});
