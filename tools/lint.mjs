// npm run lint: the checks of the test run alone, without its tests.
import { call, runMain } from './lib/process.mjs';

await runMain(() => call('node', ['tools/test.mjs', '--only', 'checks']));
