// The surface of the WebAssembly core (src/bindings), typed. Nothing outside of engine.ts and loader.ts sees it.

import { type ErrorCode, SaliencyError } from './errors.js';
import type { MethodName } from './method-names.js';
import type { PlainTarget } from './target.js';
import type { Tensor, Tensors } from './tensor.js';

/** Every call of the core returns its value or its error. */
export type Envelope<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly error: { code: ErrorCode; message: string; expected: string; actual: string; remedy: string };
    };

/** The value, or the error thrown. */
export function unwrap<T>(envelope: Envelope<T>): T {
  if (envelope.ok) return envelope.value;
  throw new SaliencyError(envelope.error.code, envelope.error.message, envelope.error);
}

interface CoreObject {
  /** Frees the C++ object. */
  delete(): void;
}

export interface CoreTensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int64' | 'bool';
  readonly type: string;
}

export interface CoreModelInfo {
  readonly inputs: readonly CoreTensorInfo[];
  readonly outputs: readonly CoreTensorInfo[];
  readonly layers: readonly CoreTensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CoreModel extends CoreObject {
  info(): Envelope<CoreModelInfo>;
  run(feeds: Tensors, outputs: readonly string[]): Envelope<Tensors>;
  /** The values before a final Softmax, if there is one. */
  logits(feeds: Tensors): Envelope<Tensor>;
  gradient(feeds: Tensors, request: CoreGradientRequest): Envelope<Tensor>;
  /** What nodes cost from now on, until profile() tells. */
  startProfile(): Envelope<undefined>;
  profile(): Envelope<readonly CoreNodeCost[]>;
}

export interface CoreNodeCost {
  readonly node: string;
  readonly type: string;
  readonly pass: 'forward' | 'backward';
  readonly milliseconds: number;
  readonly flops: number;
  readonly bytes: number;
}

export interface CoreGradientRequest {
  readonly target: PlainTarget;
  /** Empty: the first output, the first input. */
  readonly y: string;
  readonly x: string;
  readonly rule: 'exact' | 'guided' | 'deconvnet';
}

/** An image in the model's layout, and what the core should know about it. */
export interface CoreImage {
  readonly image: Float32Array;
  /** All channels' blacks and then their whites; empty when they are not known. */
  readonly valueRange: Float32Array;
  readonly feeds: Tensors;
}

export interface CoreMaskRequest extends CoreImage {
  readonly target: PlainTarget;
  /** Options of the method by name: booleans, numbers, texts, lists of numbers, tensors. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface CoreMask {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly method: string;
  readonly score: number;
  readonly completeness: { readonly sum: number; readonly expected: number; readonly delta: number } | undefined;
  readonly seed: number | undefined;
  readonly evaluations: number;
  readonly steps: number;
  readonly zeros: number;
  readonly clipped: number;
  readonly notFinite: number;
  readonly warnings: readonly string[];
  readonly extras: Tensors;
}

/** A computation in steps of one batch. */
export interface CoreJob<Result> extends CoreObject {
  step(): Envelope<{ readonly finished: boolean; readonly done: number; readonly total: number }>;
  /** The map so far; empty data when the method has none. */
  partial(): Envelope<Tensor & { readonly steps: number }>;
  result(): Envelope<Result>;
}

export interface CoreMethod extends CoreObject {
  getMask(request: CoreMaskRequest): Envelope<CoreJob<CoreMask>>;
  getSmoothedMask(request: CoreMaskRequest): Envelope<CoreJob<CoreMask>>;
}

/** Several methods and targets of one image. */
export interface CoreExplainRequest extends CoreImage {
  readonly y: string;
  readonly x: string;
  readonly methods: readonly {
    readonly name: MethodName;
    readonly smoothed: boolean;
    readonly options: Readonly<Record<string, unknown>>;
  }[];
  readonly targets: readonly PlainTarget[];
}

export interface CoreExplanation {
  /** Methods outermost. */
  readonly masks: readonly CoreMask[];
  /** Samples that really went through the network, forwards and backwards. */
  readonly passes: { readonly forward: number; readonly backward: number };
}

interface CoreMetricRequest extends CoreImage {
  readonly target: PlainTarget;
  readonly y: string;
  readonly x: string;
}

export interface CoreCurveRequest extends CoreMetricRequest {
  readonly map: Float32Array;
  readonly kind: 'insertion' | 'deletion';
  readonly steps: number;
  /** `baseline`, and the options that go with its names. */
  readonly baseline: Readonly<Record<string, unknown>>;
}

/** Given perturbations, samples × input; or, where these are empty, random ones. */
interface CorePerturbations {
  readonly perturbations: Float32Array;
  readonly samples: number;
  readonly radius: number;
  readonly seed: number;
}

export interface CoreInfidelityRequest extends CoreMetricRequest, CorePerturbations {
  readonly map: Float32Array;
}

export interface CoreSensitivityRequest extends CoreMetricRequest, CorePerturbations {
  readonly method: MethodName;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface CoreRevealRequest extends CoreMetricRequest {
  readonly map: Float32Array;
  readonly thresholds: readonly number[];
  readonly randomFraction: number;
  readonly seed: number;
  readonly minPerformance: number;
  readonly monotonous: boolean;
  readonly points: number;
}

export interface CoreOptionInfo {
  readonly name: string;
  readonly type: string;
  readonly fallback: string;
  readonly meaning: string;
}

export interface CoreMethodInfo {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CoreOptionInfo[];
  readonly smoothedOptions: readonly CoreOptionInfo[];
}

type CoreMethodClass = new (model: CoreModel, tensors: { readonly y: string; readonly x: string }) => CoreMethod;

/** What the glue's factory resolves to. */
export interface CoreModule extends Readonly<Record<MethodName, CoreMethodClass>> {
  readonly Model: {
    load(
      bytes: Uint8Array,
      options: {
        readonly inputShapes: Readonly<Record<string, readonly number[]>>;
        /** Bytes of weights that `bytes` names only; undefined: there are none of that name. */
        readonly weights: (location: string, offset: number, length: number) => Uint8Array | undefined;
        readonly onPrepared: (done: number, total: number) => void;
        readonly keepWeights?: boolean | undefined;
      },
    ): Envelope<CoreModel>;
  };
  /** The image that excites the target most, as a mask of the first input's shape. */
  visualizeFeature(
    model: CoreModel,
    request: Omit<CoreMaskRequest, 'valueRange'> & { readonly y: string },
  ): Envelope<CoreJob<CoreMask>>;
  /** The table of methods, with the options that each takes. */
  methodTable(): readonly CoreMethodInfo[];
  explain(model: CoreModel, request: CoreExplainRequest): Envelope<CoreJob<CoreExplanation>>;
  perturbationCurve(
    model: CoreModel,
    request: CoreCurveRequest,
  ): Envelope<CoreJob<{ readonly scores: readonly number[]; readonly area: number }>>;
  infidelity(
    model: CoreModel,
    request: CoreInfidelityRequest,
  ): Envelope<CoreJob<{ readonly value: number; readonly normalized: number }>>;
  sensitivity(model: CoreModel, request: CoreSensitivityRequest): Envelope<CoreJob<number>>;
  revealedCurve(
    model: CoreModel,
    request: CoreRevealRequest,
  ): Envelope<CoreJob<{ readonly x: readonly number[]; readonly y: readonly number[]; readonly area: number }>>;
  /** Red, green and blue of the 256 positions. */
  colormap(name: string): Envelope<readonly number[]>;
  /** Returns how many there will really be. */
  setThreadCount(count: number): number;
  /** The kernels in use: 'simd', 'xnnpack' or 'reference'. */
  providerName(): string;
  visualizeGrayscale(map: Float32Array, shape: readonly number[], percentile: number): Envelope<Float32Array>;
  visualizeDiverging(
    map: Float32Array,
    shape: readonly number[],
    percentile: number,
    compat: 'none' | 'pair',
  ): Envelope<Float32Array>;
}

/** What may be passed to the glue's factory. */
export interface CoreFactoryOptions {
  instantiateWasm(
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
  ): object;
  /** Threads to start, the caller's own included (threaded build only). */
  readonly saliencyThreads: number;
  onAbort(reason: unknown): void;
  print(text: string): void;
  printErr(text: string): void;
}

export type CoreFactory = (options: CoreFactoryOptions) => Promise<CoreModule>;
