// Five classifiers at 224×224 with their real shapes and random weights: how fast a network is hardly depends on what it
// knows. Batch norms count as folded, as exporters do.
import { onnxFile } from './onnx-writer.mjs';

/** Deterministic numbers around 0 of standard deviation `spread`: a sum of three uniform ones. */
function randomNumbers(count, spread, state) {
  const numbers = new Float32Array(count);
  const uniform = () => {
    state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0;
    return state.seed / 2 ** 32 - 0.5;
  };
  for (let i = 0; i < count; ++i) numbers[i] = (uniform() + uniform() + uniform()) * 2 * spread;
  return numbers;
}

/** Builds a network from the input on; values are {name, channels}. */
class Builder {
  nodes = [];
  weights = {};
  random = { seed: 1 };
  image = { name: 'x', channels: 3 };

  add(type, inputs, channels, attributes) {
    const output = `${type.toLowerCase()}_${this.nodes.length}`;
    this.nodes.push({ type, inputs: inputs.map((input) => input.name ?? input), output, attributes });
    return { name: output, channels };
  }

  weight(shape, spread) {
    const name = `w_${Object.keys(this.weights).length}`;
    const count = shape.reduce((product, size) => product * size, 1);
    this.weights[name] = { shape, data: randomNumbers(count, spread, this.random) };
    return name;
  }

  conv(x, channels, { kernel = 1, stride = 1, pad = (kernel - 1) / 2, groups = 1, gain = 2 } = {}) {
    const shape = [channels, x.channels / groups, kernel, kernel];
    const weight = this.weight(shape, Math.sqrt(gain / (shape[1] * kernel * kernel)));
    return this.add('Conv', [x, weight, this.weight([channels], 0.1)], channels, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group: groups,
    });
  }

  relu = (x) => this.add('Relu', [x], x.channels);
  relu6 = (x) => this.add('Clip', [x, this.constant(0), this.constant(6)], x.channels);
  silu = (x) => this.multiplied(x, this.add('Sigmoid', [x], x.channels));
  sum = (a, b) => this.add('Add', [a, b], a.channels);
  multiplied = (a, b) => this.add('Mul', [a, b], a.channels);
  pooled = (x, kernel, stride, pad = 0, ceil = 0) =>
    this.add('MaxPool', [x], x.channels, {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      ceil_mode: ceil,
    });
  averaged = (x) => this.add('GlobalAveragePool', [x], x.channels);

  constant(number) {
    const name = `c_${Object.keys(this.weights).length}`;
    this.weights[name] = { shape: [], data: Float32Array.of(number) };
    return name;
  }

  classified(x, classes = 1000) {
    const flat = this.add('Flatten', [this.averaged(x)], x.channels);
    const weight = this.weight([classes, x.channels], Math.sqrt(1 / x.channels));
    return this.add('Gemm', [flat, weight, this.weight([classes], 0.1)], classes, { transB: 1 });
  }

  file(result) {
    const { nodes, weights } = this;
    return onnxFile({
      nodes,
      weights,
      inputs: { x: [1, 3, 224, 224] },
      outputs: { [result.name]: [1, result.channels] },
    });
  }
}

function mobilenetV2(b) {
  let x = b.relu6(b.conv(b.image, 32, { kernel: 3, stride: 2 }));
  const block = (from, channels, stride, expansion) => {
    const wide = from.channels * expansion;
    const expanded = expansion === 1 ? from : b.relu6(b.conv(from, wide));
    const filtered = b.relu6(b.conv(expanded, wide, { kernel: 3, stride, groups: wide }));
    const narrow = b.conv(filtered, channels, { gain: 0.5 });
    return stride === 1 && from.channels === channels ? b.sum(from, narrow) : narrow;
  };
  const stages = [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ];
  for (const [expansion, channels, count, stride] of stages) {
    for (let i = 0; i < count; ++i) x = block(x, channels, i === 0 ? stride : 1, expansion);
  }
  return b.classified(b.relu6(b.conv(x, 1280)));
}

function squeezenet(b) {
  const fire = (from, narrow, wide) => {
    const squeezed = b.relu(b.conv(from, narrow));
    const parts = [b.relu(b.conv(squeezed, wide)), b.relu(b.conv(squeezed, wide, { kernel: 3 }))];
    return b.add('Concat', parts, 2 * wide, { axis: 1 });
  };
  let x = b.relu(b.conv(b.image, 64, { kernel: 3, stride: 2, pad: 0 }));
  for (const stage of [
    [
      [16, 64],
      [16, 64],
    ],
    [
      [32, 128],
      [32, 128],
    ],
    [
      [48, 192],
      [48, 192],
      [64, 256],
      [64, 256],
    ],
  ]) {
    x = b.pooled(x, 3, 2, 0, 1);
    for (const [narrow, wide] of stage) x = fire(x, narrow, wide);
  }
  return b.add('Flatten', [b.averaged(b.relu(b.conv(x, 1000)))], 1000);
}

function resnet(b, counts, bottleneck) {
  let x = b.pooled(b.relu(b.conv(b.image, 64, { kernel: 7, stride: 2 })), 3, 2, 1);
  const block = (from, width, stride) => {
    const channels = bottleneck ? 4 * width : width;
    const inner = bottleneck
      ? b.conv(b.relu(b.conv(b.relu(b.conv(from, width)), width, { kernel: 3, stride })), channels, { gain: 0.5 })
      : b.conv(b.relu(b.conv(from, width, { kernel: 3, stride })), width, { kernel: 3, gain: 0.5 });
    const same = stride === 1 && from.channels === channels;
    return b.relu(b.sum(inner, same ? from : b.conv(from, channels, { stride, gain: 1 })));
  };
  counts.forEach((count, stage) => {
    for (let i = 0; i < count; ++i) x = block(x, 64 << stage, i === 0 && stage > 0 ? 2 : 1);
  });
  return b.classified(x);
}

function efficientnet(b) {
  let x = b.silu(b.conv(b.image, 32, { kernel: 3, stride: 2 }));
  const block = (from, expansion, channels, kernel, stride) => {
    const wide = from.channels * expansion;
    const expanded = expansion === 1 ? from : b.silu(b.conv(from, wide));
    const filtered = b.silu(b.conv(expanded, wide, { kernel, stride, groups: wide }));
    const squeezed = b.silu(b.conv(b.averaged(filtered), from.channels / 4));
    const gates = b.add('Sigmoid', [b.conv(squeezed, wide)], wide);
    const narrow = b.conv(b.multiplied(filtered, gates), channels, { gain: 1 });
    return stride === 1 && from.channels === channels ? b.sum(narrow, from) : narrow;
  };
  const stages = [
    [1, 16, 1, 3, 1],
    [6, 24, 2, 3, 2],
    [6, 40, 2, 5, 2],
    [6, 80, 3, 3, 2],
    [6, 112, 3, 5, 1],
    [6, 192, 4, 5, 2],
    [6, 320, 1, 3, 1],
  ];
  for (const [expansion, channels, count, kernel, stride] of stages) {
    for (let i = 0; i < count; ++i) x = block(x, expansion, channels, kernel, i === 0 ? stride : 1);
  }
  return b.classified(b.silu(b.conv(x, 1280)));
}

const networks = {
  mobilenet_v2: mobilenetV2,
  squeezenet1_1: squeezenet,
  resnet18: (b) => resnet(b, [2, 2, 2, 2], false),
  resnet50: (b) => resnet(b, [3, 4, 6, 3], true),
  efficientnet_b0: efficientnet,
};

export const networkNames = Object.keys(networks);

/** The ONNX file of a network by its name. */
export function networkFile(name) {
  const builder = new Builder();
  return builder.file(networks[name](builder));
}
