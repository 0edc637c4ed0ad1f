// The README's lines: the project's own model on one of its sample scenes, from files.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { loadModel, VanillaGradients, visualizeImageGrayscale } from '#web/index.js';

interface Sample {
  readonly file: string;
  readonly label: string;
  readonly box: readonly [number, number, number, number];
}

const demo = new URL('../../demo/', import.meta.url);

test('the demo model sees what is there, and the maps’ peaks lie in the objects’ boxes', async () => {
  const model = await loadModel(new URL('model/demo.onnx', demo));
  const samples = JSON.parse(await readFile(new URL('samples/samples.json', demo), 'utf8')) as readonly Sample[];
  let hits = 0;

  for (const { file, label, box } of samples) {
    const image = new Blob([new Uint8Array(await readFile(new URL(`samples/${file}`, demo)))]);
    const [best] = await model.classify(image, { top: 1 });
    assert.ok(best);
    assert.equal(best.label, label);

    const mask = await new VanillaGradients(model).getSmoothedMask(image, { target: best.index, seed: 1 });

    const picture = visualizeImageGrayscale(mask);
    const peak = mask.data.reduce((found, value, i) => (value > (mask.data[found] ?? 0) ? i : found), 0);
    const pixel = Math.floor(peak / 3);
    const { x, y, width, height } = mask.region ?? { x: 0, y: 0, width: 0, height: 0 };
    const peakX = x + (((pixel % picture.width) + 0.5) * width) / picture.width;
    const peakY = y + ((Math.floor(pixel / picture.width) + 0.5) * height) / picture.height;
    const [left, top, boxWidth, boxHeight] = box;
    if (peakX >= left && peakX <= left + boxWidth && peakY >= top && peakY <= top + boxHeight) ++hits;
  }

  assert.ok(hits >= 0.8 * samples.length, `${hits} of ${samples.length}`);
  model.dispose();
});
