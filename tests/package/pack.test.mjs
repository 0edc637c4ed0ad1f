// The package as its users get it: packed, installed in an empty folder, explaining an image in Node.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(root, 'build/pack/user');
let packed;

function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' });
  assert.equal(done.status, 0, `${command} ${args.join(' ')}:\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

before(() => {
  rmSync(join(root, 'build/pack'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // What is built is packed as it is: the test run has built it already.
  [packed] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', 'build/pack'], root));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const tarball = join(root, 'build/pack', packed.filename);
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', tarball], folder);
  cpSync(join(root, 'demo/model/demo.onnx'), join(folder, 'demo.onnx'));
  cpSync(join(root, 'demo/samples/cat.png'), join(folder, 'cat.png'));
});

test('holds the five builds, types and the licence, and nothing that belongs to the project only', () => {
  const paths = packed.files.map(({ path }) => path);

  for (const build of ['simd', 'simd-relaxed', 'threads', 'threads-relaxed', 'double']) {
    assert.ok(paths.includes(`dist/wasm/saliency-${build}.wasm`), `${build} is missing`);
  }
  for (const path of ['dist/index.js', 'dist/index.d.ts', 'LICENSE', 'package.json'])
    assert.ok(paths.includes(path), path);
  const foreign = paths.filter((path) => !/^(dist\/.*|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(path));
  assert.deepEqual(foreign, []);
});

test('installed in an empty folder, it explains an image in Node', () => {
  const program = `
    import { readFile } from 'node:fs/promises';
    import { loadModel, VanillaGradients } from 'saliency-wasm';
    const model = await loadModel(await readFile('demo.onnx'));
    const image = new Blob([await readFile('cat.png')], { type: 'image/png' });
    const [best] = await model.classify(image, { top: 1 });
    const mask = await new VanillaGradients(model).getSmoothedMask(image, { target: best.index, samples: 3 });
    console.log(best.label, mask.shape.join('×'));
    model.dispose();
  `;
  writeFileSync(join(folder, 'explain.mjs'), program);

  assert.equal(run('node', ['explain.mjs'], folder).trim(), 'cat 128×128×3');
});

test("the README's lines for Node run as they stand", (t) => {
  const readme = existsSync(join(root, 'README.md')) ? readFileSync(join(root, 'README.md'), 'utf8') : '';
  const blocks = [...readme.matchAll(/```(?:js|ts|mjs|javascript|typescript)\n(.*?)```/gs)].map(([, code]) => code);
  const program = blocks.find((code) => code.includes("'saliency-wasm'") && code.includes('node:'));
  if (program === undefined) return t.skip('the README has no lines for Node');
  writeFileSync(join(folder, 'readme.mjs'), program);

  run('node', ['readme.mjs'], folder);
});
