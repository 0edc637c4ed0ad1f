// What loading costs and reports, and models of several inputs, outputs and files.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadModel, type Progress } from '#web/index.js';
import { rejectsWith } from './support/errors.js';
import { type Node, onnx, type Weight } from './support/onnx.js';

const kTolerance = 1e-5;

function near(actual: ArrayLike<number> | undefined, expected: ArrayLike<number>) {
  assert.equal(actual?.length, expected.length);
  for (let i = 0; i < expected.length; ++i) {
    const [a = Number.NaN, b = Number.NaN] = [actual?.[i], expected[i]];
    assert.ok(Math.abs(a - b) <= kTolerance * Math.max(1, Math.abs(b)), `[${i}]: ${a}, not ${b}`);
  }
}

/** Convolutions of 256 channels and two large fully connected layers: about 100 MB of float32. */
function largeNetwork(): Uint8Array {
  const nodes: Node[] = [];
  const weights: Record<string, Weight> = {};
  const weight = (name: string, shape: readonly number[], scale: number) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < data.length; ++i) data[i] = scale * (((i * 7919) % 1009) / 504 - 1);
    weights[name] = { shape, data };
  };
  const add = (type: string, inputs: readonly string[], outputs: readonly string[], attributes = {}) =>
    nodes.push({ type, inputs, outputs, attributes });
  let last = 'image';
  for (let i = 0; i < 24; ++i) {
    const channels = i === 0 ? 3 : 256;
    weight(`w${i}`, [256, channels, 3, 3], 0.03);
    for (const parameter of ['scale', 'shift', 'mean']) weight(`${parameter}${i}`, [256], 0.1);
    weights[`variance${i}`] = { shape: [256], data: new Float32Array(256).fill(1) };
    add('Conv', [last, `w${i}`], [`c${i}`], {
      pads: [1, 1, 1, 1],
      kernel_shape: [3, 3],
      strides: i < 4 ? [2, 2] : [1, 1],
    });
    add('BatchNormalization', [`c${i}`, `scale${i}`, `shift${i}`, `mean${i}`, `variance${i}`], [`n${i}`]);
    add('Relu', [`n${i}`], [`r${i}`]);
    last = `r${i}`;
  }
  weight('dense1', [4096, 1024], 0.02);
  weight('dense2', [1000, 4096], 0.02);
  weight('dense3', [3000, 1000], 0.02);
  add('Flatten', [last], ['flat']);
  add('Gemm', ['flat', 'dense1'], ['d1'], { transB: 1 });
  add('Gemm', ['d1', 'dense2'], ['d2'], { transB: 1 });
  add('Gemm', ['d2', 'dense3'], ['logits'], { transB: 1 });
  return onnx({ nodes, weights, inputs: { image: ['batch', 3, 32, 32] }, outputs: { logits: ['batch', 3000] } });
}

/** A fully connected layer of 100 MB. */
function oneLayer(): Uint8Array {
  const data = Float32Array.from({ length: 25e6 }, (_, i) => (i % 5000) / 5000);
  return onnx({
    nodes: [{ type: 'Gemm', inputs: ['x', 'w'], outputs: ['logits'], attributes: { transB: 1 } }],
    weights: { w: { shape: [5000, 5000], data } },
    inputs: { x: ['batch', 5000] },
    outputs: { logits: ['batch', 5000] },
  });
}

/** The core's memory of each model that is loaded within `body`, in bytes: when it starts and at the end. */
async function memoryOf(body: () => Promise<void>): Promise<{ readonly before: number; readonly after: number }> {
  const instantiate = WebAssembly.instantiate;
  let memory: WebAssembly.Memory | undefined;
  let before = 0;
  const spy = async (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
    const instance = await instantiate(module, imports);
    memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
    before = memory?.buffer.byteLength ?? 0;
    return instance;
  };
  WebAssembly.instantiate = spy as unknown as typeof WebAssembly.instantiate;
  try {
    await body();
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  return { before, after: memory?.buffer.byteLength ?? 0 };
}

describe('a model of 100 MB', () => {
  const file = largeNetwork();

  for (const [name, bytes] of Object.entries({ 'of many layers': file, 'of one layer': oneLayer() })) {
    test(`${name} takes at most 1.5 times its size of memory`, async (t) => {
      const { before, after } = await memoryOf(async () => {
        (await loadModel(bytes, { threads: 1 })).dispose();
      });

      const factor = (after - before) / bytes.length;
      t.diagnostic(
        `file ${bytes.length} bytes, memory ${before} → ${after} bytes: ${factor.toFixed(2)} times its size`,
      );
      assert.ok(bytes.length > 95e6 && bytes.length < 105e6, `${bytes.length} bytes`);
      assert.ok(before > 0 && factor > 0.85, 'the weights are somewhere');
      assert.ok(factor <= 1.5, `${factor.toFixed(2)} times`);
    });
  }

  test('reports the download, the reading of weights and the preparation of nodes', async () => {
    const reports: Progress[] = [];

    const headers = { 'Content-Length': String(file.length) };
    const source = new Response(file as BodyInit, { headers });
    (await loadModel(source, { threads: 1, onProgress: (progress) => reports.push(progress) })).dispose();

    const stages = reports.map(({ stage }) => stage).filter((stage, i, all) => stage !== all[i - 1]);
    assert.deepEqual(stages, ['download', 'read', 'prepare']);
    for (const stage of ['download', 'read', 'prepare'] as const) {
      const own = reports.filter((report) => report.stage === stage);
      const [first, last] = [own[0], own.at(-1)];
      assert.ok(own.length >= (stage === 'download' ? 1 : 20), `${own.length} reports of ${stage}`);
      assert.ok(own.every(({ done }, i) => i === 0 || done >= (own[i - 1]?.done ?? 0)));
      assert.ok(first && last && last.done > 0.95 * last.total && last.done <= last.total, JSON.stringify(last));
    }
  });
});

describe('weights in another file', () => {
  const network = onnx({
    nodes: [{ type: 'Gemm', inputs: ['x', 'w'], outputs: ['y'] }],
    weights: { w: { shape: [2, 2], data: 'weights.bin' } },
    inputs: { x: [1, 2] },
    outputs: { y: [1, 2] },
  });
  const weights = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

  test('come from the callback', async () => {
    const asked: string[] = [];
    const externalData = async (location: string) => {
      asked.push(location);
      return weights;
    };
    const model = await loadModel(network, { externalData });

    const { y } = await model.run({ x: { data: Float32Array.of(1, 10), shape: [1, 2] } });

    near(y?.data, [31, 42]);
    assert.deepEqual(asked, ['weights.bin']);
    model.dispose();
  });

  test('are missed by name', async () => {
    await rejectsWith('MODEL_INVALID', /weights\.bin/, () => loadModel(network));
  });
});

describe('a model of two inputs and several outputs', () => {
  // product = a · b, sum = Σ product, label = ArgMax(product), found = NonMaxSuppression(…)
  const network = onnx({
    nodes: [
      { type: 'Mul', inputs: ['a', 'b'], outputs: ['product'] },
      { type: 'ReduceSum', inputs: ['product'], outputs: ['sum'], attributes: { keepdims: 1 } },
      { type: 'ArgMax', inputs: ['product'], outputs: ['label'], attributes: { axis: 1 } },
      { type: 'NonMaxSuppression', inputs: ['product', 'product'], outputs: ['found'] },
    ],
    inputs: { a: [1, 3], b: [1, 3] },
    outputs: { product: [1, 3], sum: [1, 1], label: [1, 1], found: [1, 3] },
  });
  const a = { data: Float32Array.of(1, 2, 3), shape: [1, 3] };
  const b = { data: Float32Array.of(5, 7, 4), shape: [1, 3] };

  test('runs, differentiates any output with respect to any input, and names what it cannot', async () => {
    const model = await loadModel(network);
    assert.deepEqual(
      model.inputs.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.deepEqual(
      model.outputs.map(({ name }) => name),
      ['product', 'sum', 'label'],
    );

    const { product, sum, label } = await model.run({ a, b }, { outputs: ['product', 'sum', 'label'] });
    near(product?.data, [5, 14, 12]);
    near(sum?.data, [31]);
    near(label?.data, [1]);
    near((await model.gradient({ a, b }, { target: 1 })).data, [0, 7, 0]);
    near((await model.gradient({ a, b }, { target: 1, x: 'b' })).data, [0, 2, 0]);
    near((await model.gradient({ a, b }, { target: 0, y: 'sum', x: 'b' })).data, [1, 2, 3]);
    await rejectsWith('NO_GRADIENT', /ArgMax/, () => model.gradient({ a, b }, { target: 0, y: 'label' }));
    await rejectsWith('UNSUPPORTED_OPERATOR', /NonMaxSuppression/, () => model.run({ a, b }, { outputs: ['found'] }));
    model.dispose();
  });
});

describe('a model of open sizes', () => {
  const network = onnx({
    nodes: [{ type: 'GlobalAveragePool', inputs: ['x'], outputs: ['y'] }],
    inputs: { x: ['batch', 2, 'height', 'width'] },
    outputs: { y: ['batch', 2, 1, 1] },
  });

  test('asks for them, and takes any', async () => {
    await rejectsWith('SHAPE_MISMATCH', /leaves open/, () => loadModel(network));
    for (const [height, width] of [
      [2, 3],
      [5, 1],
    ] as const) {
      const shape = [1, 2, height, width];
      const model = await loadModel(network, { inputShape: shape });
      const data = Float32Array.from({ length: 2 * height * width }, (_, i) => (i < height * width ? 1 : 2));

      const { y } = await model.run({ x: { data, shape } });

      near(y?.data, [1, 2]);
      model.dispose();
    }
  });
});
