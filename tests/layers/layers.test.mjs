import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { violations } from './layers.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

test('every include and import of the sources points to the right', () => {
  const paths = ['src', 'web', 'demo'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name}`.replaceAll('\\', '/')),
  );
  const sources = paths.filter((path) => /\.(h|cpp|ts)$/.test(path));

  const found = sources.flatMap((path) => violations(path, readFileSync(join(root, path), 'utf8')));

  assert.ok(sources.length > 20, `only ${sources.length} sources found`);
  assert.deepEqual(found, []);
});

test('an include to the left, to a sibling or past the folders is found', () => {
  const cases = [
    ['src/ops/conv.cpp', '#include "graph/graph.h"', 'ops may not depend on graph'],
    ['src/kernels/conv.cpp', '#include "tensor/shape.h"', 'kernels may not depend on tensor'],
    ['src/graph/plan.cpp', '#include "plan.h"', 'write the path from src/'],
    ['src/ops/conv.cpp', '#include <emscripten/val.h>', 'only src/bindings'],
    ['src/helpers/x.h', '', 'is no layer'],
    ['web/index.ts', "import { start } from '../demo/main.js';", 'web may not depend'],
    ['demo/main.ts', "import { unwrap } from '#web/core.js';", 'public API'],
    ['demo/main.ts', "const core = await import('../dist/core.js');", 'public API'],
  ];
  for (const [path, text, expected] of cases) {
    const found = violations(path, text);

    assert.equal(found.length, 1, `${path}: ${text}`);
    assert.ok(found[0].includes(expected), found[0]);
  }
});

test('an include to the right or in its own folder passes', () => {
  const cases = [
    [
      'src/ops/conv.cpp',
      '#include "ops/conv.h"\n#include "kernels/kernels.h"\n#include "base/error.h"\n#include <vector>',
    ],
    ['src/bindings/model.cpp', '#include <emscripten/bind.h>\n#include "onnx/reader.h"'],
    ['demo/main.ts', "import { loadModel } from 'saliency-wasm';\nimport { panel } from './panel.js';"],
  ];
  for (const [path, text] of cases) assert.deepEqual(violations(path, text), []);
});
