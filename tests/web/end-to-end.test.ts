// The whole package in Node, on networks whose numbers can be worked out.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  DeconvNet,
  GuidedBackprop,
  IntegratedGradients,
  loadModel,
  type Model,
  type NoOptions,
  Occlusion,
  type Progress,
  type SaliencyMethod,
  VanillaGradients,
} from '#web/index.js';
import * as methods from '#web/methods.js';
import { rejectsWith } from './support/errors.js';
import {
  convolutionalNetwork,
  linearNetwork,
  linearWeights,
  outerProductNetwork,
  testPicture,
} from './support/networks.js';

const kTolerance = 1e-5;

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = kTolerance) {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; ++i) {
    const [a = Number.NaN, b = Number.NaN] = [actual[i], expected[i]];
    assert.ok(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)), `[${i}]: ${a}, not ${b}`);
  }
}

const image = { data: Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)), shape: [1, 3, 2, 2] };
const dot = (weights: readonly number[], data: Float32Array) =>
  weights.reduce((sum, w, i) => sum + w * (data[i] ?? 0), 0);
const [first, second] = linearWeights;

describe('a linear network', () => {
  let model: Model;
  before(async () => {
    model = await loadModel(linearNetwork());
  });
  after(() => model.dispose());

  test('says what it takes and gives', () => {
    assert.deepEqual(model.inputs, [{ name: 'image', shape: [-1, 3, 2, 2], dtype: 'float32', type: '' }]);
    assert.deepEqual(
      model.outputs.map(({ name, shape }) => [name, shape]),
      [['logits', [-1, 2]]],
    );
    assert.ok(model.layers.some(({ name }) => name === 'logits'));
    assert.equal(model.threads, 1);
    assert.match(model.backend, /^simd(-relaxed)?\/\w+$/);
    assert.equal(model.labels, undefined);
  });

  test('runs any batch', async () => {
    const batch = { data: Float32Array.of(...image.data, ...image.data.map((x) => -x)), shape: [2, 3, 2, 2] };

    const { logits } = await model.run({ image: batch });

    assert.deepEqual(logits?.shape, [2, 2]);
    const [a, b] = [dot(first, image.data), dot(second, image.data)];
    near(logits?.data ?? [], [a, b, -a, -b]);
  });

  test('classifies by logits', async () => {
    const classes = await model.classify(image);

    const expected = [dot(first, image.data), dot(second, image.data)];
    assert.equal(classes.length, 2);
    for (const { index, label, logit } of classes) {
      near([logit], [expected[index] ?? 0]);
      assert.equal(label, String(index));
    }
    near([classes.reduce((sum, { probability }) => sum + probability, 0)], [1]);
    assert.ok((classes[0]?.logit ?? 0) >= (classes[1]?.logit ?? 0));
  });

  test('has its weights as gradients', async () => {
    const gradient = await model.gradient({ image }, { target: 1 });
    const contrast = await model.gradient({ image }, { target: { contrast: [0, 1] } });
    const weighted = await model.gradient({ image }, { target: { weights: [2, 0.5] } });

    assert.deepEqual(gradient.shape, [1, 3, 2, 2]);
    near(gradient.data, second);
    near(
      contrast.data,
      first.map((w, i) => w - (second[i] ?? 0)),
    );
    near(
      weighted.data,
      first.map((w, i) => 2 * w + (second[i] ?? 0) / 2),
    );
  });

  test('has the Softmax’s derivative for probabilities', async () => {
    const probability = await model.gradient({ image }, { target: 0, of: 'probability' });
    const logarithm = await model.gradient({ image }, { target: 0, of: 'log-probability' });

    const p = 1 / (1 + Math.exp(dot(second, image.data) - dot(first, image.data)));
    const difference = first.map((w, i) => w - (second[i] ?? 0));
    near(
      probability.data,
      difference.map((w) => p * (1 - p) * w),
    );
    near(
      logarithm.data,
      difference.map((w) => (1 - p) * w),
    );
  });

  test('has its weights as vanilla mask, in the shape of the tensor', async () => {
    const mask = await new VanillaGradients(model).getMask(image, { target: 0 });

    near(mask.data, first);
    assert.deepEqual([mask.shape, mask.layout, mask.method], [[3, 2, 2], 'CHW', 'VanillaGradients']);
    assert.deepEqual([mask.target, mask.of, mask.options], [0, 'logit', {}]);
    near([mask.score], [dot(first, image.data)]);
    assert.ok(mask.timings.total >= mask.timings.compute);
  });

  test('has complete integrated gradients', async () => {
    const mask = await new IntegratedGradients(model).getMask(image, { target: 0, steps: 4, baseline: 0.5 });

    near(
      mask.data,
      first.map((w, i) => w * ((image.data[i] ?? 0) - 0.5)),
    );
    assert.ok(mask.completeness);
    near([mask.completeness.delta], [0], 1e-4);
    near(
      [mask.completeness.sum],
      [
        dot(
          first,
          image.data.map((x) => x - 0.5),
        ),
      ],
      1e-4,
    );
  });

  test('loses by occlusion what the window held', async () => {
    const mask = await new Occlusion(model).getMask(image, { target: 0, size: 1 });

    const loss = [0, 1, 2, 3].map((pixel) => {
      return [0, 4, 8].reduce((sum, plane) => sum + (first[plane + pixel] ?? 0) * (image.data[plane + pixel] ?? 0), 0);
    });
    near(mask.data, [...loss, ...loss, ...loss]);
  });

  test('smooths to the same map for the same seed', async () => {
    const method = new IntegratedGradients(model);
    const options = { target: 0, samples: 3, steps: 2, magnitude: false, seed: 7 };

    const one = await method.getSmoothedMask(image, options);
    const two = await method.getSmoothedMask(image, options);
    const free = await method.getSmoothedMask(image, { ...options, seed: undefined } as object as typeof options);
    const again = await method.getSmoothedMask(image, { ...options, seed: free.seed ?? 0 });

    assert.equal(one.seed, 7);
    assert.deepEqual(one.data, two.data);
    assert.deepEqual(free.data, again.data);
    assert.notDeepEqual(free.data, one.data);
  });

  test('refuses what cannot be, and says what can', async () => {
    const method = new VanillaGradients(model);
    const ig = new IntegratedGradients(model);
    const shape = [1, 3, 2, 3];

    await rejectsWith('TARGET_OUT_OF_RANGE', /2/, () => method.getMask(image, { target: 2 }));
    await rejectsWith('TARGET_OUT_OF_RANGE', /3 weights/, () =>
      method.getMask(image, { target: { weights: [1, 0, 0] } }),
    );
    await rejectsWith('INVALID_OPTION', /No target/, () => method.getMask(image, {} as { target: number }));
    await rejectsWith('INVALID_OPTION', /stepz/, () =>
      ig.getMask(image, { target: 0, stepz: 3 } as { target: number }),
    );
    await rejectsWith('INVALID_OPTION', /steps/, () => ig.getMask(image, { target: 0, steps: 0 }));
    await rejectsWith('INVALID_OPTION', /y.*|no tensor/, () =>
      new VanillaGradients(model, { y: 'no' }).getMask(image, { target: 0 }),
    );
    await rejectsWith('INVALID_OPTION', /no option 'z'/, () => new VanillaGradients(model, { z: '' } as object));
    await rejectsWith('SHAPE_MISMATCH', /shape/, () =>
      method.getMask({ data: new Float32Array(18), shape }, { target: 0 }),
    );
    await rejectsWith('SHAPE_MISMATCH', /shape/, () => model.run({ image: { data: new Float32Array(18), shape } }));
    await rejectsWith('INVALID_OPTION', /not known/, () => method.getMask(testPicture(4, 4), { target: 0 }));
    await rejectsWith('INVALID_OPTION', /not an image/, () =>
      method.getMask('cat.png' as unknown as typeof image, { target: 0 }),
    );
    await rejectsWith('INVALID_OPTION', /rule/, () =>
      model.gradient({ image }, { target: 0, rule: 'guide' as 'guided' }),
    );
    await rejectsWith('INVALID_OPTION', /top/, () => model.classify(image, { top: 0 }));
    await rejectsWith('INVALID_OPTION', /nothing|no input/, () => model.run({}));
  });
});

describe('a convolutional network', () => {
  let model: Model;
  const picture = testPicture(40, 24);
  before(async () => {
    model = await loadModel(convolutionalNetwork());
  });
  after(() => model.dispose());

  test('brings its labels and its preprocessing', async () => {
    const classes = await model.classify(picture, { top: 2 });

    assert.deepEqual(model.labels, ['north', 'east', 'south', 'west']);
    assert.equal(classes.length, 2);
    assert.ok(model.labels?.includes(classes[0]?.label ?? ''));
    const { data, shape } = await model.preprocess(picture);
    assert.deepEqual(shape, [1, 3, 16, 16]);
    const { probabilities } = await model.run({ image: { data, shape } });
    near([probabilities?.data[classes[0]?.index ?? 0] ?? 0], [classes[0]?.probability ?? 1]);
  });

  test('tells what its nodes cost, forwards and backwards', async () => {
    const input = await model.preprocess(picture);
    const plain = await model.gradient({ image: input }, { target: 1 });

    const { result, profile } = await model.gradient({ image: input }, { target: 1, profile: true });

    assert.deepEqual(result, plain);
    for (const pass of ['forward', 'backward']) {
      const convolution = profile.find((cost) => cost.pass === pass && cost.type.startsWith('Conv'));
      assert.ok(convolution && convolution.flops > 0 && convolution.bytes > 0, `no convolution ${pass}`);
    }
    assert.ok(profile.every(({ milliseconds, gigaflops }) => milliseconds >= 0 && gigaflops >= 0));
  });

  test('explains the logits in front of its Softmax', async () => {
    const input = await model.preprocess(picture);
    const { logits, probabilities } = await model.run({ image: input }, { outputs: ['logits', 'probabilities'] });

    const logit = await new VanillaGradients(model).getMask(picture, { target: 1 });
    const probability = await new VanillaGradients(model).getMask(picture, { target: 1, of: 'probability' });

    near([logit.score], [logits?.data[1] ?? 0], 1e-4);
    near([probability.score], [probabilities?.data[1] ?? 0], 1e-4);
  });

  test('gives masks of pictures their channels last, and their place in the picture', async () => {
    const input = await model.preprocess(picture);

    const mask = await new VanillaGradients(model).getMask(picture, { target: 2 });
    const planes = await new VanillaGradients(model).getMask(input, { target: 2 });

    assert.deepEqual([mask.shape, mask.layout], [[16, 16, 3], 'HWC']);
    // The shorter side, 24, becomes 16; of the longer one's 26 columns the middle 16 are seen.
    assert.deepEqual([mask.region?.y, mask.region?.height], [0, 24]);
    assert.ok(Math.abs((mask.region?.x ?? 0) - (5 * 40) / 26) < 1e-9);
    for (const at of [0, 100, 255]) {
      for (const c of [0, 1, 2]) assert.equal(mask.data[at * 3 + c], planes.data[c * 256 + at]);
    }
  });

  test('agrees with finite differences', async () => {
    const input = await model.preprocess(picture);
    const { data } = await model.gradient({ image: input }, { target: 3 });
    const score = async (shift: number, at: number) => {
      const moved = input.data.slice();
      moved[at] = (moved[at] ?? 0) + shift;
      return (
        (await model.run({ image: { data: moved, shape: input.shape } }, { outputs: ['logits'] })).logits?.data[3] ?? 0
      );
    };

    for (const at of [17, 300, 700]) {
      const slope = ((await score(0.01, at)) - (await score(-0.01, at))) / 0.02;
      assert.ok(Math.abs(slope - (data[at] ?? 0)) < 2e-3, `[${at}]: ${slope}, not ${data[at]}`);
    }
  });

  test('goes back by other rules', async () => {
    const input = await model.preprocess(picture);
    const guided = await model.gradient({ image: input }, { target: 0, rule: 'guided' });
    const deconvnet = await model.gradient({ image: input }, { target: 0, rule: 'deconvnet' });

    near((await new GuidedBackprop(model).getMask(input, { target: 0 })).data, guided.data);
    near((await new DeconvNet(model).getMask(input, { target: 0 })).data, deconvnet.data);
    assert.notDeepEqual(guided.data, deconvnet.data);
  });

  test('differentiates inner tensors', async () => {
    const input = await model.preprocess(picture);

    const gradient = await model.gradient({ image: input }, { target: 0, x: 'r2' });
    const mask = await new VanillaGradients(model, { y: 'c1' }).getMask(input, { target: 5 });

    assert.deepEqual(gradient.shape, [1, 8, 7, 7]);
    assert.ok(mask.zeros > 0.9, 'a value of the first convolution sees nine pixels only');
  });

  test('refuses an x that is no tensor of the network', async () => {
    await rejectsWith('INVALID_OPTION', /'z'/, () =>
      new VanillaGradients(model, { x: 'z' }).getMask(picture, { target: 0 }),
    );
  });

  test('takes black and white from the preprocessing', async () => {
    const black = await new IntegratedGradients(model).getMask(picture, { target: 0, steps: 3, baseline: 'black' });
    const number = await new IntegratedGradients(model).getMask(picture, { target: 0, steps: 3, baseline: -2 });

    near(black.data, number.data);
  });

  for (const Method of Object.values(methods)) {
    const { name } = Method;
    test(`${name} explains a picture`, async () => {
      const method: SaliencyMethod<NoOptions> = new Method(model);

      const [best] = await model.classify(picture, { top: 1 });
      const target = best?.index ?? 0;
      const mask = await method.getMask(picture, { target });
      const again = await method.getMask(picture, {
        target,
        ...(mask.seed === undefined ? {} : { seed: mask.seed }),
      });

      assert.equal(mask.method, name);
      assert.deepEqual(mask.shape.slice(0, 2), [16, 16]);
      assert.equal(mask.layout, mask.shape.length === 3 ? 'HWC' : 'HW');
      assert.equal(mask.notFinite, 0);
      assert.ok(mask.zeros < 1, 'the map is zero');
      assert.deepEqual(again.data, mask.data);
    });
  }

  test('reports progress, with the map so far', async () => {
    const reports: Progress[] = [];

    await new Occlusion(model).getMask(picture, { target: 0, size: 5, onProgress: (report) => reports.push(report) });

    assert.ok(reports.length > 1);
    assert.ok(reports.every(({ done, total }, i) => done <= total && done > (reports[i - 1]?.done ?? -1)));
  });

  test('stops at an abort and goes on working', async () => {
    const method = new Occlusion(model);
    const abort = new AbortController();
    let reports = 0;
    const options = { target: 0, size: 3, signal: abort.signal };

    const stopped = method.getMask(picture, {
      ...options,
      onProgress: () => {
        ++reports;
        abort.abort();
      },
    });

    await assert.rejects(stopped, { name: 'AbortError' });
    assert.equal(reports, 1);
    await assert.rejects(method.getMask(picture, options), { name: 'AbortError' });
    assert.equal((await method.getMask(picture, { target: 0, size: 3, stride: 3 })).method, 'Occlusion');
  });

  test('works on several calls at once', async () => {
    const method = new IntegratedGradients(model);
    const alone = await method.getMask(picture, { target: 1, steps: 60 });

    const [a, b] = await Promise.all([
      method.getMask(picture, { target: 1, steps: 60 }),
      new Occlusion(model).getMask(picture, { target: 2, size: 5 }),
    ]);

    assert.deepEqual(a.data, alone.data);
    assert.equal(b.method, 'Occlusion');
  });
});

test('a worker gives the same numbers', async () => {
  const bytes = convolutionalNetwork();
  const [here, there] = await Promise.all([loadModel(bytes), loadModel(bytes, { worker: true })]);
  const picture = testPicture(20, 20);
  const reports: Progress[] = [];
  const options = { target: 1, samples: 5, seed: 1 };

  const expected = await new GuidedBackprop(here).getSmoothedMask(picture, options);
  const mask = await new GuidedBackprop(there).getSmoothedMask(picture, {
    ...options,
    onProgress: (report) => reports.push(report),
  });

  assert.deepEqual(mask.data, expected.data);
  assert.deepEqual(await there.classify(picture), await here.classify(picture));
  assert.equal(bytes.length, convolutionalNetwork().length, 'the caller keeps its bytes');
  await rejectsWith('TARGET_OUT_OF_RANGE', /9/, () => new DeconvNet(there).getMask(picture, { target: 9 }));
  const abort = new AbortController();
  const onProgress = () => abort.abort();
  const stopped = new Occlusion(there).getMask(picture, { target: 0, size: 3, signal: abort.signal, onProgress });
  await assert.rejects(stopped, { name: 'AbortError' });
  const pending = rejectsWith('DISPOSED', /disposed/, () =>
    new Occlusion(there).getMask(picture, { target: 0, size: 3 }),
  );
  setImmediate(() => there.dispose());
  await pending;
  here.dispose();
});

test('a disposed model says so', async () => {
  const model = await loadModel(linearNetwork());
  model.dispose();
  model.dispose();

  await rejectsWith('DISPOSED', /disposed/, () => model.run({ image }));
  await rejectsWith('DISPOSED', /disposed/, () => new VanillaGradients(model).getMask(image, { target: 0 }));
});

test('options override what the file embeds', async () => {
  const metadata = { labels: '["a", "b"]', preprocess: '"signed"' };
  const model = await loadModel(linearNetwork(metadata), { labels: ['x', 'y'], preprocess: 'unit' });

  assert.deepEqual(model.labels, ['x', 'y']);
  assert.deepEqual(model.preprocessing?.mean, [0, 0, 0]);
  model.dispose();
});

test('sizes that the file leaves open are given at load', async () => {
  const bytes = convolutionalNetwork('side');

  const model = await loadModel(bytes, { inputShape: [1, 3, 20, 12] });
  const named = await loadModel(bytes, { inputShape: { image: [1, 3, 20, 12] } });

  assert.deepEqual(model.inputs[0]?.shape, [-1, 3, 20, 12]);
  const mask = await new VanillaGradients(model).getMask(testPicture(30, 30), { target: 0 });
  assert.deepEqual(mask.shape, [20, 12, 3]);
  const again = await new VanillaGradients(named).getMask(testPicture(30, 30), { target: 0 });
  assert.deepEqual(again.data, mask.data);
  await rejectsWith('SHAPE_MISMATCH', /open/, () => loadModel(bytes));
  await rejectsWith('SHAPE_MISMATCH', /shape/, () => loadModel(bytes, { inputShape: [1, 4, 20, 12] }));
  await rejectsWith('INVALID_OPTION', /'picture'/, () =>
    loadModel(bytes, { inputShape: { image: [1, 3, 8, 8], picture: [1] } }),
  );
  model.dispose();
  named.dispose();
});

test('what does not fit into the memory is refused, and the model stays usable', async () => {
  const model = await loadModel(outerProductNetwork(25000));
  const column = { data: new Float32Array(25000).fill(2), shape: [1, 1, 25000, 1] };

  await rejectsWith('OUT_OF_MEMORY', /MB/, () => model.run({ column }));

  const { halved } = await model.run({ column }, { outputs: ['halved'] });
  assert.equal(halved?.data[24999], 1);
  model.dispose();
});

test('files that are no model are refused', async () => {
  const text = new TextEncoder().encode('<!doctype html><title>Not found</title>');

  await rejectsWith('MODEL_INVALID', /./, () => loadModel(text));
  await rejectsWith('MODEL_INVALID', /./, () => loadModel(convolutionalNetwork().subarray(0, 3000)));
  await rejectsWith('MODEL_INVALID', /./, () => loadModel(new Blob([])));
});

test('an aborted load rejects with the reason', async () => {
  const signal = AbortSignal.abort();

  await assert.rejects(loadModel(linearNetwork(), { signal }), { name: 'AbortError' });
});
