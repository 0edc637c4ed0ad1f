import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { architectures, worstErrors } from '../../tools/architectures.mjs';
import { root } from '../../tools/lib/process.mjs';

const page = readFileSync(join(root, 'docs/architectures.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| \w+ \|.*\d/.test(line));
const cells = new Map(rows.map((line) => line.split('|').map((cell) => cell.trim())).map((row) => [row[1], row]));

test('docs/architectures.md has a row of each architecture, as many maps as its references, and no error too large', () => {
  for (const kind of ['zoo', 'networks']) {
    const known = architectures(kind);
    assert.ok(known.size > 0, `no ${kind}`);
    for (const [name, { outputs }] of known) {
      const row = cells.get(name);
      assert.ok(row, `${name} is missing: run node tools/architectures.mjs`);
      ['logits', 'gradient', 'guided', 'deconvnet'].forEach((output, i) => {
        assert.equal(row[row.length - 5 + i] !== '–', output in outputs, `${name}: ${output}`);
      });
    }
  }
  const errors = rows.flatMap((line) => [...line.matchAll(/(\S+e\S+) \/ (\S+e\S+)/g)]);
  assert.ok(errors.length > rows.length);
  for (const [text, error, tolerance] of errors) assert.ok(Number(error) <= Number(tolerance), text);
});

test('the worst error of several logs counts', () => {
  const log = (error) => `[ RUN ]\nnet_1 gradient: relative error ${error} of 1e-04 allowed\n[ OK ]\n`;

  const worst = worstErrors([log('2.00e-06'), log('3.50e-06'), log('1.00e-07')]);

  assert.deepEqual(worst.get('net_1 gradient'), { error: 3.5e-6, tolerance: 1e-4 });
});
