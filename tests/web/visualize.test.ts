import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Visualizable, visualizeImageDiverging, visualizeImageGrayscale } from '#web/visualize.js';
import { rejectsWith } from './support/errors.js';

const kTolerance = 1e-6;

// arange(-6, 12) / 2 as 2×3×3, and what the PAIR saliency library 0.2.1 makes of it.
const ramp: Visualizable = { data: Float32Array.from({ length: 18 }, (_, i) => (i - 6) / 2), shape: [2, 3, 3] };

function near(actual: Float32Array, expected: readonly number[]) {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - (expected[i] ?? 0)) <= kTolerance, `[${i}]: ${value}, not ${expected[i]}`);
  });
}

test('grayscale has PAIR’s numbers', () => {
  near(visualizeImageGrayscale(ramp).data, [0.451977401, 0.11299435, 0, 0.338983051, 0.677966102, 1]);
  near(visualizeImageGrayscale(ramp, 50).data, [1, 0.285714286, 0, 0.857142857, 1, 1]);
});

test('diverging has PAIR’s numbers where they are asked for', () => {
  const pair = { compat: 'pair' } as const;

  const first = visualizeImageDiverging(ramp, 99, pair).data;
  const second = visualizeImageDiverging(ramp, 50, pair).data;

  near(first, [0.246192893, 0.398477157, 0.550761421, 0.703045685, 0.855329949, 1]);
  near(second, [-0.5, 0.1, 0.7, 1, 1, 1]);
});

test('diverging keeps zero at zero and both signs in proportion', () => {
  const mask = { data: Float32Array.of(-4, 0, 2, 4), shape: [1, 4] };

  near(visualizeImageDiverging(mask, 100).data, [-1, 0, 0.5, 1]);
});

test('maps without contrast become zeros, sparse ones are scaled by their extremes', () => {
  const constant = { data: new Float32Array(12).fill(3), shape: [2, 2, 3] };
  const sparse = { data: Float32Array.from({ length: 400 }, (_, i) => (i === 7 ? -2 : 0)), shape: [20, 20] };

  assert.ok(visualizeImageGrayscale(constant).data.every((value) => value === 0));
  assert.ok(visualizeImageDiverging({ ...constant, data: new Float32Array(12) }).data.every((value) => value === 0));
  assert.equal(visualizeImageGrayscale(sparse).data[7], 1);
  assert.equal(visualizeImageDiverging(sparse).data[7], -1);
});

test('planes and pixels give the same picture', () => {
  const planes = { data: Float32Array.of(1, 2, 3, 4, 10, 20, 30, 40), shape: [2, 2, 2], layout: 'CHW' };
  const pixels = { data: Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40), shape: [2, 2, 2] };

  assert.deepEqual(visualizeImageGrayscale(planes), visualizeImageGrayscale(pixels));
});

test('what is not finite counts as zero', () => {
  const mask = { data: Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 2), shape: [2, 2] };

  near(visualizeImageGrayscale(mask, 100).data, [0, 0.5, 0, 1]);
});

test('wrong shapes and options are refused', async () => {
  await rejectsWith('SHAPE_MISMATCH', /\[18\]/, () => visualizeImageGrayscale({ ...ramp, shape: [18] }));
  await rejectsWith('INVALID_OPTION', /percentile/, () => visualizeImageGrayscale(ramp, 101));
  await rejectsWith('INVALID_OPTION', /'par'/, () => visualizeImageDiverging(ramp, 99, { compat: 'par' as 'pair' }));
});

test('a picture says how much of it is cut off', () => {
  const data = Float32Array.of(0, 1, 2, 3, -4, 10, 0, 0, 0, 0);
  const mask = { data, shape: [2, 5] };

  assert.equal(visualizeImageGrayscale(mask, 100).clipped, 0);
  assert.equal(visualizeImageGrayscale(mask, 90).clipped, 0.1);
  assert.equal(visualizeImageDiverging(mask, 100).clipped, 0);
  assert.equal(visualizeImageDiverging(mask, 85).clipped, 0.2);
  assert.equal(visualizeImageGrayscale({ data: new Float32Array(4), shape: [2, 2] }).clipped, 0);
});
