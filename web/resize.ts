// Bilinear resizing with antialiasing: the triangle filter is widened by the factor of shrinking, and each pass rounds
// to bytes. The result has the bytes that Pillow makes (Image.resize with BILINEAR, torchvision's Resize on a picture).
//   out[i] = Σ_j w_ij in[j],   w_ij ∝ max(0, 1 − |j + 0.5 − (i + 0.5)·s| / max(s, 1)),   s = size in / size out

import type { PixelImage } from './pixels.js';

/** A part of a resized picture. */
export interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

// For each output: the first input that counts, and the weights from there on.
interface Taps {
  readonly starts: Int32Array;
  readonly weights: readonly Float64Array[];
}

/**
 * The part `window` of `image` resized to `width`×`height`: red, green and blue bytes, [window.height, window.width, 3].
 */
export function resize(image: PixelImage, width: number, height: number, window: Window): Uint8Array {
  const columns = taps(image.width, width, window.left, window.width);
  const rows = taps(image.height, height, window.top, window.height);
  const firstRow = rows.starts[0] ?? 0;
  const last = window.height - 1;
  const endRow = (rows.starts[last] ?? 0) + (rows.weights[last]?.length ?? 0);
  const strip = resizeColumns(image, columns, firstRow, endRow);
  return resizeRows(strip, rows, firstRow, window.width);
}

// Weights of the outputs first … first + count − 1 of an axis that is resized from `inputs` to `outputs`.
function taps(inputs: number, outputs: number, first: number, count: number): Taps {
  const scale = inputs / outputs;
  const radius = Math.max(scale, 1);
  const starts = new Int32Array(count);
  const weights: Float64Array[] = [];
  for (let i = 0; i < count; ++i) {
    const center = (first + i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - radius + 0.5));
    const end = Math.min(inputs, Math.trunc(center + radius + 0.5));
    const row = new Float64Array(end - start);
    let sum = 0;
    for (let j = 0; j < row.length; ++j) {
      const weight = Math.max(0, 1 - Math.abs(start + j + 0.5 - center) / radius);
      row[j] = weight;
      sum += weight;
    }
    for (let j = 0; j < row.length; ++j) row[j] = (row[j] ?? 0) / sum;
    starts[i] = start;
    weights.push(row);
  }
  return { starts, weights };
}

function resizeColumns(image: PixelImage, columns: Taps, firstRow: number, endRow: number): Uint8Array {
  const width = columns.weights.length;
  const out = new Uint8Array((endRow - firstRow) * width * 3);
  let at = 0;
  for (let y = firstRow; y < endRow; ++y) {
    columns.weights.forEach((weights, x) => {
      const start = (y * image.width + (columns.starts[x] ?? 0)) * 4;
      let [red, green, blue] = [0, 0, 0];
      for (let j = 0; j < weights.length; ++j) {
        const weight = weights[j] ?? 0;
        red += weight * (image.data[start + 4 * j] ?? 0);
        green += weight * (image.data[start + 4 * j + 1] ?? 0);
        blue += weight * (image.data[start + 4 * j + 2] ?? 0);
      }
      out[at++] = red + 0.5;
      out[at++] = green + 0.5;
      out[at++] = blue + 0.5;
    });
  }
  return out;
}

function resizeRows(strip: Uint8Array, rows: Taps, firstRow: number, width: number): Uint8Array {
  const stride = width * 3;
  const out = new Uint8Array(rows.weights.length * stride);
  const sums = new Float64Array(stride);
  rows.weights.forEach((weights, y) => {
    const start = ((rows.starts[y] ?? 0) - firstRow) * stride;
    sums.fill(0.5);
    for (let j = 0; j < weights.length; ++j) {
      const weight = weights[j] ?? 0;
      for (let i = 0; i < stride; ++i) sums[i] = (sums[i] ?? 0) + weight * (strip[start + j * stride + i] ?? 0);
    }
    for (let i = 0; i < stride; ++i) out[y * stride + i] = sums[i] ?? 0;
  });
  return out;
}
