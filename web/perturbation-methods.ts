// Methods that change the image and look at the score.

import type { Baseline, BaselineOptions } from './baseline.js';
import { SaliencyMethod } from './method.js';
import type { Tensor } from './tensor.js';

/** Options of {@link Occlusion}. */
export interface OcclusionOptions extends BaselineOptions {
  /** Window in pixels: a number, or [height, width]. Default 15. */
  readonly size?: number | readonly [number, number];
  /** Pixels from window to window: a number, or [vertical, horizontal]. Default 1. */
  readonly stride?: number | readonly [number, number];
  /** What fills the window. Default 'zero'. */
  readonly value?: Baseline;
  /** 'disc' is the ellipse in the window. Default 'square'. */
  readonly shape?: 'square' | 'disc';
  /** Hide one channel at a time. Default false. */
  readonly perChannel?: boolean;
  /** 'pair': the sum over the windows that cover a pixel, instead of their mean. */
  readonly compat?: 'none' | 'pair';
}

/**
 * How much the score falls when a window of the image is hidden (Zeiler & Fergus, 2013). Needs no gradient; costs one
 * run for each window: raise `stride` to save time.
 */
export class Occlusion extends SaliencyMethod<OcclusionOptions> {
  readonly name = 'Occlusion';
}

/** Options of {@link Rise}. */
export interface RiseOptions extends BaselineOptions {
  /** Random masks. Default 1000. */
  readonly masks?: number;
  /** Cells of a mask in each direction. Default 7. */
  readonly cells?: number;
  /** That a cell is shown. Default 0.5. */
  readonly probability?: number;
  /** What hidden pixels become. Default 'zero'. */
  readonly value?: Baseline;
  /** Used instead of random masks: [n, height, width], from 0, hidden, to 1, shown. */
  readonly maskSet?: Tensor;
}

/** The mean of random masks, weighted by the score of the image seen through them (Petsiuk et al., 2018). */
export class Rise extends SaliencyMethod<RiseOptions> {
  readonly name = 'Rise';
}
