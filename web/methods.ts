// The saliency methods. Each row of the core's table is a class here; what they have in common is in `SaliencyMethod`.
// Options are checked by the core, which knows their ranges; these types document them.

import type { Mask, MaskResult } from './mask.js';
import type { MethodName } from './method-names.js';
import { backend, type ImageInput, type Model, type ProgressOptions, plainInput } from './model.js';
import { rejectUnknown } from './options.js';
import { plainTarget, type TargetOptions } from './target.js';
import type { Tensor, Tensors } from './tensor.js';

/** Which tensors a method looks at. */
export interface MethodTensors {
  /** Name of the tensor that is explained. Default: the first output, before a final Softmax. */
  readonly y?: string;
  /** Name of the input that the mask is for. Default: the first. */
  readonly x?: string;
}

/** What every method takes. */
export interface MaskOptions extends TargetOptions, ProgressOptions {
  /** Tensors of the model's further inputs. */
  readonly feeds?: Tensors;
}

/** SmoothGrad: the mean over noisy copies of the image (Smilkov et al., 2017). */
export interface SmoothOptions {
  /** Standard deviation of the noise as a share of the image's range of values. Default 0.15. */
  readonly stdevSpread?: number;
  /** Noisy copies. Default 25. */
  readonly samples?: number;
  /** Mean of the squares of the maps instead of the maps themselves. Default true. */
  readonly magnitude?: boolean;
  /** What is made of the samples, instead of what `magnitude` says; 'variance' is VarGrad. */
  readonly reduce?: 'mean' | 'square' | 'variance' | 'magnitude';
  /** Use each noise with both signs. Default false. */
  readonly antithetic?: boolean;
  /** Stop early once the standard error is below this share of the map. Default 0: never. */
  readonly tolerance?: number;
  /** Of the random numbers, 0 … 2^53 − 1. Default: drawn, and named in the mask. */
  readonly seed?: number;
  /** Used instead of random numbers: one noise for each sample, [samples, …input]. */
  readonly noise?: Tensor;
}

/**
 * What a part of the image is replaced by, or where a path starts. A name; a number in the model's own values; a
 * number for each channel; or a tensor of the input's shape. Names: 'zero' (after the usual preprocessing the mean
 * colour), 'black', 'white', 'grey', 'mean', 'blur', 'noise', 'min', 'max'; several joined by commas are averaged.
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

/** Without options of its own. */
export type NoOptions = Readonly<Record<never, never>>;

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

const kCommonOptions = ['target', 'of', 'feeds', 'signal', 'onProgress'] as const;

/** What all methods can do. `Options` are those of one method. */
export abstract class SaliencyMethod<Options extends object> {
  /** As in the core's table. */
  abstract readonly name: MethodName;
  readonly #model: Model;
  readonly #tensors: MethodTensors;

  /** @throws SaliencyError `INVALID_OPTION` for anything but `y` and `x`. */
  constructor(model: Model, tensors: MethodTensors = {}) {
    rejectUnknown(tensors, ['y', 'x'], 'A method');
    this.#model = model;
    this.#tensors = tensors;
  }

  /**
   * How much each value of the image speaks for the target: signed attributions in the score's units, shaped
   * [height, width, channels] for a picture.
   *
   * @throws SaliencyError `TARGET_OUT_OF_RANGE`, `INVALID_OPTION`, `SHAPE_MISMATCH`, `NO_GRADIENT`, `OUT_OF_MEMORY` or
   *   `DISPOSED`. An abort rejects with the signal's reason and leaves the model usable.
   */
  getMask(image: ImageInput, options: MaskOptions & Options): Promise<Mask> {
    return this.#explain(image, options, false);
  }

  /** The same, evened out over noisy copies of the image (SmoothGrad). Costs `samples` maps. */
  getSmoothedMask(image: ImageInput, options: MaskOptions & SmoothOptions & Options): Promise<Mask> {
    return this.#explain(image, options, true);
  }

  async #explain(image: ImageInput, options: MaskOptions & Options, smoothed: boolean): Promise<Mask> {
    const target = plainTarget(options);
    const { feeds = {}, signal, onProgress } = options;
    const own = Object.entries(options).filter(([name]) => !(kCommonOptions as readonly string[]).includes(name));
    const { input, transfer } = await plainInput(image);
    const { y = '', x = '' } = this.#tensors;
    const request = { method: this.name, smoothed, input, target, y, x, feeds, options: Object.fromEntries(own) };
    const result = await backend(this.#model).call('explain', request, { signal, onProgress }, transfer);
    return withRequest(result, options, request.options);
  }
}

function withRequest(result: MaskResult, asked: MaskOptions, options: Record<string, unknown>): Mask {
  return { ...result, target: asked.target, of: asked.of ?? 'logit', options };
}

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

/**
 * How much the score falls when a window of the image is hidden (Zeiler & Fergus, 2013). Needs no gradient; costs one
 * run for each window: raise `stride` to save time.
 */
export class Occlusion extends SaliencyMethod<OcclusionOptions> {
  readonly name = 'Occlusion';
}
