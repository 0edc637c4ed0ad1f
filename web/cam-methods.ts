// Class activation maps: what the channels of a late layer see. Coarse, of the layer's resolution. Their masks are
// [height, width].

import { SaliencyMethod } from './method.js';

/** Options of the class activation maps. */
export interface CamOptions {
  /** Name of the tensor to look at, from `model.layers`. Default: the last one with several positions. */
  readonly layer?: string;
  /** From the layer's size to the image's. 'none' keeps the layer's. Default 'bilinear'. */
  readonly resize?: 'bilinear' | 'nearest' | 'none';
  /** Keep the positive part only. Default true. */
  readonly relu?: boolean;
  /**
   * Of a token model: its positions are height × width tokens after the first `skip` (default 0). Default: a square,
   * perhaps after one class token.
   */
  readonly tokens?: readonly [height: number, width: number, skip?: number];
  /** 'pair': divided by the maximum, then resized with mirrored edges, as the PAIR saliency library does. */
  readonly compat?: 'none' | 'pair';
}

/**
 * Channels weighted by the mean of their gradient (Selvaraju et al., 2017). Tied to the class.
 *
 * @example
 * ```ts
 * const mask = await new GradCam(model).getMask(image, { target: 207 });
 * draw(canvas, visualizeImageGrayscale(mask), { over: image });
 * ```
 */
export class GradCam extends SaliencyMethod<CamOptions> {
  readonly name = 'GradCam';
}

/** Options of {@link GradCamPlusPlus}. */
export interface GradCamPlusPlusOptions extends CamOptions {
  /** Added to the divisor of the weights, as other libraries do. Default 0. */
  readonly epsilon?: number;
}

/** Grad-CAM with weights meant to count several objects of a class alike (Chattopadhay et al., 2018). */
export class GradCamPlusPlus extends SaliencyMethod<GradCamPlusPlusOptions> {
  readonly name = 'GradCamPlusPlus';
}

/** Activation times gradient: what each position of the layer contributes (Draelos & Carin, 2020). */
export class HiResCam extends SaliencyMethod<CamOptions> {
  readonly name = 'HiResCam';
}

/** Activation times positive gradient, for early layers too (Jiang et al., 2021). */
export class LayerCam extends SaliencyMethod<CamOptions> {
  readonly name = 'LayerCam';
}

/** Grad-CAM with the gradient averaged where the channel is active (Fu et al., 2020). */
export class XGradCam extends SaliencyMethod<CamOptions> {
  readonly name = 'XGradCam';
}

/** What stands out to the layer, whatever the class (Muhammad & Yeasin, 2020). */
export class EigenCam extends SaliencyMethod<CamOptions> {
  readonly name = 'EigenCam';
}

/** Guided backpropagation, kept where Grad-CAM sees the class. Shaped like the image. */
export class GuidedGradCam extends SaliencyMethod<CamOptions> {
  readonly name = 'GuidedGradCam';
}

/** Channels weighted by the score of the image seen through them (Wang et al., 2020): no gradients. */
export class ScoreCam extends SaliencyMethod<CamOptions> {
  readonly name = 'ScoreCam';
}

/** Channels weighted by how far the score falls without them (Desai & Ramaswamy, 2020): no gradients. */
export class AblationCam extends SaliencyMethod<CamOptions> {
  readonly name = 'AblationCam';
}
