// Plain tensors: numbers and sizes, row-major.

import { SaliencyError } from './errors.js';

/** Numbers in row-major order with their sizes, outermost first, in the layout that the ONNX file has. */
export interface Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Product of the sizes; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** "[1, 3, 224, 224]" */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

export function isTensor(value: unknown): value is Tensor {
  if (typeof value !== 'object' || value === null || !('data' in value) || !('shape' in value)) return false;
  return value.data instanceof Float32Array && Array.isArray(value.shape);
}

/** Throws `SHAPE_MISMATCH` when `tensor` is no tensor, or its numbers do not fill its shape. */
export function checkTensor(tensor: unknown, what: string): asserts tensor is Tensor {
  if (!isTensor(tensor)) {
    throw new SaliencyError('SHAPE_MISMATCH', `${what} is not a tensor`, {
      expected: '{data: Float32Array, shape: number[]}',
      actual: typeof tensor,
      remedy: 'Pass a Float32Array with its sizes.',
    });
  }
  const { shape, data } = tensor;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || elementCount(shape) !== data.length) {
    throw new SaliencyError('SHAPE_MISMATCH', `${what}: ${data.length} numbers do not fill ${shapeText(shape)}`, {
      expected: `${elementCount(shape)} numbers`,
      actual: `${data.length} numbers`,
      remedy: 'Make the shape agree with the data.',
    });
  }
}

/** Planes [channels, height, width] as pixels [height, width, channels]. */
export function planesToPixels(data: Float32Array, channels: number, height: number, width: number): Float32Array {
  const pixels = new Float32Array(data.length);
  const area = height * width;
  for (let c = 0; c < channels; ++c) {
    for (let i = 0; i < area; ++i) pixels[i * channels + c] = data[c * area + i] ?? 0;
  }
  return pixels;
}

/** Pixels [height, width, channels] as planes [channels, height, width]. */
export function pixelsToPlanes(data: Float32Array, channels: number, height: number, width: number): Float32Array {
  const planes = new Float32Array(data.length);
  const area = height * width;
  for (let c = 0; c < channels; ++c) {
    for (let i = 0; i < area; ++i) planes[c * area + i] = data[i * channels + c] ?? 0;
  }
  return planes;
}
