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

export interface CoreMaskRequest {
  /** In the model's layout. */
  readonly image: Float32Array;
  readonly target: PlainTarget;
  readonly feeds: Tensors;
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
  readonly notFinite: number;
  readonly warnings: readonly string[];
  readonly extras: Tensors;
}

/** A computation in steps of one batch. */
export interface CoreJob extends CoreObject {
  step(): Envelope<{ readonly finished: boolean; readonly done: number; readonly total: number }>;
  /** The map so far; empty data when the method has none. */
  partial(): Envelope<Tensor>;
  result(): Envelope<CoreMask>;
}

export interface CoreMethod extends CoreObject {
  getMask(request: CoreMaskRequest): Envelope<CoreJob>;
  getSmoothedMask(request: CoreMaskRequest): Envelope<CoreJob>;
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
  visualizeFeature(model: CoreModel, request: CoreMaskRequest & { readonly y: string }): Envelope<CoreJob>;
  /** The table of methods, with the options that each takes. */
  methodTable(): readonly CoreMethodInfo[];
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
