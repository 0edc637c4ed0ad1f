// Small networks whose numbers can be worked out by hand.

import { onnx } from './onnx.js';

/** logits = W · x for x of 3×2×2 pixels and two classes; the gradient of class k is row k of W. */
export const linearWeights = [
  Array.from({ length: 12 }, (_, i) => (i - 6) / 4),
  Array.from({ length: 12 }, (_, i) => ((i * 5) % 7) - 3),
] as const;

export function linearNetwork(metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  return onnx({
    nodes: [
      { type: 'Flatten', inputs: ['image'], outputs: ['flat'] },
      { type: 'Gemm', inputs: ['flat', 'weight'], outputs: ['logits'], attributes: { transB: 1 } },
    ],
    inputs: { image: ['batch', 3, 2, 2] },
    outputs: { logits: ['batch', 2] },
    weights: { weight: { shape: [2, 12], data: linearWeights.flat() } },
    metadata,
  });
}

/** A convolution, a rectifier, a global average and a Softmax over four classes; input 3×16×16, or of open size. */
export function convolutionalNetwork(size: number | string = 16): Uint8Array {
  const wave = (count: number, step: number) => Array.from({ length: count }, (_, i) => Math.sin(i * step));
  return onnx({
    nodes: [
      {
        type: 'Conv',
        inputs: ['image', 'w1'],
        outputs: ['c1'],
        attributes: { pads: [1, 1, 1, 1], kernel_shape: [3, 3] },
      },
      { type: 'Relu', inputs: ['c1'], outputs: ['r1'] },
      { type: 'Conv', inputs: ['r1', 'w2'], outputs: ['c2'], attributes: { kernel_shape: [3, 3], strides: [2, 2] } },
      { type: 'Relu', inputs: ['c2'], outputs: ['r2'] },
      { type: 'GlobalAveragePool', inputs: ['r2'], outputs: ['pooled'] },
      { type: 'Flatten', inputs: ['pooled'], outputs: ['flat'] },
      { type: 'Gemm', inputs: ['flat', 'w3'], outputs: ['logits'], attributes: { transB: 1 } },
      { type: 'Softmax', inputs: ['logits'], outputs: ['probabilities'], attributes: { axis: 1 } },
    ],
    inputs: { image: ['batch', 3, size, size] },
    outputs: { probabilities: ['batch', 4] },
    weights: {
      w1: { shape: [8, 3, 3, 3], data: wave(8 * 27, 0.7) },
      w2: { shape: [8, 8, 3, 3], data: wave(8 * 72, 1.3) },
      w3: { shape: [4, 8], data: wave(32, 2.1) },
    },
    metadata: {
      labels: JSON.stringify(['north', 'east', 'south', 'west']),
      preprocess: JSON.stringify({ mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25], scale: 'unit' }),
    },
  });
}

/** A column of `size` values, halved, times a row of as many: a large tensor out of small ones; then its mean. */
export function outerProductNetwork(size: number): Uint8Array {
  return onnx({
    nodes: [
      { type: 'Mul', inputs: ['column', 'half'], outputs: ['halved'] },
      { type: 'Mul', inputs: ['halved', 'row'], outputs: ['product'] },
      { type: 'GlobalAveragePool', inputs: ['product'], outputs: ['mean'] },
    ],
    inputs: { column: ['batch', 1, size, 1] },
    outputs: { mean: ['batch', 1, 1, 1] },
    weights: {
      half: { shape: [1], data: [0.5] },
      row: { shape: [1, 1, 1, size], data: new Array<number>(size).fill(1) },
    },
  });
}

/** RGBA bytes without a pattern. */
export function testPicture(width: number, height: number): { data: Uint8ClampedArray; width: number; height: number } {
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      for (let c = 0; c < 3; ++c) data[(y * width + x) * 4 + c] = (x * 37 + y * 91 + c * 53 + x * y * 7) % 256;
    }
  }
  return { data, width, height };
}
