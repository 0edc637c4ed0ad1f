// npm run format: formats all sources in place.
import { isCpp, projectFiles } from './lib/files.mjs';
import { call, runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';

await runMain(() => {
  setUp('test');
  call('clang-format', ['-i', ...projectFiles().filter(isCpp)]);
  call('node', ['node_modules/@biomejs/biome/bin/biome', 'check', '--write']);
});
