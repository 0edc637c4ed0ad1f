// Feature visualisation: what excites a class, a channel or a unit.

import type { Progress } from './mask.js';
import { backend, type Model, type ProgressOptions } from './model.js';
import { rejectUnknown } from './options.js';
import type { PixelImage } from './pixels.js';
import { plainTarget, type ScoreKind, type Target } from './target.js';
import type { Tensor, Tensors } from './tensor.js';

/** Options of {@link visualizeFeature}. */
export interface FeatureOptions extends ProgressOptions {
  /** Name of the tensor that `target` refers to. Default: the first output, before a final Softmax. */
  readonly y?: string;
  /** Default 'logit'. */
  readonly of?: ScoreKind;
  /** Of the ascent, one gradient each (and copy). Default 256. */
  readonly steps?: number;
  /** Length of a step in the parameters. Default 0.05. */
  readonly rate?: number;
  /** What the image is made of. Default 'fourier': frequencies of equal energy, which give smooth images. */
  readonly basis?: 'fourier' | 'pixel';
  /** Views of the image at each step. Default 1. */
  readonly copies?: number;
  /** Pixels by which a view may be moved. Default 8. */
  readonly jitter?: number;
  /** By which a view may be nearer or farther. Default 0.1. */
  readonly scale?: number;
  /** Degrees by which a view may be turned. Default 5. */
  readonly rotate?: number;
  /** Of the random numbers. Default: drawn, and named in the result. */
  readonly seed?: number;
  /** What black and white are for the model: two numbers. Default: known from the preprocessing. */
  readonly valueRange?: readonly number[];
  /** Tensors of the model's further inputs. */
  readonly feeds?: Tensors;
}

/** What {@link visualizeFeature} found. */
export interface FeatureImage {
  /** The image as a picture: may be drawn, or explained in its turn. */
  readonly pixels: PixelImage;
  /** The same in the model's own numbers, exactly. */
  readonly input: Tensor;
  /** The target's score of it, and those of the steps. */
  readonly score: number;
  readonly scores: Float32Array;
  readonly seed: number;
  readonly steps: number;
  readonly evaluations: number;
  readonly warnings: readonly string[];
  /** Milliseconds. */
  readonly timings: { readonly total: number; readonly compute: number };
}

const kCallOptions = ['y', 'of', 'feeds', 'signal', 'onProgress'] as const;
const kOwnOptions = ['steps', 'rate', 'basis', 'copies', 'jitter', 'scale', 'rotate', 'seed', 'valueRange'] as const;

/**
 * An image that excites the target as much as an image can, by gradient ascent (Olah et al., 2017): what a unit, a
 * channel or a class looks for. Far from photographs, and one answer of many.
 *
 * Progress carries the image so far as `partial`, [height, width, channels] from 0 to 1.
 *
 * @throws SaliencyError `TARGET_OUT_OF_RANGE`, `INVALID_OPTION`, `NO_GRADIENT`, `OUT_OF_MEMORY` or `DISPOSED`.
 * @example
 * ```ts
 * const { pixels } = await visualizeFeature(model, { channel: 12 }, { y: 'layer3' });
 * ```
 */
export async function visualizeFeature(
  model: Model,
  target: Target,
  options: FeatureOptions = {},
): Promise<FeatureImage> {
  rejectUnknown(options, [...kCallOptions, ...kOwnOptions], 'visualizeFeature');
  const { y = '', of = 'logit', feeds = {}, signal, onProgress } = options;
  const own = Object.fromEntries(kOwnOptions.map((name) => [name, options[name]]));
  const request = { target: plainTarget({ target, of }), y, feeds, options: own };
  const hooks = { signal, onProgress: onProgress as ((progress: Progress) => void) | undefined };
  return backend(model).call('visualize', request, hooks);
}
