// Methods of one pass back through the network.

import { type NoOptions, SaliencyMethod } from './method.js';

/**
 * The gradient of the score: what a small change of each value would do (Simonyan et al., 2013). Noisy; smooth it.
 *
 * @example
 * ```ts
 * const mask = await new VanillaGradients(model).getSmoothedMask(image, { target: 207 });
 * draw(canvas, visualizeImageGrayscale(mask));
 * ```
 */
export class VanillaGradients extends SaliencyMethod<NoOptions> {
  readonly name = 'VanillaGradients';
}

/** The gradient times the image: each value's first-order share of the score (Shrikumar et al., 2016). */
export class InputXGradient extends SaliencyMethod<NoOptions> {
  readonly name = 'InputXGradient';
}

/**
 * The gradient with negative signals dropped at each rectifier (Springenberg et al., 2014). Sharp, but it hardly
 * depends on the class, and resembles an edge detector.
 */
export class GuidedBackprop extends SaliencyMethod<NoOptions> {
  readonly name = 'GuidedBackprop';
}

/**
 * The signal sent back through rectifiers that are applied to the signal itself (Zeiler & Fergus, 2013). As loosely
 * tied to the class as {@link GuidedBackprop}.
 */
export class DeconvNet extends SaliencyMethod<NoOptions> {
  readonly name = 'DeconvNet';
}
