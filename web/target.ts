// What is explained, as the caller says it and as the core takes it.

import { invalidOption, SaliencyError } from './errors.js';
import { oneOf } from './options.js';

/**
 * - a number: the class with this index
 * - `contrast: [a, b]`: what speaks for class a rather than for class b
 * - `weights`: a weighted sum, one weight for each value of the output
 * - `channel`: the mean of a channel, where the method's `y` is a tensor inside the network: of the first axis of
 *   [channels, height, width], of the last one of [tokens, channels]
 * - `unit`: one value of that tensor, by its place in each axis (without the batch's)
 */
export type Target =
  | number
  | { readonly contrast: readonly [number, number] }
  | { readonly weights: readonly number[] | Float32Array }
  | { readonly channel: number }
  | { readonly unit: readonly number[] };

/**
 * Explain the raw score (before a Softmax), the probability, or its logarithm. Probabilities saturate: their gradient
 * vanishes where the network is sure.
 */
export type ScoreKind = 'logit' | 'probability' | 'log-probability';

/** A target and the kind of its score. */
export interface TargetOptions {
  readonly target: Target;
  /** Default 'logit'. */
  readonly of?: ScoreKind;
}

/** Indices and weights into the flat output. */
export interface PlainTarget {
  readonly indices: readonly number[];
  readonly weights: readonly number[];
  readonly of: ScoreKind;
  /** How many values the output must have; 0 when the target does not say. */
  readonly size: number;
  /** Instead of indices and weights, which the core finds: it knows the output's shape. */
  readonly channel?: number;
  readonly unit?: readonly number[];
}

/** Throws `INVALID_OPTION` or `TARGET_OUT_OF_RANGE`. Whether an index exists is known by the core only. */
export function plainTarget({ target, of = 'logit' }: TargetOptions): PlainTarget {
  const kind = oneOf(of, ['logit', 'probability', 'log-probability'], 'of');
  if (typeof target === 'number') return { indices: [index(target)], weights: [1], of: kind, size: 0 };
  if (typeof target === 'object' && target !== null && 'contrast' in target) {
    const [a, b, ...rest] = target.contrast;
    if (rest.length > 0 || a === b) {
      throw invalidOption('contrast needs two different classes', {
        expected: '[a, b]',
        actual: JSON.stringify(target.contrast),
      });
    }
    return { indices: [index(a), index(b)], weights: [1, -1], of: kind, size: 0 };
  }
  if (typeof target === 'object' && target !== null && 'weights' in target) return weighted(target.weights, kind);
  if (typeof target === 'object' && target !== null && 'channel' in target) {
    return { indices: [], weights: [], of: kind, size: 0, channel: index(target.channel, 'channel') };
  }
  if (typeof target === 'object' && target !== null && 'unit' in target) {
    return { indices: [], weights: [], of: kind, size: 0, unit: target.unit.map((place) => index(place, 'unit')) };
  }
  throw invalidOption('No target to explain', {
    expected: 'a class index, {contrast: [a, b]}, {weights: […]}, {channel: c} or {unit: […]}',
    actual: String(target),
    remedy: 'Pass for example {target: (await model.classify(image))[0].index}.',
  });
}

function weighted(weights: readonly number[] | Float32Array, of: ScoreKind): PlainTarget {
  const indices: number[] = [];
  const values: number[] = [];
  weights.forEach((weight, i) => {
    if (!Number.isFinite(weight)) {
      throw invalidOption(`weights[${i}] is not a finite number`, {
        expected: 'a finite number',
        actual: String(weight),
      });
    }
    if (weight === 0) return;
    indices.push(i);
    values.push(weight);
  });
  return { indices, weights: values, of, size: weights.length };
}

function index(value: number, what = 'class'): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new SaliencyError('TARGET_OUT_OF_RANGE', `There is no ${what} ${value}`, {
    expected: 'a whole number from 0',
    actual: String(value),
    remedy: `Pass the index of a ${what}.`,
  });
}
