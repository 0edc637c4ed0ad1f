// A saliency map and its receipt.

import type { ImageRegion } from './preprocess.js';
import type { ScoreKind, Target } from './target.js';
import type { Tensor } from './tensor.js';

/** How to read a mask's axes: 'HWC' is [height, width, channels]; 'other' for what is no image. */
export type MaskLayout = 'HWC' | 'CHW' | 'HW' | 'other';

/** For methods whose map distributes the difference of two scores. */
export interface Completeness {
  /** Sum of the mask. */
  readonly sum: number;
  /** Score of the image minus score of the baseline. */
  readonly expected: number;
  /** `sum − expected`: how much the approximation lost. */
  readonly delta: number;
}

/** What a method computes, without what the caller already knows. */
export interface MaskResult {
  /** Signed attributions, row-major. */
  readonly data: Float32Array;
  /** For an image [height, width, channels]; for a tensor its shape without the batch axis. */
  readonly shape: readonly number[];
  readonly layout: MaskLayout;
  /** The part of the picture that the mask covers, in the picture's pixels; undefined for tensors. */
  readonly region?: ImageRegion | undefined;
  readonly method: string;
  /** Of the random numbers: with it and the same options the same mask comes out. Undefined when there were none. */
  readonly seed?: number | undefined;
  /** The target's score of the image. */
  readonly score: number;
  readonly completeness?: Completeness | undefined;
  /** How often the network was run on an input. */
  readonly evaluations: number;
  /** Steps of a path, or samples. */
  readonly steps: number;
  /** Share of values that are exactly 0. */
  readonly zeros: number;
  /** Share of values that the method cut off: of a class activation map, the positions that speak against the target. */
  readonly clipped: number;
  /** Share of values that were NaN or infinite; they are 0 in `data`. */
  readonly notFinite: number;
  /** What a reader of this map should know about the model and the set-up; each remark names its remedy. */
  readonly warnings: readonly string[];
  /** What else the method has to tell. */
  readonly extras: Readonly<Record<string, Tensor>>;
  /** Milliseconds: of the whole call, and of the part spent computing. */
  readonly timings: { readonly total: number; readonly compute: number };
}

/** A saliency map: plain data that can be stored, sent, and shown with `visualizeImageGrayscale`. */
export interface Mask extends MaskResult {
  readonly target: Target;
  readonly of: ScoreKind;
  /** The method's options as they were given, with those of a preset. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The map so far, as far as the method knows one; `steps` as in the finished one. */
export type PartialMask = Pick<MaskResult, 'data' | 'shape' | 'layout' | 'region' | 'steps'>;

/** Where a long call is. */
export interface Progress {
  readonly done: number;
  /** In the same unit as `done`; 0 when it is not known. */
  readonly total: number;
  /** Of loading a model: its bytes arrive, its weights are read (in bytes), its nodes are prepared (in nodes). */
  readonly stage?: 'download' | 'read' | 'prepare' | undefined;
  /** Now and then, from methods that approach their result. */
  readonly partial?: PartialMask | undefined;
}
