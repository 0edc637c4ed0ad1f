// Methods that explain by regions of the image.

import type { Baseline, BaselineOptions } from './baseline.js';
import { SaliencyMethod } from './method.js';
import type { IntegratedGradientsOptions } from './path-methods.js';
import type { Tensor } from './tensor.js';

/** Which regions, and what hides them. */
export interface RegionOptions extends BaselineOptions {
  /** Labels [height, width] or masks [n, height, width]. Default: Felzenszwalb's segmentation. */
  readonly segments?: Tensor;
  /** Of that segmentation: larger numbers give larger regions. Default 250. */
  readonly segmentScale?: number;
  /** What hidden regions become. Default 'mean'. */
  readonly value?: Baseline;
}

/** Options of {@link Xrai}. */
export interface XraiOptions extends Pick<IntegratedGradientsOptions, 'baseline' | 'rule'> {
  /** 'fast' sorts the regions only once. Default 'full'. */
  readonly algorithm?: 'full' | 'fast';
  /** Pixels that a region has to add. Default 50. */
  readonly minPixelDiff?: number;
  /** 'full' ends once this share of the image is covered. Default 1. */
  readonly areaThreshold?: number;
  /** Labels [height, width] or masks [n, height, width]. Default: Felzenszwalb's segmentation at six scales. */
  readonly segments?: Tensor;
  /** Used instead of integrated gradients; of the input's shape. */
  readonly baseAttribution?: Tensor;
  /** Gradients for each baseline. Default 100. */
  readonly steps?: number;
  /** 'pair': the path of the PAIR saliency library. */
  readonly compat?: 'none' | 'pair';
}

/**
 * Regions of the image, ranked by the integrated gradients that they hold (Kapishnikov et al., 2019). The mask is
 * [height, width]; `mask.extras.ranks` numbers the regions, 1 for the most important.
 */
export class Xrai extends SaliencyMethod<XraiOptions> {
  readonly name = 'Xrai';
}

/** How much the score falls when a region of the image is hidden. `mask.extras.segments` are the regions' labels. */
export class FeatureAblation extends SaliencyMethod<RegionOptions> {
  readonly name = 'FeatureAblation';
}

/** Options of {@link Lime}. */
export interface LimeOptions extends RegionOptions {
  /** Random sets of regions. Default 1000. */
  readonly perturbations?: number;
  /** How near a set has to be to count. Default 0.25. */
  readonly kernelWidth?: number;
  /** Penalty on the weights. Default 1. */
  readonly ridge?: number;
}

/** A linear model of the score over hidden and shown regions, fitted near the image (Ribeiro et al., 2016). */
export class Lime extends SaliencyMethod<LimeOptions> {
  readonly name = 'Lime';
}

/** Options of {@link KernelShap}. */
export interface KernelShapOptions extends RegionOptions {
  /** Sets of regions. Default 1000. */
  readonly perturbations?: number;
}

/** Shapley values of the image's regions, estimated by weighted regression (Lundberg & Lee, 2017). */
export class KernelShap extends SaliencyMethod<KernelShapOptions> {
  readonly name = 'KernelShap';
}
