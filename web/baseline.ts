// What stands for an absent feature, shared by path and perturbation methods.

import type { Tensor } from './tensor.js';

/**
 * What a part of the image is replaced by, or where a path starts. A name; a number in the model's own values; a
 * number for each channel; or a tensor of the input's shape. Names: 'zero' (after the usual preprocessing the mean
 * colour), 'black', 'white', 'grey', 'mean', 'blur', 'noise', 'min', 'max'; several joined by commas are averaged,
 * where a path starts.
 */
export type Baseline = string | number | readonly number[] | Tensor;

/** Options that go with named baselines. */
export interface BaselineOptions {
  /** What black and white are for the model: two numbers. Default: known from the preprocessing. */
  readonly valueRange?: readonly number[];
  /** Of the baseline 'blur', in pixels. Default 10. */
  readonly blurSigma?: number;
  /** Of the baseline 'noise'. Default: drawn, and named in the mask. */
  readonly seed?: number;
}
