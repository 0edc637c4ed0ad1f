// Masks for eyes: one number a pixel. Both functions follow the PAIR saliency library, but for two corrections:
// zero stays zero in the diverging picture, and a mask whose percentile is zero is scaled by its extremes instead.
//   grayscale  v = Σ_c |a|;  (v − min v) / (P − min v) in [0, 1],  P the percentile of v
//   diverging  v = Σ_c a;    v / P in [−1, 1],                     P the percentile of |v|

import { SaliencyError } from './errors.js';
import { numberIn, oneOf, rejectUnknown } from './options.js';
import type { ImageRegion } from './preprocess.js';
import { elementCount, shapeText } from './tensor.js';

/** What can be shown: a mask, or any plain data with the shape [height, width, channels] or [height, width]. */
export interface Visualizable {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  /** 'CHW' when the channels come first. Default 'HWC'. */
  readonly layout?: string;
  readonly region?: ImageRegion | undefined;
}

/** One number a pixel: 0 … 1, or −1 … 1 when `diverging`. */
export interface Picture {
  readonly data: Float32Array;
  /** [height, width] */
  readonly shape: readonly [number, number];
  readonly width: number;
  readonly height: number;
  readonly diverging: boolean;
  /** Share of the pixels that were beyond the percentile, and are cut off at it. */
  readonly clipped: number;
  /** The part of the explained picture that this shows, in its pixels. */
  readonly region: ImageRegion | undefined;
}

/** `compat: 'pair'` gives the numbers of the PAIR saliency library, where zero of a diverging picture becomes 0.5. */
export interface VisualizeOptions {
  readonly compat?: 'none' | 'pair';
}

/**
 * How much each pixel matters, in [0, 1]: the sum of absolute values over the channels, scaled so that the smallest
 * becomes 0 and the given percentile 1.
 *
 * @param percentile - 0 … 100; larger values are cut off. Default 99.
 * @example
 * ```ts
 * draw(canvas, visualizeImageGrayscale(mask));
 * ```
 */
export function visualizeImageGrayscale(mask: Visualizable, percentile = 99, options: VisualizeOptions = {}): Picture {
  checkOptions(percentile, options);
  const { values, width, height } = channelSums(mask, Math.abs);
  const sorted = values.slice().sort();
  const low = sorted[0] ?? 0;
  let high = percentileOf(sorted, percentile);
  if (high <= low) high = sorted[sorted.length - 1] ?? 0;
  const data = Float32Array.from(values, (v) => (high > low ? clip((v - low) / (high - low), 0, 1) : 0));
  const clipped = shareOf(values, (v) => v > high);
  return { data, shape: [height, width], width, height, diverging: false, clipped, region: mask.region };
}

/**
 * What speaks for (> 0) and against (< 0) the target, in [−1, 1]: the sum over the channels, scaled so that the
 * percentile of the absolute values becomes 1. Zero stays zero.
 *
 * @param percentile - 0 … 100; larger values are cut off. Default 99.
 */
export function visualizeImageDiverging(mask: Visualizable, percentile = 99, options: VisualizeOptions = {}): Picture {
  const compat = checkOptions(percentile, options);
  const { values, width, height } = channelSums(mask, (a) => a);
  const { data, span } = compat === 'pair' ? divergingOfPair(values, percentile) : diverging(values, percentile);
  const clipped = shareOf(values, (v) => Math.abs(v) > span);
  return { data, shape: [height, width], width, height, diverging: true, clipped, region: mask.region };
}

function shareOf(values: Float64Array, test: (value: number) => boolean): number {
  let count = 0;
  for (const value of values) if (test(value)) ++count;
  return count / Math.max(1, values.length);
}

function diverging(values: Float64Array, percentile: number) {
  const sorted = values.map(Math.abs).sort();
  let span = percentileOf(sorted, percentile);
  if (span === 0) span = sorted[sorted.length - 1] ?? 0;
  return { data: Float32Array.from(values, (v) => (span > 0 ? clip(v / span, -1, 1) : 0)), span };
}

function divergingOfPair(values: Float64Array, percentile: number) {
  const span = Math.abs(percentileOf(values.slice().sort(), percentile));
  return { data: Float32Array.from(values, (v) => (span > 0 ? clip((v + span) / (2 * span), -1, 1) : 0)), span };
}

/** The value at rank (n − 1)·percentile/100 of ascending numbers, linearly interpolated; 0 for none. */
export function percentileOf(sorted: Float64Array, percentile: number): number {
  if (sorted.length === 0) return 0;
  const rank = ((sorted.length - 1) * percentile) / 100;
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? below;
  return below + (above - below) * (rank - Math.floor(rank));
}

function channelSums(mask: Visualizable, term: (value: number) => number) {
  const { data, shape } = mask;
  const [a = 0, b = 0, c = 1] = shape;
  const isPlanes = mask.layout === 'CHW';
  if (
    (shape.length !== 2 && shape.length !== 3) ||
    elementCount(shape) !== data.length ||
    (isPlanes && shape.length < 3)
  ) {
    throw new SaliencyError('SHAPE_MISMATCH', `A mask of shape ${shapeText(shape)} is not an image`, {
      expected: '[height, width, channels] or [height, width], and as many numbers',
      actual: `${shapeText(shape)} with ${data.length} numbers`,
    });
  }
  const [channels, height, width] = isPlanes ? [a, b, c] : [c, a, b];
  const pixels = height * width;
  const values = new Float64Array(pixels);
  for (let i = 0; i < pixels; ++i) {
    let sum = 0;
    for (let k = 0; k < channels; ++k) {
      const value = data[isPlanes ? k * pixels + i : i * channels + k] ?? 0;
      if (Number.isFinite(value)) sum += term(value);
    }
    values[i] = sum;
  }
  return { values, width, height };
}

function checkOptions(percentile: number, options: VisualizeOptions): 'none' | 'pair' {
  numberIn(percentile, 0, 100, 'percentile');
  rejectUnknown(options, ['compat'], 'visualize');
  return oneOf(options.compat ?? 'none', ['none', 'pair'], 'compat');
}

function clip(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
