// Methods that send the score back through the layers by rules of sharing.

import { SaliencyMethod } from './method.js';

/** A rule of {@link Lrp} for one layer. */
export type LrpRule = 'epsilon' | 'gamma' | 'alpha2beta1' | 'alpha1beta0' | 'z-plus' | 'box' | 'w-square' | 'flat';

/** Options of {@link Lrp}. */
export interface LrpOptions {
  /**
   * Which rule for which layers. 'epsilon': ε everywhere. The others have ε for fully connected layers and z⁺, γ or α2β1
   * for convolutions; the first layer is special with '…-box' (zᴮ) and '…-flat'. Default 'epsilon-plus'.
   */
  readonly composite?:
    | 'epsilon'
    | 'epsilon-plus'
    | 'epsilon-gamma-box'
    | 'epsilon-alpha2-beta1'
    | 'epsilon-plus-flat'
    | 'epsilon-alpha2-beta1-flat';
  /** Rules of single layers: `where=rule`, joined by commas, where `where` is first, last, a type or a node's name. */
  readonly rules?: '' | `${string}=${LrpRule}`;
  /** Of the ε-rule, and what keeps the other rules' quotients finite. Default 1e-6. */
  readonly epsilon?: number;
  /** Of the γ-rule. Default 0.25. */
  readonly gamma?: number;
  /** Batch normalisation: part of the layer in front of it, or a layer of its own. Default 'merge'. */
  readonly batchNorm?: 'merge' | 'own';
  /** 'captum': as batchNorm 'own', and max pools by the ε-rule, too. */
  readonly compat?: 'none' | 'captum';
  /** Of the rule 'box': two numbers, or all channels' lowest and then their highest. Default: from `preprocess`. */
  readonly valueRange?: readonly number[];
}

/**
 * The score sent back through the layers, each sharing it among its inputs by a rule (Bach et al., 2015). The map sums
 * to the score but for what biases absorb; `mask.completeness` says how much that is.
 *
 * @example
 * ```ts
 * const mask = await new Lrp(model).getMask(image, { target: 207, composite: 'epsilon-gamma-box' });
 * draw(canvas, visualizeImageDiverging(mask));
 * ```
 */
export class Lrp extends SaliencyMethod<LrpOptions> {
  readonly name = 'Lrp';
}

/** Options of {@link ExcitationBackprop}. */
export interface ExcitationBackpropOptions {
  /** Name of the tensor to stop at, or 'input' for the image. Default: the last one with several positions. */
  readonly layer?: string;
  /** From the layer's size to the image's. 'none' keeps the layer's. Default 'bilinear'. */
  readonly resize?: 'bilinear' | 'nearest' | 'none';
  /** Subtract what speaks for all but the class. Default false. */
  readonly contrastive?: boolean;
  /** Keep the positive part only, of the contrastive form. Default true. */
  readonly relu?: boolean;
}

/**
 * Where a walker from the class down the network's excitatory connections passes, as a probability (Zhang et al., 2016).
 * `contrastive` makes it tell classes apart. Its masks are [height, width], but for the layer 'input'.
 */
export class ExcitationBackprop extends SaliencyMethod<ExcitationBackpropOptions> {
  readonly name = 'ExcitationBackprop';
}

/** Options of {@link FullGrad}. */
export interface FullGradOptions {
  /** Each layer's contributions from 0 to 1; false: as they are. Default true. */
  readonly rescale?: boolean;
}

/**
 * What the input and the biases of all layers contribute to the score, laid over each other (Srinivas & Fleuret, 2019).
 * The contributions sum to the score (`mask.completeness`), their magnitudes in the [height, width] mask do not.
 */
export class FullGrad extends SaliencyMethod<FullGradOptions> {
  readonly name = 'FullGrad';
}
