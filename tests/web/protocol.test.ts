import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PortBackend } from '#web/client.js';
import { Engine } from '#web/engine.js';
import type { Progress } from '#web/mask.js';
import { buffersOf } from '#web/protocol.js';
import type { ExplainRequest, LoadRequest } from '#web/requests.js';
import { serve } from '#web/server.js';
import { rejectsWith } from './support/errors.js';
import { type FakeCore, fakeCore, kSteps } from './support/fake-core.js';

const loadRequest: LoadRequest = {
  bytes: new Uint8Array(),
  external: {},
  inputShapes: {},
  preprocess: undefined,
  labels: ['a', 'b'],
  precision: 'float32',
  keepWeights: undefined,
  threads: 0,
  wasmUrl: undefined,
};

const explainRequest: ExplainRequest = {
  method: 'VanillaGradients',
  smoothed: false,
  input: { tensor: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [1, 3, 1, 2] } },
  target: { indices: [0], weights: [1], of: 'logit', size: 0 },
  y: '',
  x: '',
  feeds: {},
  options: {},
  partialInterval: 100,
};

// Both sides of the protocol in this thread.
async function connected(core: FakeCore) {
  const { port1, port2 } = new MessageChannel();
  let closed = false;
  serve(port2, new Engine(core.load));
  const backend = new PortBackend(port1, () => {
    closed = true;
  });
  await backend.call('load', loadRequest, {});
  return { backend, isClosed: () => closed };
}

test('a call comes back with its result', async () => {
  const { backend } = await connected(fakeCore());

  const mask = await backend.call('explain', explainRequest, {});
  const classes = await backend.call('classify', { input: explainRequest.input, feeds: {}, top: 2 }, {});

  assert.deepEqual([...mask.data], [1, 2, 3, 4, 5, 6]);
  assert.equal(mask.layout, 'CHW');
  assert.deepEqual(
    classes.map(({ index, label }) => [index, label]),
    [
      [1, 'b'],
      [2, '2'],
    ],
  );
  backend.dispose();
});

test('a picture’s mask has its channels last', async () => {
  const { backend } = await connected(fakeCore());
  const pixels = { data: Uint8ClampedArray.of(0, 51, 102, 255, 153, 204, 255, 255), width: 2, height: 1 };

  const mask = await backend.call('explain', { ...explainRequest, input: { pixels } }, {});

  assert.deepEqual(mask.shape, [1, 2, 3]);
  assert.deepEqual(
    Array.from(mask.data, (value) => Math.round(value * 10) / 10),
    [0, 0.4, 0.8, 1.2, 1.6, 2],
  );
  assert.deepEqual(mask.region, { x: 0, y: 0, width: 2, height: 1 });
  backend.dispose();
});

test('progress is reported after each step but the last', async () => {
  const { backend } = await connected(fakeCore());
  const reports: Progress[] = [];

  await backend.call('explain', explainRequest, { onProgress: (progress) => reports.push(progress) });

  assert.deepEqual(
    reports.map(({ done, total }) => [done, total]),
    Array.from({ length: kSteps - 1 }, (_, i) => [i + 1, kSteps]),
  );
  backend.dispose();
});

test('an abort stops within a step or two, and leaves the model usable', async () => {
  const core = fakeCore();
  const { backend } = await connected(core);
  const abort = new AbortController();
  core.onStep = (step) => {
    if (step === 2) abort.abort();
  };

  await assert.rejects(backend.call('explain', explainRequest, { signal: abort.signal }), { name: 'AbortError' });

  core.onStep = () => {};
  assert.equal((await backend.call('explain', explainRequest, {})).score, 4);
  assert.ok(core.counts.steps - kSteps <= 4, `${core.counts.steps - kSteps} steps`);
  assert.equal(core.counts.freedJobs, 2);
  backend.dispose();
});

test('a signal’s own reason is what the call rejects with', async () => {
  const core = fakeCore();
  const { backend } = await connected(core);
  const abort = new AbortController();
  const reason = new Error('enough');
  core.onStep = () => abort.abort(reason);

  await assert.rejects(backend.call('explain', explainRequest, { signal: abort.signal }), reason);
  await assert.rejects(backend.call('explain', explainRequest, { signal: abort.signal }), reason);

  backend.dispose();
});

test('errors keep their code, details and remedy', async () => {
  const { backend } = await connected(fakeCore());
  const request = { feeds: {}, target: explainRequest.target, y: '', x: '', rule: 'exact', profile: false } as const;

  await assert.rejects(backend.call('gradient', request, {}), {
    name: 'SaliencyError',
    code: 'NO_GRADIENT',
    message: 'no way',
    expected: 'a way',
    actual: 'none',
    remedy: 'another y',
  });

  backend.dispose();
});

test('a profile tells what the nodes cost, and how fast that was', async () => {
  const { backend } = await connected(fakeCore());

  const asked = await backend.call('run', { feeds: {}, outputs: [], profile: true }, {});
  const unasked = await backend.call('run', { feeds: {}, outputs: [], profile: false }, {});

  const cost = { node: 'first', type: 'Conv+Relu', pass: 'forward', milliseconds: 2, flops: 6e6, bytes: 400 };
  assert.deepEqual(asked.profile, [{ ...cost, gigaflops: 3 }]);
  assert.deepEqual(unasked.profile, []);
  backend.dispose();
});

test('dispose rejects what is pending and what comes later, and ends the worker', async () => {
  const core = fakeCore();
  const { backend, isClosed } = await connected(core);

  const pending = rejectsWith('DISPOSED', /disposed/, () => backend.call('explain', explainRequest, {}));
  backend.dispose();

  await pending;
  await rejectsWith('DISPOSED', /disposed/, () => backend.call('explain', explainRequest, {}));
  assert.ok(isClosed());
});

test('disposing an engine in the middle of a job stops the job first', async () => {
  const core = fakeCore();
  const engine = new Engine(core.load);
  await engine.call('load', loadRequest);
  core.onStep = (step) => {
    if (step === 3) setImmediate(() => engine.dispose());
  };

  await rejectsWith('DISPOSED', /disposed/, () => engine.call('explain', explainRequest));

  assert.deepEqual(core.counts, { steps: 3, freedJobs: 1, freedModels: 1 });
});

test('tensors of another shape are refused', async () => {
  const { backend } = await connected(fakeCore());
  const input = { tensor: { data: new Float32Array(12), shape: [2, 3, 1, 2] } };

  await rejectsWith('SHAPE_MISMATCH', /\[2, 3, 1, 2\]/, () =>
    backend.call('explain', { ...explainRequest, input }, {}),
  );

  backend.dispose();
});

test('every buffer is found once', () => {
  const data = new Float32Array(4);

  const buffers = buffersOf({ a: data, b: [{ c: data.subarray(1) }, { d: new Uint8Array(2) }], e: 'text', f: [1, 2] });

  assert.equal(buffers.size, 2);
  assert.ok(buffers.has(data.buffer));
});
