import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PixelImage } from '#web/pixels.js';
import { preprocess } from '#web/preprocess.js';
import { embeddedLabels, embeddedPreprocess, type Preprocess, planPreprocess } from '#web/preprocess-options.js';
import { resize } from '#web/resize.js';
import { rejectsWith } from './support/errors.js';
import { testPicture } from './support/networks.js';

// From Pillow 9.4: Image.resize((width, height), Image.BILINEAR) of testPicture.
const resized = [
  {
    from: [13, 9],
    to: [5, 4],
    bytes: [
      106, 131, 143, 120, 135, 146, 126, 124, 134, 115, 130, 137, 119, 144, 118, 123, 134, 130, 140, 141, 132, 141, 128,
      126, 127, 129, 127, 135, 144, 144, 115, 147, 122, 128, 130, 113, 144, 134, 127, 124, 132, 109, 138, 106, 128, 131,
      105, 146, 132, 117, 138, 122, 121, 128, 128, 124, 132, 129, 100, 153,
    ],
  },
  {
    from: [4, 3],
    to: [7, 5],
    bytes: [
      0, 53, 106, 13, 66, 119, 34, 87, 140, 56, 109, 162, 77, 130, 183, 98, 151, 204, 111, 164, 217, 36, 89, 142, 51,
      104, 157, 73, 126, 179, 96, 149, 151, 119, 165, 123, 142, 129, 145, 156, 106, 159, 91, 144, 197, 107, 160, 213,
      132, 185, 238, 157, 210, 135, 182, 217, 32, 207, 96, 57, 223, 20, 73, 146, 199, 98, 163, 161, 115, 190, 101, 143,
      141, 118, 119, 92, 138, 96, 119, 107, 123, 137, 87, 140, 182, 235, 32, 200, 162, 50, 229, 45, 79, 131, 56, 109,
      32, 85, 138, 61, 114, 167, 79, 132, 185,
    ],
  },
] as const;

// From torchvision 0.14: Resize(6) and CenterCrop(6) of testPicture(23, 17); red.
const cropped = [
  125, 122, 120, 126, 124, 127, 143, 133, 135, 126, 143, 137, 130, 131, 130, 133, 129, 133, 129, 119, 129, 142, 121,
  118, 103, 95, 133, 138, 125, 135, 111, 113, 137, 136, 120, 136,
];

function plan(options: Preprocess, shape: readonly number[]) {
  const made = planPreprocess(options, undefined, shape);
  assert.ok(made);
  return made;
}

function bytesOf(image: PixelImage, options: Preprocess, shape: readonly number[]): number[] {
  return Array.from(preprocess(image, plan(options, shape)).data, Math.round);
}

for (const { from, to, bytes } of resized) {
  test(`resizing ${from.join('×')} to ${to.join('×')} gives Pillow's bytes`, () => {
    const [width, height] = to;
    const image = testPicture(from[0], from[1]);

    const result = resize(image, width, height, { left: 0, top: 0, width, height });

    assert.deepEqual([...result], bytes);
  });
}

test('a crop has the pixels of torchvision’s Resize and CenterCrop', () => {
  const planes = bytesOf(testPicture(23, 17), { scale: 'byte' }, [1, 3, 6, 6]);

  assert.deepEqual(planes.slice(0, 36), cropped);
});

test('a crop says which part of the picture it shows', () => {
  const { region } = preprocess(testPicture(40, 20), plan('unit', [1, 3, 10, 10]));

  assert.deepEqual(region, { x: 10, y: 0, width: 20, height: 20 });
});

test('a letterbox shows all of the picture and fills the rest with zeros', () => {
  const { data, region } = preprocess(testPicture(40, 20), plan({ resize: 'letterbox', mean: 0.5 }, [1, 3, 12, 12]));

  assert.deepEqual(region, { x: 0, y: -10, width: 40, height: 40 });
  assert.ok(data.slice(0, 36).every((value) => value === 0));
  assert.ok(data.slice(36, 108).some((value) => value !== 0));
});

test('stretching changes the proportions', () => {
  const { region } = preprocess(testPicture(40, 20), plan({ resize: 'stretch' }, [1, 3, 10, 10]));

  assert.deepEqual(region, { x: 0, y: 0, width: 40, height: 20 });
});

test('the presets have their numbers', () => {
  const image = { data: Uint8ClampedArray.of(255, 128, 0, 255), width: 1, height: 1 };
  const near = (preset: Preprocess, expected: readonly number[]) =>
    preprocess(image, plan(preset, [1, 3, 1, 1])).data.forEach((value, i) => {
      assert.ok(Math.abs(value - (expected[i] ?? 0)) < 1e-4, `${String(preset)}[${i}]: ${value}`);
    });

  near('unit', [1, 128 / 255, 0]);
  near('signed', [1, 0.003922, -1]);
  near('imagenet', [2.2489, 0.20518, -1.80444]);
  near('caffe', [-103.939, 11.221, 131.32]);
});

test('channels may come last, and may be one', () => {
  const image = testPicture(4, 3);

  assert.deepEqual(bytesOf(testPicture(5, 4), { scale: 'byte' }, [1, 4, 5, 3]).slice(0, 3), [0, 53, 106]);
  // Pillow's convert('L')
  const gray = [43, 80, 117, 154, 134, 178, 193, 87, 196, 97, 71, 122];
  assert.deepEqual(bytesOf(image, { scale: 'byte' }, [1, 1, 3, 4]), gray);
});

test('an object is completed by what the file embeds, a preset is not', () => {
  const embedded = { mean: 0.25, std: 0.5 };

  assert.deepEqual(planPreprocess({ std: 2 }, embedded, [1, 3, 4, 4])?.mean, [0.25, 0.25, 0.25]);
  assert.deepEqual(planPreprocess({ std: 2 }, embedded, [1, 3, 4, 4])?.std, [2, 2, 2]);
  assert.deepEqual(planPreprocess('unit', embedded, [1, 3, 4, 4])?.std, [1, 1, 1]);
  assert.equal(planPreprocess(undefined, undefined, [1, 3, 4, 4]), undefined);
});

test('embedded texts that make no sense count as absent', () => {
  assert.equal(embeddedPreprocess('{'), undefined);
  assert.equal(embeddedPreprocess('{"resize": "sideways"}'), undefined);
  assert.deepEqual(embeddedPreprocess('{"std": 2, "future": 1}'), { std: 2 });
  assert.equal(embeddedLabels('{}'), undefined);
  assert.deepEqual(embeddedLabels('["a", "b"]'), ['a', 'b']);
});

test('wrong options are refused with what is possible', async () => {
  const shape = [1, 3, 4, 4];
  const planned = (options: object) => () => planPreprocess(options as Preprocess, undefined, shape);

  await rejectsWith('INVALID_OPTION', /'imagnet' is not known/, () =>
    planPreprocess('imagnet' as Preprocess, undefined, shape),
  );
  await rejectsWith('INVALID_OPTION', /no option 'means'/, planned({ means: 1 }));
  await rejectsWith('INVALID_OPTION', /std does not fit 3 channels/, planned({ std: [1, 2] }));
  await rejectsWith('INVALID_OPTION', /std does not fit/, planned({ std: 0 }));
  await rejectsWith('INVALID_OPTION', /'gray'/, planned({ channels: 'gray' }));
  await rejectsWith('SHAPE_MISMATCH', /5×4/, planned({ size: [5, 4] }));
});
