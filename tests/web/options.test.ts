import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromErrorMessage, SaliencyError, toErrorMessage, withMemoryErrors } from '#web/errors.js';
import { hasRelaxedSimd, hasSimd, hasThreads, isNode, isPage } from '#web/features.js';
import { loadModel } from '#web/index.js';
import { rejectUnknown } from '#web/options.js';
import { type PixelImage, readPixels } from '#web/pixels.js';
import { plainTarget, type Target } from '#web/target.js';
import { rejectsWith } from './support/errors.js';

test('a misspelt option names the one that was meant', () => {
  assert.throws(
    () => rejectUnknown({ stdevSpred: 1 }, ['samples', 'stdevSpread'], 'getSmoothedMask'),
    (error) => error instanceof SaliencyError && /stdevSpread/.test(error.remedy),
  );
});

test('targets become indices and weights', () => {
  assert.deepEqual(plainTarget({ target: 3 }), { indices: [3], weights: [1], of: 'logit', size: 0 });
  assert.deepEqual(plainTarget({ target: { contrast: [1, 2] }, of: 'probability' }), {
    indices: [1, 2],
    weights: [1, -1],
    of: 'probability',
    size: 0,
  });
  assert.deepEqual(plainTarget({ target: { channel: 4 } }), {
    indices: [],
    weights: [],
    of: 'logit',
    size: 0,
    channel: 4,
  });
  assert.deepEqual(plainTarget({ target: { unit: [1, 0] } }).unit, [1, 0]);
  assert.deepEqual(plainTarget({ target: { weights: [0, 0.5, -1] } }), {
    indices: [1, 2],
    weights: [0.5, -1],
    of: 'logit',
    size: 3,
  });
});

test('impossible targets are refused', async () => {
  const of = (target: unknown) => () => plainTarget({ target: target as Target });

  await rejectsWith('TARGET_OUT_OF_RANGE', /no class -1/, of(-1));
  await rejectsWith('TARGET_OUT_OF_RANGE', /no class 1.5/, of(1.5));
  await rejectsWith('INVALID_OPTION', /No target/, of(undefined));
  await rejectsWith('INVALID_OPTION', /No target/, of('cat'));
  await rejectsWith('INVALID_OPTION', /two different/, of({ contrast: [1, 1] }));
  await rejectsWith('INVALID_OPTION', /weights\[0\]/, of({ weights: [Number.NaN] }));
  await rejectsWith('INVALID_OPTION', /'logits' is not known/, () =>
    plainTarget({ target: 0, of: 'logits' as 'logit' }),
  );
});

test('errors survive the way through a worker', () => {
  const error = new SaliencyError('SHAPE_MISMATCH', 'm', { expected: 'e', actual: 'a', remedy: 'r' });

  const back = fromErrorMessage(structuredClone(toErrorMessage(error)));

  assert.ok(back instanceof SaliencyError);
  assert.deepEqual(back.toJSON(), error.toJSON());
  assert.equal(fromErrorMessage(toErrorMessage(new DOMException('', 'AbortError'))).name, 'AbortError');
  assert.equal(fromErrorMessage(toErrorMessage(new TypeError('t'))).name, 'TypeError');
});

test('failed allocations become OUT_OF_MEMORY, other errors stay what they are', () => {
  const failed = withMemoryErrors(new RangeError('Array buffer allocation failed'));
  const other = new RangeError('Maximum call stack size exceeded');

  assert.ok(failed instanceof SaliencyError && failed.code === 'OUT_OF_MEMORY');
  assert.equal(withMemoryErrors(other), other);
});

test('Node is recognized, with its vector instructions', () => {
  assert.ok(isNode() && !isPage() && hasSimd() && !hasThreads());
  assert.equal(typeof hasRelaxedSimd(), 'boolean');
});

test('what is no picture is refused', async () => {
  const short = { data: new Uint8ClampedArray(3), width: 1, height: 1 };

  await rejectsWith('SHAPE_MISMATCH', /3 bytes/, () => readPixels(short));
  await rejectsWith('INVALID_OPTION', /not an image/, () => readPixels({} as PixelImage));
});

test('loadModel refuses unknown options and unreadable sources before anything is loaded', async () => {
  const bytes = new Uint8Array();

  await rejectsWith('INVALID_OPTION', /no option 'preproces'/, () => loadModel(bytes, { preproces: 'unit' } as object));
  await rejectsWith('INVALID_OPTION', /'imagnet'/, () => loadModel(bytes, { preprocess: 'imagnet' as 'imagenet' }));
  await rejectsWith('INVALID_OPTION', /threads/, () => loadModel(bytes, { threads: 0 }));
  await rejectsWith('INVALID_OPTION', /no shape/, () => loadModel(bytes, { inputShape: [1, -3] }));
  await rejectsWith('INVALID_OPTION', /no model source/, () => loadModel(7 as unknown as string));
  await rejectsWith('MODEL_INVALID', /nowhere.onnx/, () => loadModel('nowhere.onnx'));
});
