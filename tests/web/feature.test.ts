import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Engine } from '#web/engine.js';
import type { Progress } from '#web/mask.js';
import type { FeatureRequest, LoadRequest } from '#web/requests.js';
import { rejectsWith } from './support/errors.js';
import { fakeCore, kFeature, kSteps } from './support/fake-core.js';

const loadRequest: LoadRequest = {
  bytes: new Uint8Array(),
  external: {},
  keepWeights: undefined,
  inputShapes: {},
  preprocess: undefined,
  labels: undefined,
  precision: 'float32',
  threads: 0,
  wasmUrl: undefined,
};

const featureRequest: FeatureRequest = {
  target: { indices: [0], weights: [1], of: 'logit', size: 0 },
  y: '',
  feeds: {},
  options: { valueRange: [-1, 2] },
};

async function engine(channels: 'rgb' | 'bgr' = 'rgb', core = fakeCore()): Promise<Engine> {
  const made = new Engine(core.load);
  await made.call('load', { ...loadRequest, preprocess: { channels } });
  return made;
}

test('a feature becomes a picture: black is 0, white 255, planes become pixels', async () => {
  const { pixels, input, score, seed } = await (await engine()).call('visualize', featureRequest);

  assert.deepEqual([pixels.width, pixels.height], [2, 1]);
  assert.deepEqual([...pixels.data], [0, 170, 85, 255, 85, 255, 170, 255]);
  assert.deepEqual(input, { data: kFeature, shape: [3, 1, 2] });
  assert.deepEqual([score, seed], [4, 5]);
});

test('a model of blue, green, red gives the same colours', async () => {
  const { pixels } = await (await engine('bgr')).call('visualize', featureRequest);

  assert.deepEqual([...pixels.data], [85, 170, 0, 255, 170, 255, 85, 255]);
});

test('each channel has its own black and white', async () => {
  const options = { valueRange: [-1, 0, 0, 1, 2, 1] };

  const { pixels } = await (await engine()).call('visualize', { ...featureRequest, options });

  assert.deepEqual([...pixels.data], [0, 128, 0, 255, 128, 255, 255, 255]);
});

test('its steps are reported, and an abort stops them', async () => {
  const core = fakeCore();
  const made = await engine('rgb', core);
  const reports: Progress[] = [];
  await made.call('visualize', featureRequest, { onProgress: (progress) => reports.push(progress) });
  assert.deepEqual(
    reports.map(({ done }) => done),
    Array.from({ length: kSteps - 1 }, (_, i) => i + 1),
  );

  const abort = new AbortController();
  core.onStep = (step) => step === 3 && abort.abort();
  await assert.rejects(made.call('visualize', featureRequest, { signal: abort.signal }), { name: 'AbortError' });
  assert.equal(core.counts.freedJobs, 2);

  made.dispose();
  await rejectsWith('DISPOSED', /disposed/, () => made.call('visualize', featureRequest));
});
