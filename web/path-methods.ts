// Methods that follow a path from a baseline to the image.

import type { Baseline, BaselineOptions } from './baseline.js';
import { SaliencyMethod } from './method.js';

/** Options of {@link IntegratedGradients}. */
export interface IntegratedGradientsOptions extends BaselineOptions {
  /** Gradients on the path. Default 25. */
  readonly steps?: number;
  /** Where the path starts. Default 'zero'. */
  readonly baseline?: Baseline;
  /** Points and weights on the path. Default 'midpoint'. */
  readonly rule?: 'left' | 'right' | 'midpoint' | 'trapezoid' | 'gauss-legendre';
  /** Double the steps until the gap of completeness is below this share of the difference. Default 0: never. */
  readonly tolerance?: number;
  /** 'pair': the numbers of the PAIR saliency library; 'captum': those of Captum's trapezoid. */
  readonly compat?: 'none' | 'pair' | 'captum';
}

/**
 * The mean gradient on the way from a baseline to the image, times the way (Sundararajan et al., 2017). Attributions
 * sum to the difference of the scores; `mask.completeness` says how closely. Depends on the baseline.
 *
 * @example
 * ```ts
 * const mask = await new IntegratedGradients(model).getMask(image, { target: 207, baseline: 'black,white' });
 * ```
 */
export class IntegratedGradients extends SaliencyMethod<IntegratedGradientsOptions> {
  readonly name = 'IntegratedGradients';
}
