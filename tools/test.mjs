// npm test [-- --only native,wasm,web,browser,checks]: sets up, builds and runs every test.
import { parseArgs } from 'node:util';
import { cores } from './lib/cmake.mjs';
import { Failure, runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';
import { suites } from './lib/suites.mjs';

const groups = ['native', 'wasm', 'web', 'browser', 'checks'];
const lanes = 2;

await runMain(async (args) => {
  const chosen = chosenSuites(args);
  setUp('test');
  const start = Date.now();
  const results = await runAll(chosen);
  process.exitCode = report(results, (Date.now() - start) / 1000);
});

function chosenSuites(args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: { only: { type: 'string', default: groups.join(',') } } }));
  } catch (error) {
    throw new Failure(`${error.message}\nUsage: npm test [-- --only ${groups.join(',')}]`);
  }
  const only = values.only.split(',');
  const known = new Set([...groups, ...suites.map(({ name }) => name)]);
  const unknown = only.filter((name) => !known.has(name));
  if (unknown.length)
    throw new Failure(`--only does not know '${unknown.join("', '")}'; it knows: ${[...known].join(', ')}.`);
  const picked = new Set(
    suites.filter(({ name, group }) => only.includes(name) || group.split(' ').some((one) => only.includes(one))),
  );
  // With a suite come those without which it cannot run.
  for (const suite of picked)
    for (const name of suite.needs ?? []) picked.add(suites.find((other) => other.name === name));
  return suites.filter((suite) => picked.has(suite));
}

/** Runs the suites in a few lanes, each as soon as what it waits for has ended. Resolves to [{suite, result}]. */
function runAll(chosen) {
  const waiting = new Set(chosen);
  const ended = new Map();
  let running = 0;
  const names = new Set(chosen.map(({ name }) => name));
  const done = (name) => !names.has(name) || ended.has(name);
  const succeeded = (name) => ended.get(name)?.failed === 0;
  return new Promise((settle) => {
    const advance = () => {
      for (const suite of waiting) {
        if (running === lanes) break;
        const before = [...(suite.after ?? []), ...(suite.needs ?? [])];
        if (!before.every(done)) continue;
        waiting.delete(suite);
        const missing = (suite.needs ?? []).filter((name) => !succeeded(name));
        if (missing.length) {
          finish(suite, { passed: 0, failed: 1, skipped: 0, output: `Not run: ${missing.join(', ')} failed.` }, 0);
          continue;
        }
        running++;
        const start = Date.now();
        suite
          .run(Math.max(1, Math.ceil(cores / lanes)))
          .catch((error) => ({ passed: 0, failed: 1, skipped: 0, output: String(error.stack) }))
          .then((result) => {
            running--;
            finish(suite, result, (Date.now() - start) / 1000);
            advance();
          });
      }
      if (running === 0 && waiting.size === 0)
        settle(chosen.map((one) => ({ suite: one, result: ended.get(one.name) })));
    };
    const finish = (suite, result, seconds) => {
      ended.set(suite.name, { ...result, seconds });
      console.log(line(suite, ended.get(suite.name)));
      if (result.failed) console.log(`${result.output.trimEnd()}\n`);
      advance();
    };
    advance();
  });
}

function line({ title }, { passed, failed, skipped, seconds }) {
  const verdict = failed ? 'FAILED' : 'ok';
  const skips = skipped ? `, ${skipped} skipped` : '';
  const counts = passed + failed + skipped === 0 ? 'built' : `${passed} passed, ${failed} failed${skips}`;
  return `${verdict.padEnd(7)} ${title.padEnd(36)} ${seconds.toFixed(1).padStart(7)} s   ${counts}`;
}

function report(results, seconds) {
  console.log(`\nSummary (${Math.round(seconds)} s)`);
  for (const { suite, result } of results) console.log(`  ${line(suite, result)}`);
  for (const { result } of results) {
    if (!result.failed) for (const note of notes(result.output)) console.log(`  ${note}`);
  }
  const sum = (what) => results.reduce((total, { result }) => total + result[what], 0);
  const skipped = sum('skipped');
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped ? `, ${skipped} skipped` : ''}`);
  return sum('failed') ? 1 : 0;
}

// Lines by which a test says that something outside the checkout was not there.
function notes(output) {
  return [...new Set(output.match(/^.*skipped: .*$/gim) ?? [])].slice(0, 5);
}
