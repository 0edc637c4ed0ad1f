// Layers and units: masks of tensors inside the network, explanations of what is inside, and what excites it.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  AblationCam,
  IntegratedGradients,
  loadModel,
  MeaningfulPerturbation,
  type Model,
  VanillaGradients,
  visualizeFeature,
  visualizeImageGrayscale,
} from '#web/index.js';
import { rejectsWith } from './support/errors.js';
import { convolutionalNetwork, testPicture } from './support/networks.js';

let model: Model;
const picture = testPicture(20, 18);
before(async () => {
  model = await loadModel(convolutionalNetwork());
});
after(() => model.dispose());

test('a mask for a tensor inside the network has its shape', async () => {
  const mask = await new IntegratedGradients(model, { x: 'r1' }).getMask(picture, { target: 1, steps: 100 });

  assert.deepEqual(mask.shape, [8, 16, 16]);
  assert.equal(mask.layout, 'CHW');
  assert.ok(Math.abs(mask.completeness?.delta ?? 1) < 1e-2 * Math.abs(mask.completeness?.expected ?? 0));
  assert.deepEqual(visualizeImageGrayscale(mask).shape, [16, 16]);
});

test('a channel and a unit of a layer can be explained', async () => {
  const layer = new VanillaGradients(model, { y: 'r2' });

  const channel = await layer.getMask(picture, { target: { channel: 3 } });
  const unit = await layer.getMask(picture, { target: { unit: [3, 2, 4] } });

  const image = await model.preprocess(picture);
  const { r2 } = await model.run({ image }, { outputs: ['r2'] });
  assert.ok(r2);
  const values = r2.data.subarray(3 * 49, 4 * 49);
  assert.ok(Math.abs(channel.score - values.reduce((a, b) => a + b, 0) / 49) < 1e-5);
  assert.ok(Math.abs(unit.score - (values[2 * 7 + 4] ?? 0)) < 1e-5);
  await rejectsWith('TARGET_OUT_OF_RANGE', /channel 8/, () => layer.getMask(picture, { target: { channel: 8 } }));
  await rejectsWith('TARGET_OUT_OF_RANGE', /unit \[0\]/, () => layer.getMask(picture, { target: { unit: [0] } }));
});

test('channels are switched off without running the layers in front of them again', async () => {
  const mask = await new AblationCam(model).getMask(picture, { target: 0, layer: 'r2', resize: 'none' });

  assert.deepEqual(mask.shape, [7, 7]);
  assert.equal(mask.evaluations, 9);
});

test('a mask is found by descent, the same for the same seed', async () => {
  const method = new MeaningfulPerturbation(model);
  const options = { target: 2, steps: 10, seed: 7, value: 'black' } as const;

  const [one, other] = [await method.getMask(picture, options), await method.getMask(picture, options)];

  assert.deepEqual(one.data, other.data);
  assert.ok(one.data.every((value) => value >= 0 && value <= 1));
});

test('an image that excites a channel is found', async () => {
  const found = await visualizeFeature(model, { channel: 2 }, { y: 'r2', steps: 20, seed: 3 });

  assert.deepEqual([found.pixels.width, found.pixels.height], [16, 16]);
  assert.equal(found.scores.length, 20);
  assert.ok((found.scores[19] ?? 0) > (found.scores[0] ?? 0));
  const mask = await new VanillaGradients(model, { y: 'r2' }).getMask(found.input, { target: { channel: 2 } });
  assert.ok(Math.abs(mask.score - found.score) < 1e-4 * Math.max(1, Math.abs(found.score)));
  await rejectsWith('INVALID_OPTION', /no option 'step'/, () => visualizeFeature(model, 0, { step: 1 } as object));
});
