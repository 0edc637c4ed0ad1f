// Reads what test programs print: how many tests passed, failed and were skipped.
const number = (match) => Number(match?.[1] ?? 0);

/** Of a GoogleTest program. One that crashed has failed once more, however far it came. */
export function countGoogleTest({ code, output }) {
  const passed = number(output.match(/\[ {2}PASSED {2}\] (\d+) tests?\./));
  const skipped = number(output.match(/\[ {2}SKIPPED \] (\d+) tests?/));
  const ran = number(output.match(/\[={10}\] (\d+) tests? from .* ran\./));
  const failed = Math.max(ran - passed - skipped, 0);
  return { passed, skipped, failed: failed || (code === 0 && ran > 0 ? 0 : 1), output };
}

/** Of `node --test --test-reporter=tap`. */
export function countNodeTest({ code, output }) {
  const count = (word) => number(output.match(new RegExp(`^# ${word} (\\d+)$`, 'm')));
  const failed = count('fail') + count('cancelled');
  return { passed: count('pass'), skipped: count('skipped'), failed: failed || (code === 0 ? 0 : 1), output };
}
