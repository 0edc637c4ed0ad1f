// Every link of a document to a file of the repository leads somewhere.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { projectFiles } from '../../tools/lib/files.mjs';
import { root } from '../../tools/lib/process.mjs';

const documents = projectFiles().filter((path) => path.endsWith('.md'));

/** Targets of [text](target) and ![text](target) outside of code, without addresses and places in the same page. */
function linksOf(text) {
  const prose = text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target.split('#')[0]);
  return targets.filter((target) => target && !/^[a-z]+:/.test(target));
}

test('links of documents lead to files', () => {
  assert.ok(documents.length > 5);
  const broken = documents.flatMap((path) =>
    linksOf(readFileSync(join(root, path), 'utf8'))
      .filter((target) => !existsSync(join(root, normalize(join(dirname(path), target)))))
      .map((target) => `${path}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('links are found in prose only', () => {
  assert.deepEqual(linksOf('[a](b.md#c) `[x](y)` ![d](e.png)\n```\n[f](g)\n```\n[h](https://i) [j](#k)'), [
    'b.md',
    'e.png',
  ]);
});
