// Several methods and targets at once, streams, presets, receipts and metrics, on networks that can be worked out.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  deletion,
  explain,
  GradCam,
  IntegratedGradients,
  infidelity,
  informationCurve,
  insertion,
  loadModel,
  type Mask,
  type Model,
  Occlusion,
  type Progress,
  sensitivity,
  type TargetOptions,
  VanillaGradients,
} from '#web/index.js';
import { rejectsWith } from './support/errors.js';
import { convolutionalNetwork, linearNetwork, linearWeights, testPicture } from './support/networks.js';

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5) {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; ++i) {
    const [a = Number.NaN, b = Number.NaN] = [actual[i], expected[i]];
    assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `[${i}]: ${a}, not ${b}`);
  }
}

const [first, second] = linearWeights;
const image = { data: Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)), shape: [1, 3, 2, 2] };
const dot = (weights: readonly number[]) => weights.reduce((sum, w, i) => sum + w * (image.data[i] ?? 0), 0);

describe('every form of target', () => {
  let model: Model;
  before(async () => {
    model = await loadModel(linearNetwork());
  });
  after(() => model.dispose());

  const logits = () => [dot(first), dot(second)] as const;
  const probability = () => 1 / (1 + Math.exp(logits()[1] - logits()[0]));
  const difference = first.map((w, i) => w - (second[i] ?? 0));
  const targets: readonly (TargetOptions & { score: () => number; gradient: () => number[] })[] = [
    { target: 0, score: () => logits()[0], gradient: () => [...first] },
    { target: 1, of: 'logit', score: () => logits()[1], gradient: () => [...second] },
    { target: { contrast: [0, 1] }, score: () => logits()[0] - logits()[1], gradient: () => difference },
    {
      target: { weights: [2, -0.5] },
      score: () => 2 * logits()[0] - logits()[1] / 2,
      gradient: () => first.map((w, i) => 2 * w - (second[i] ?? 0) / 2),
    },
    {
      target: 0,
      of: 'probability',
      score: probability,
      gradient: () => difference.map((w) => probability() * (1 - probability()) * w),
    },
    {
      target: 0,
      of: 'log-probability',
      score: () => Math.log(probability()),
      gradient: () => difference.map((w) => (1 - probability()) * w),
    },
    // The difference of two log-probabilities is that of the logits.
    {
      target: { contrast: [0, 1] },
      of: 'log-probability',
      score: () => logits()[0] - logits()[1],
      gradient: () => difference,
    },
    {
      target: { weights: [1, 1] },
      of: 'probability',
      score: () => 1,
      gradient: () => first.map(() => 0),
    },
  ];

  test('has its score and its gradient, alone and together with all others', async () => {
    const together = await explain(model, image, {
      methods: ['VanillaGradients'],
      targets: targets.map(({ target, of }) => (of === undefined ? target : { target, of })),
    });

    for (const [t, { target, of, score, gradient }] of targets.entries()) {
      const alone = await new VanillaGradients(model).getMask(image, { target, ...(of === undefined ? {} : { of }) });
      for (const mask of [alone, together.masks[0]?.[t] as Mask]) {
        near([mask.score], [score()]);
        near(mask.data, gradient());
        assert.deepEqual([mask.target, mask.of], [target, of ?? 'logit']);
      }
    }
    assert.deepEqual(together.passes, { forward: 1, backward: targets.length });
  });
});

describe('several methods and targets', () => {
  const picture = testPicture(40, 24);
  let model: Model;
  before(async () => {
    model = await loadModel(convolutionalNetwork());
  });
  after(() => model.dispose());

  test('give what each gives alone, from shared passes', async () => {
    const reports: Progress[] = [];
    const { masks, passes } = await explain(model, picture, {
      methods: [
        'VanillaGradients',
        'GuidedBackprop',
        'GradCam',
        { method: 'IntegratedGradients', options: { steps: 6 } },
        { method: 'VanillaGradients', smoothed: true, options: { samples: 4 } },
      ],
      targets: [0, 2, { contrast: [1, 3] }],
      seed: 5,
      onProgress: (report) => reports.push(report),
    });

    assert.deepEqual(
      masks.map((row) => row.map(({ method }) => method)),
      ['VanillaGradients', 'GuidedBackprop', 'GradCam', 'IntegratedGradients', 'VanillaGradients'].map((name) =>
        new Array(3).fill(name),
      ),
    );
    const cam = await new GradCam(model).getMask(picture, { target: 2 });
    const path = await new IntegratedGradients(model).getMask(picture, { target: { contrast: [1, 3] }, steps: 6 });
    const smooth = await new VanillaGradients(model).getSmoothedMask(picture, { target: 0, samples: 4, seed: 5 });
    near(masks[2]?.[1]?.data ?? [], cam.data);
    near(masks[3]?.[2]?.data ?? [], path.data);
    near(masks[4]?.[0]?.data ?? [], smooth.data);
    assert.deepEqual([masks[4]?.[0]?.seed, masks[2]?.[1]?.layout], [5, 'HW']);
    // One for the plain gradients, 4 samples; 6 steps with 2 ends; at most one more for the image's own score.
    assert.ok(passes.forward <= 1 + 4 + 6 + 2 + 1, `${passes.forward} forward passes`);
    assert.equal(passes.backward, 3 * (2 + 4 + 6));
    assert.ok(reports.length > 5 && reports.every(({ done, total }) => done <= total));
    assert.equal(reports.at(-1)?.done, reports.at(-1)?.total);
  });

  test('work in a worker, too', async () => {
    const there = await loadModel(convolutionalNetwork(), { worker: true });
    const options = { methods: ['GradCam', 'InputXGradient'], targets: [1, 2] } as const;

    const [expected, actual] = [await explain(model, picture, options), await explain(there, picture, options)];

    assert.deepEqual(
      actual.masks.map((row) => row.map(({ data }) => data)),
      expected.masks.map((row) => row.map(({ data }) => data)),
    );
    there.dispose();
  });

  test('stop at an abort', async () => {
    const abort = new AbortController();
    const stopped = explain(model, picture, {
      methods: [{ method: 'Occlusion', options: { size: 3 } }],
      targets: [0, 1],
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });

    await assert.rejects(stopped, { name: 'AbortError' });
  });

  test('are refused when one is wrong', async () => {
    const of = (options: object) => () => explain(model, picture, options as Parameters<typeof explain>[2]);

    await rejectsWith('INVALID_OPTION', /no methods/, of({ methods: [], targets: [0] }));
    await rejectsWith('INVALID_OPTION', /no targets/, of({ methods: ['GradCam'] }));
    await rejectsWith('INVALID_OPTION', /'GradCan'/, of({ methods: ['GradCan'], targets: [0] }));
    await rejectsWith('TARGET_OUT_OF_RANGE', /9/, of({ methods: ['GradCam'], targets: [0, 9] }));
    await rejectsWith(
      'INVALID_OPTION',
      /stepz/,
      of({ methods: [{ method: 'IntegratedGradients', options: { stepz: 1 } }], targets: [0] }),
    );
    await rejectsWith(
      'INVALID_OPTION',
      /nothing about GradCam/,
      of({ methods: [{ method: 'GradCam', preset: 'captum' }], targets: [0] }),
    );
  });

  test('stream their maps and stop when the loop is left', async () => {
    const method = new IntegratedGradients(model);
    const steps: number[] = [];
    let last: Mask | undefined;
    for await (const update of method.stream(picture, { target: 1, steps: 64 })) {
      assert.deepEqual([update.shape, update.layout], [[16, 16, 3], 'HWC']);
      steps.push(update.steps);
      last = update.mask;
    }
    assert.ok(steps.length > 2);
    near(last?.data ?? [], (await method.getMask(picture, { target: 1, steps: 64 })).data, 1e-6);

    let updates = 0;
    for await (const { data } of new Occlusion(model).stream(picture, { target: 1, size: 3 })) {
      assert.equal(data.length, 16 * 16 * 3);
      if (++updates === 2) break;
    }
    assert.equal(updates, 2);
    for await (const { mask } of new VanillaGradients(model).streamSmoothed(picture, { target: 1, samples: 40 })) {
      if (mask) assert.equal(mask.steps, 40);
    }
  });

  test('take the defaults of another library', async () => {
    const method = new IntegratedGradients(model);

    const preset = await method.getMask(picture, { target: 1, preset: 'captum', steps: 8 });
    const own = await method.getMask(picture, { target: 1, steps: 8, rule: 'gauss-legendre', baseline: 'zero' });

    assert.deepEqual(preset.data, own.data);
    assert.deepEqual(preset.options, { steps: 8, rule: 'gauss-legendre', baseline: 'zero' });
    await rejectsWith('INVALID_OPTION', /says nothing/, () =>
      new Occlusion(model).getMask(picture, { target: 1, preset: 'captum' }),
    );
  });

  test('stop at a tolerance, whose meaning does not change with smoothing', async () => {
    const method = new IntegratedGradients(model);

    const path = await method.getMask(picture, { target: 1, steps: 2, rule: 'left', tolerance: 0.02 });
    const few = await method.getSmoothedMask(picture, { target: 1, steps: 2, samples: 400, tolerance: 0.3 });

    const { delta = 1, expected = 0 } = path.completeness ?? {};
    assert.ok(path.steps > 2 && (Math.abs(delta) <= 0.02 * Math.abs(expected) || path.steps === 32));
    assert.ok(few.steps < 400);
    await rejectsWith('INVALID_OPTION', /methodTolerance/, () =>
      method.getMask(picture, { target: 1, methodTolerance: 0.1 } as { target: number }),
    );
  });

  test('remark on the model and the set-up, where there is a reason', async () => {
    const input = await model.preprocess(picture);
    const bytes = { data: input.data.map((value) => value * 64 + 128), shape: input.shape };
    const says = ({ warnings }: Mask, text: RegExp) => warnings.some((warning) => text.test(warning));
    const gradient = new VanillaGradients(model);

    const plain = await gradient.getMask(picture, { target: 1 });
    const probable = await gradient.getMask(picture, { target: 1, of: 'probability' });
    const loud = await gradient.getMask(bytes, { target: 1 });
    const cam = await new GradCam(model).getMask(picture, { target: 1 });

    assert.ok(says(plain, /grid/) && !says(cam, /grid/));
    assert.ok(says(probable, /probability/) && !says(plain, /probability/));
    assert.ok(says(loud, /outside/) && !says(plain, /outside/));
    assert.equal(plain.clipped, 0);
    assert.ok(cam.clipped >= 0 && cam.clipped <= 1);
  });
});

describe('metrics', () => {
  let model: Model;
  before(async () => {
    model = await loadModel(linearNetwork());
  });
  after(() => model.dispose());

  test('have the numbers of a linear network', async () => {
    const map = await new IntegratedGradients(model).getMask(image, { target: 0, steps: 1 });

    const falling = await deletion(model, image, map, { target: 0, steps: 4 });
    const rising = await insertion(model, image, map, { target: 0, steps: 4 });

    const byPixel = [0, 1, 2, 3].map((p) => [0, 4, 8].reduce((sum, plane) => sum + (map.data[plane + p] ?? 0), 0));
    const sorted = [...byPixel].sort((a, b) => b - a);
    const total = byPixel.reduce((a, b) => a + b, 0);
    const gained = [0, 1, 2, 3, 4].map((n) => sorted.slice(0, n).reduce((a, b) => a + b, 0));
    near(rising.scores, gained, 1e-4);
    near(
      falling.scores,
      gained.map((gain) => total - gain),
      1e-4,
    );
    near([rising.area], [(gained[1] ?? 0) / 4 + (gained[2] ?? 0) / 4 + (gained[3] ?? 0) / 4 + total / 8], 1e-4);
    assert.ok(rising.area > falling.area);
  });

  test('find the gradient of a linear network faithful and stable', async () => {
    const map = await new VanillaGradients(model).getMask(image, { target: 0 });
    const wrong = { ...map, data: map.data.map((value) => -value) };
    const options = { target: 0, samples: 20, radius: 0.5, seed: 1 };

    const good = await infidelity(model, image, map, options);
    const bad = await infidelity(model, image, wrong, options);

    assert.ok(good.value < 1e-8 && bad.value > 0.1, `${good.value}, ${bad.value}`);
    assert.ok(bad.normalized < 1e-8, 'the best scale is −1');
    assert.equal(good.seed, 1);
    assert.equal((await sensitivity(new VanillaGradients(model), image, { target: 0 })).value, 0);
    const path = await sensitivity(new IntegratedGradients(model), image, {
      target: 0,
      steps: 3,
      radius: 0.1,
      seed: 2,
    });
    assert.ok(path.value > 0 && path.value < 1);
  });

  test('take masks of pictures', async () => {
    const net = await loadModel(convolutionalNetwork());
    const picture = testPicture(40, 24);
    const input = await net.preprocess(picture);
    const [hwc, chw] = [
      await new VanillaGradients(net).getMask(picture, { target: 1 }),
      await new VanillaGradients(net).getMask(input, { target: 1 }),
    ];
    const options = { target: 1, steps: 16, baseline: 'black', valueRange: [-2, 2] };

    const [a, b] = [await deletion(net, picture, hwc, options), await deletion(net, input, chw, options)];
    const cam = await new GradCam(net).getMask(picture, { target: 1 });

    near(a.scores, b.scores, 1e-6);
    const curve = await informationCurve(net, picture, hwc, {
      target: 1,
      minPerformance: 0,
      points: 20,
      seed: 4,
    }).catch((error: Error) => error);
    // The untrained network may recognise the picture no better than its blur.
    if (curve instanceof Error) assert.match(curve.message, /cannot be judged/);
    else assert.ok(curve.x.length === 21 && curve.y.length === 21 && curve.area >= 0 && curve.area <= 1);
    assert.equal((await insertion(net, picture, cam, options)).scores.length, 17);
    const small = { data: new Float32Array(4), shape: [2, 2], layout: 'HW' } as const;
    await rejectsWith('SHAPE_MISMATCH', /not one of this image/, () => deletion(net, picture, small, options));
    await rejectsWith('SHAPE_MISMATCH', /./, () => infidelity(net, picture, cam, { target: 1 }));
    await rejectsWith('INVALID_OPTION', /no option 'step'/, () =>
      deletion(net, picture, hwc, { ...options, step: 3 } as typeof options),
    );
    net.dispose();
  });
});
