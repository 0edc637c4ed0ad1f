// Methods that follow a path from a baseline to the image.

import type { Baseline, BaselineOptions } from './baseline.js';
import { SaliencyMethod } from './method.js';
import type { Tensor } from './tensor.js';

/** Of methods whose map is to sum to a difference of scores. */
export interface PathTolerance {
  /**
   * Double the steps, up to 16 times as many, until the gap of completeness is below this share of the difference of
   * scores; `mask.steps` says how many it took. In `getSmoothedMask` named `methodTolerance`. Default 0: never.
   */
  readonly tolerance?: number;
}

/** Options of {@link IntegratedGradients}. */
export interface IntegratedGradientsOptions extends BaselineOptions, PathTolerance {
  /** Gradients on the path. Default 25. */
  readonly steps?: number;
  /** Where the path starts. Default 'zero'. */
  readonly baseline?: Baseline;
  /** Points and weights on the path. Default 'midpoint'. */
  readonly rule?: 'left' | 'right' | 'midpoint' | 'trapezoid' | 'gauss-legendre';
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

/** Options of {@link BlurIg}. */
export interface BlurIgOptions extends PathTolerance {
  /** The path's start, in pixels of blur. Default 50. */
  readonly maxSigma?: number;
  /** Gradients on the path. Default 100. */
  readonly steps?: number;
  /** Blurs at √(i · maxSigma / steps). Default false. */
  readonly sqrt?: boolean;
  /** What the blur takes from beyond the border. Default 'zero': black, in the model's numbers. */
  readonly edge?: 'zero' | 'nearest' | 'reflect';
  /** 'pair': the numbers of the PAIR saliency library. */
  readonly compat?: 'none' | 'pair';
  /** Of compat 'pair': its difference quotient. Default 0.01. */
  readonly gradStep?: number;
  /** Of compat 'pair', whose `sqrt` form depends on it. Default 1. */
  readonly batchSize?: number;
}

/** Gradients on the way from a blurred image to the sharp one (Xu et al., 2020): needs no baseline. */
export class BlurIg extends SaliencyMethod<BlurIgOptions> {
  readonly name = 'BlurIg';
}

/** Options of {@link GuidedIg}. */
export interface GuidedIgOptions extends BaselineOptions, PathTolerance {
  /** Gradients on the path, one after the other. Default 200. */
  readonly steps?: number;
  /** Share of the values that move together. Default 0.25. */
  readonly fraction?: number;
  /** How far values may be from the straight line, as a share of it. Default 0.02; 0 is integrated gradients. */
  readonly maxDist?: number;
  /** Where the path starts. Default 'zero'. */
  readonly baseline?: Baseline;
}

/** Integrated gradients on a path that moves the values of small gradient first (Kapishnikov et al., 2021). */
export class GuidedIg extends SaliencyMethod<GuidedIgOptions> {
  readonly name = 'GuidedIg';
}

/** Options of {@link GradientShap}. */
export interface GradientShapOptions extends BaselineOptions {
  /** Random points. Default 25. */
  readonly steps?: number;
  /** Standard deviation of noise on the image, as a share of its range of values. Default 0. */
  readonly spread?: number;
  /**
   * Stop early once the points' standard error is below this share of the map. In `getSmoothedMask` named
   * `methodTolerance`. Default 0: never.
   */
  readonly tolerance?: number;
  /** Among which each point's baseline is drawn. Default 'zero'. */
  readonly baseline?: Baseline;
  /** Places on the path, 0 … 1, used as they are. Default: random. */
  readonly alphas?: readonly number[];
  /** Which baseline each point uses. Default: random. */
  readonly choices?: readonly number[];
  /** Added to the image as it is, [steps, …input]. Default: random. */
  readonly noises?: Tensor;
}

/** Integrated gradients over random points, baselines and noise: expected gradients (Lundberg & Lee, 2017). */
export class GradientShap extends SaliencyMethod<GradientShapOptions> {
  readonly name = 'GradientShap';
}

/** Options of {@link DeepLift}. */
export interface DeepLiftOptions extends BaselineOptions {
  /** What the image is compared with; of several, the mean of the maps. Default 'zero'. */
  readonly baseline?: Baseline;
  /**
   * 'reveal-cancel': positive and negative contributions to a function's input each have a multiplier of their own, so
   * that those which cancel are both seen. Default 'rescale'.
   */
  readonly rule?: 'rescale' | 'reveal-cancel';
  /** 'captum': max pools look at the image's winner only, so that the map is not complete. */
  readonly compat?: 'none' | 'captum';
}

/**
 * Differences of activations from those of a baseline, sent back layer by layer (Shrikumar et al., 2017).
 * One pass where integrated gradients take many; attributions sum to the difference of the scores.
 */
export class DeepLift extends SaliencyMethod<DeepLiftOptions> {
  readonly name = 'DeepLift';
}
