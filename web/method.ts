// What all saliency methods have in common. Each row of the core's table is a subclass (*-methods.ts). Options are
// checked by the core, which knows their ranges; the types document them.

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
  /**
   * Name of the tensor that the mask is for: an input, or a tensor between the first input and `y`, whose shape the mask
   * then has. Default: the first input.
   */
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

/** Without options of its own. */
export type NoOptions = Readonly<Record<never, never>>;

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
