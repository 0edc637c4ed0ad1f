// What all saliency methods have in common. Each row of the core's table is a subclass (*-methods.ts). Options are
// checked by the core, which knows their ranges; the types document them.

import type { Mask, MaskResult } from './mask.js';
import type { MethodName } from './method-names.js';
import { backend, type ImageInput, type Model, type ProgressOptions, plainInput } from './model.js';
import { numberIn, rejectUnknown } from './options.js';
import { type Preset, withPreset } from './presets.js';
import { type MaskUpdate, updates } from './stream.js';
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
  /** Another library's defaults for the options that are not given: see {@link presets}. */
  readonly preset?: Preset;
  /** Tensors of the model's further inputs. */
  readonly feeds?: Tensors;
}

/** SmoothGrad: the mean over noisy copies of the image (Smilkov et al., 2017). */
export interface SmoothOptions {
  /** Standard deviation of the noise as a share of the image's range of values. Default 0.15. */
  readonly stdevSpread?: number;
  /** The same in the model's own values, instead of `stdevSpread`. */
  readonly stdev?: number;
  /** Noisy copies. Default 25. */
  readonly samples?: number;
  /** Mean of the squares of the maps instead of the maps themselves. Default true. */
  readonly magnitude?: boolean;
  /** What is made of the samples, instead of what `magnitude` says; 'variance' is VarGrad. */
  readonly reduce?: 'mean' | 'square' | 'variance' | 'magnitude';
  /** Use each noise with both signs. Default false. */
  readonly antithetic?: boolean;
  /**
   * Stop early once the samples' standard error is below this share of the map; `mask.steps` says after how many. A
   * method that has a tolerance of its own takes that as `methodTolerance` then. Default 0: never.
   */
  readonly tolerance?: number;
  /** Of the random numbers, 0 … 2^53 − 1. Default: drawn, and named in the mask. */
  readonly seed?: number;
  /** Used instead of random numbers: one noise for each sample, [samples, …input]. */
  readonly noise?: Tensor;
}

/**
 * A method's options in `getSmoothedMask`: where `tolerance` is the standard error of the samples, the method's own
 * tolerance, for instance the gap of completeness of each sample's path, is called `methodTolerance`.
 */
export type Smoothed<Options extends object> = 'tolerance' extends keyof Options
  ? Omit<Options, 'tolerance'> & { readonly methodTolerance?: number }
  : Options;

/** What the streams take beside the method's options. */
export interface StreamOptions extends Omit<MaskOptions, 'onProgress'> {
  /** Milliseconds at least between two maps. Default 0: one after each batch. */
  readonly interval?: number;
}

/** Without options of its own. */
export type NoOptions = Readonly<Record<never, never>>;

const kCommonOptions: readonly string[] = ['target', 'of', 'feeds', 'signal', 'onProgress', 'preset'];
// A partial map costs a copy, and nobody sees more than a few a second.
const kPartialMilliseconds = 100;

let setup: <Options extends object>(method: SaliencyMethod<Options>) => { model: Model; tensors: MethodTensors };

/** What all methods can do. `Options` are those of one method. */
export abstract class SaliencyMethod<Options extends object> {
  /** As in the core's table. */
  abstract readonly name: MethodName;
  readonly #model: Model;
  readonly #tensors: MethodTensors;

  static {
    setup = (method) => ({ model: method.#model, tensors: method.#tensors });
  }

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
    return this.#explain(image, options, false, kPartialMilliseconds);
  }

  /** The same, evened out over noisy copies of the image (SmoothGrad). Costs `samples` maps. */
  getSmoothedMask(image: ImageInput, options: MaskOptions & SmoothOptions & Smoothed<Options>): Promise<Mask> {
    return this.#explain(image, options, true, kPartialMilliseconds);
  }

  /**
   * The map while it is made: an update after each batch, better each time, and at the end the finished mask. Methods
   * that do not approach their result give the finished mask only. Leaving the loop stops the computation.
   *
   * @example
   * ```ts
   * for await (const { data, shape, mask } of new IntegratedGradients(model).stream(image, { target: 207, steps: 200 })) {
   *   draw(canvas, visualizeImageGrayscale({ data, shape }));
   *   if (mask) console.log(mask.completeness);
   * }
   * ```
   */
  stream(image: ImageInput, options: StreamOptions & Options): AsyncGenerator<MaskUpdate, void, undefined> {
    return this.#stream(image, options, false);
  }

  /** The same for {@link SaliencyMethod.getSmoothedMask}: an update with each batch of samples. */
  streamSmoothed(
    image: ImageInput,
    options: StreamOptions & SmoothOptions & Smoothed<Options>,
  ): AsyncGenerator<MaskUpdate, void, undefined> {
    return this.#stream(image, options, true);
  }

  #stream(image: ImageInput, options: StreamOptions, smoothed: boolean): AsyncGenerator<MaskUpdate, void, undefined> {
    const { interval = 0, signal, ...others } = options;
    const least = numberIn(interval, 0, Number.MAX_SAFE_INTEGER, 'interval');
    return updates((hooks) => this.#explain(image, { ...others, ...hooks }, smoothed, least), signal);
  }

  async #explain(image: ImageInput, options: MaskOptions, smoothed: boolean, partialInterval: number): Promise<Mask> {
    const target = plainTarget(options);
    const { feeds = {}, signal, onProgress, preset } = options;
    const given = Object.fromEntries(Object.entries(options).filter(([name]) => !kCommonOptions.includes(name)));
    const own = withPreset(preset, this.name, smoothed, given);
    const { input, transfer } = await plainInput(image);
    const { y = '', x = '' } = this.#tensors;
    const request = { method: this.name, smoothed, input, target, y, x, feeds, options: own, partialInterval };
    const result = await backend(this.#model).call('explain', request, { signal, onProgress }, transfer);
    return withRequest(result, options, own);
  }
}

/** @internal What a method was made with. */
export function setupOf<Options extends object>(
  method: SaliencyMethod<Options>,
): { model: Model; tensors: MethodTensors } {
  return setup(method);
}

function withRequest(result: MaskResult, asked: MaskOptions, options: Readonly<Record<string, unknown>>): Mask {
  return { ...result, target: asked.target, of: asked.of ?? 'logit', options };
}
