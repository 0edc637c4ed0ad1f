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
  /**
   * Stop early once the masks' standard error is below this share of the map. In `getSmoothedMask` named
   * `methodTolerance`. Default 0: never.
   */
  readonly tolerance?: number;
  /** What hidden pixels become. Default 'zero'. */
  readonly value?: Baseline;
  /** Used instead of random masks: [n, height, width], from 0, hidden, to 1, shown. */
  readonly maskSet?: Tensor;
}

/** The mean of random masks, weighted by the score of the image seen through them (Petsiuk et al., 2018). */
export class Rise extends SaliencyMethod<RiseOptions> {
  readonly name = 'Rise';
}

/** Options of {@link MeaningfulPerturbation}. */
export interface MeaningfulPerturbationOptions extends BaselineOptions {
  /** Find what must be hidden, or what must be shown. Default 'delete'. */
  readonly goal?: 'delete' | 'preserve';
  /** Share of the image that the mask covers (extremal perturbation). Default 0: as little as possible. */
  readonly area?: number;
  /** Gradients of the descent. Default 200. */
  readonly steps?: number;
  /** Cells of the mask in each direction. Default 28. */
  readonly cells?: number;
  /** Length of the first step; the last ones are short. Default 0.1. */
  readonly rate?: number;
  /** Against large masks, where no area is given. Default 1. */
  readonly sizeWeight?: number;
  /** For masks of the given area. Default 10. */
  readonly areaWeight?: number;
  /** Against differences of neighbouring cells. Default 1. */
  readonly smoothness?: number;
  /** Pixels by which a step may shift the image. Default 2. */
  readonly jitter?: number;
  /** What hidden pixels become. Default 'blur'. */
  readonly value?: Baseline;
}

/**
 * The smallest smooth mask whose hiding takes the evidence away (Fong & Vedaldi, 2017) or, with `area`, the mask of that
 * size that matters most (Fong et al., 2019). The mask is [height, width], from 0 to 1; `mask.extras.evidence` is the
 * share of the score that was left at each step.
 */
export class MeaningfulPerturbation extends SaliencyMethod<MeaningfulPerturbationOptions> {
  readonly name = 'MeaningfulPerturbation';
}
