// What visitors bring to the demo page: pictures, models, and files that are neither.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { useBrowser } from './browser.mjs';
import { chooseRadio, colorsIn, drop, mapOf, problemCode, withDemo } from './demo-page.mjs';
import { onnxBytes } from './onnx-bytes.mjs';

const demoFile = (path) => readFileSync(fileURLToPath(new URL(`../../demo/${path}`, import.meta.url)));
const encoded = (text) => new TextEncoder().encode(text);
const image = [1, 3, 16, 16];
const averages = [
  { type: 'GlobalAveragePool', name: 'pool', inputs: ['x'], outputs: ['pooled'] },
  { type: 'Flatten', name: 'flat', inputs: ['pooled'], outputs: ['y'] },
];

describe('files dropped on the demo page', () => {
  const { withPage } = useBrowser({ isolated: true });
  const inDemo = (body) => withDemo(withPage, '#smoothed=no', body);

  // The page goes on with what it had.
  async function works(page) {
    const [sample] = await page.$$eval('input[name=sample]:not(:checked)', (inputs) => inputs.map((one) => one.value));
    await chooseRadio(page, 'sample', sample);
    assert.match(await mapOf(page), /^Gradient for/);
    assert.equal(await page.isHidden('#problem'), true);
  }

  const refused = [
    ['a broken model', 'broken.onnx', '', [8, 8, 58, 255, 1, 2, 3], 'MODEL_INVALID'],
    ['an empty model', 'empty.onnx', '', [], 'MODEL_INVALID'],
    ['a truncated model', 'cut.onnx', '', demoFile('model/demo.onnx').subarray(0, 50_000), 'MODEL_INVALID'],
    ['a broken picture', 'broken.png', 'image/png', demoFile('samples/cat.png').subarray(0, 40), 'INVALID_OPTION'],
    ['a text', 'notes.txt', 'text/plain', encoded('Nothing to see here.'), 'INVALID_OPTION'],
  ];
  test('a file that cannot be used is refused in words, and the page goes on', async (t) => {
    await inDemo(async (page) => {
      for (const [what, name, type, bytes, code] of refused) {
        await t.test(what, async () => {
          await drop(page, name, type, bytes);

          assert.equal(await problemCode(page), code);
          assert.match(await page.textContent('#problem'), /Found|Expected/);
          assert.match(await page.textContent('#problem'), new RegExp(name));
          await works(page);
        });
      }
    });
  });

  test('a model with unsupported operators is refused with all their names', async () => {
    const nodes = [
      { type: 'NonMaxSuppression', name: 'choose', inputs: ['x'], outputs: ['a'] },
      { type: 'Bernoulli', name: 'dice', inputs: ['x'], outputs: ['b'] },
    ];
    await inDemo(async (page) => {
      await drop(page, 'strange.onnx', '', onnxBytes({ nodes, inputs: { x: image }, outputs: { a: image, b: image } }));

      assert.equal(await problemCode(page), 'UNSUPPORTED_OPERATOR');
      assert.match(await page.textContent('#problem'), /NonMaxSuppression.*choose.*Bernoulli.*dice/s);
      await works(page);
    });
  });

  test('a picture is explained, and stands beside the samples', async () => {
    await inDemo(async (page) => {
      await drop(page, 'mine.png', 'image/png', demoFile('samples/pizza.png'));
      await page.waitForSelector('input[name=sample][value=""]', { state: 'attached' });

      assert.match(await mapOf(page), /“pizza”/);
      assert.ok((await colorsIn(page, 'map')) > 20);
      await works(page);

      await chooseRadio(page, 'sample', '');
      assert.match(await mapOf(page), /“pizza”/);
    });
  });

  test('a model without metadata is loaded, with a preset to choose and names from a file', async () => {
    await inDemo(async (page) => {
      await drop(
        page,
        'averages.onnx',
        '',
        onnxBytes({ nodes: averages, inputs: { x: image }, outputs: { y: [1, 3] } }),
      );
      await page.waitForSelector('#model :text("averages.onnx")');

      assert.match(await mapOf(page), /“class \d”/);
      assert.match(await page.textContent('#model'), /x: any × 3 × 16 × 16/);
      assert.match(await page.textContent('#model'), /0\.485/);

      await page.selectOption('#preprocess', 'unit');
      await page.waitForSelector('#model dd:text("mean 0, 0, 0")');
      assert.match(await mapOf(page), /“class \d”/);

      const names = { name: 'names.txt', mimeType: 'text/plain', buffer: Buffer.from('red\ngreen\nblue\n') };
      await page.setInputFiles('#labels-file', names);
      await page.waitForSelector('#model .entry:has(:text("Class names")) dd:text("3")');
      assert.match(await mapOf(page), /“(red|green|blue)”/);

      const empty = { name: 'empty.json', mimeType: 'application/json', buffer: Buffer.from('{') };
      await page.setInputFiles('#labels-file', empty);
      assert.equal(await problemCode(page), 'INVALID_OPTION');

      await page.click('text=Back to the demo model');
      await page.waitForSelector('#model :text("demo.onnx")');
      assert.match(await mapOf(page), /“cat”/);
    });
  });

  test('a model that leaves its sizes open asks for them', async () => {
    const open = onnxBytes({ nodes: averages, inputs: { x: [1, 3, 'height', 'width'] }, outputs: { y: [1, 3] } });
    await inDemo(async (page) => {
      await drop(page, 'open.onnx', '', open);
      assert.equal(await problemCode(page), 'SHAPE_MISMATCH');

      await page.fill('#input-shape', '1, 3, 32, 32');
      await page.press('#input-shape', 'Enter');
      await page.waitForSelector('#model :text("any × 3 × 32 × 32")');
      assert.match(await mapOf(page), /“class \d”/);
      assert.equal(await page.isHidden('#problem'), true);
    });
  });
});
