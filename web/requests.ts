// What a model can be asked for, as plain data: the same whether it runs here or in a worker.

import type { CoreExplanation } from './core.js';
import type { FeatureImage } from './feature.js';
import type { MaskResult } from './mask.js';
import type { MethodName } from './method-names.js';
import type { PixelImage } from './pixels.js';
import type { Preprocess, PreprocessPlan } from './preprocess-options.js';
import type { Profiled } from './profile.js';
import type { PlainTarget } from './target.js';
import type { Tensor, Tensors } from './tensor.js';

/** A tensor of the network. */
export interface TensorInfo {
  readonly name: string;
  /** In the ONNX file's layout; −1 stands for any number of samples. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int64' | 'bool';
  /** ONNX operator that makes it; empty for an input. */
  readonly type: string;
}

/** A class with its score. */
export interface Prediction {
  readonly index: number;
  /** Its name, or the index as text when the names are not known. */
  readonly label: string;
  readonly logit: number;
  readonly probability: number;
}

/** How to go back through rectifiers: their derivative, or the rule of guided backpropagation or DeconvNet. */
export type Rule = 'exact' | 'guided' | 'deconvnet';

/** The numbers in which a network is computed. */
export type Precision = 'float32' | 'float64';

export type PlainInput = { readonly pixels: PixelImage } | { readonly tensor: Tensor };

export interface LoadRequest {
  readonly bytes: Uint8Array;
  /** Files with weights, by the name that the model gives them. */
  readonly external: Readonly<Record<string, Uint8Array>>;
  /** The name '' stands for the first input. */
  readonly inputShapes: Readonly<Record<string, readonly number[]>>;
  readonly preprocess: Preprocess | undefined;
  readonly labels: readonly string[] | undefined;
  readonly precision: Precision;
  readonly keepWeights: boolean | undefined;
  readonly threads: number;
  readonly wasmUrl: string | undefined;
}

export interface LoadedModel {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly layers: readonly TensorInfo[];
  readonly labels: readonly string[] | undefined;
  /** How pictures are turned into the first input; undefined when nothing says so. */
  readonly preprocess: PreprocessPlan | undefined;
  readonly threads: number;
  /** Which WebAssembly build runs, and whose kernels: 'simd-relaxed', 'simd'. */
  readonly build: string;
  readonly provider: string;
}

export interface InputRequest {
  readonly input: PlainInput;
  /** Empty: the first input. */
  readonly x: string;
}

export interface ClassifyRequest {
  readonly input: PlainInput;
  readonly feeds: Tensors;
  readonly top: number;
}

export interface RunRequest {
  readonly feeds: Tensors;
  /** Empty: all outputs. */
  readonly outputs: readonly string[];
  readonly profile: boolean;
}

export interface GradientRequest {
  readonly feeds: Tensors;
  readonly target: PlainTarget;
  /** Empty: the first output's logits. */
  readonly y: string;
  /** Empty: the first input. */
  readonly x: string;
  readonly rule: Rule;
  readonly profile: boolean;
}

export interface ExplainRequest {
  readonly method: MethodName;
  readonly smoothed: boolean;
  readonly input: PlainInput;
  readonly target: PlainTarget;
  readonly y: string;
  readonly x: string;
  readonly feeds: Tensors;
  readonly options: Readonly<Record<string, unknown>>;
  /** Milliseconds that pass at least between two partial maps. */
  readonly partialInterval: number;
}

/** Several methods and targets of one image. */
export interface ExplainAllRequest {
  readonly methods: readonly Pick<ExplainRequest, 'method' | 'smoothed' | 'options'>[];
  readonly targets: readonly PlainTarget[];
  readonly input: PlainInput;
  readonly y: string;
  readonly x: string;
  readonly feeds: Tensors;
  /** Of all random numbers; undefined: drawn. */
  readonly seed: number | undefined;
}

export interface ExplainAllResult {
  /** Methods outermost. */
  readonly masks: readonly MaskResult[];
  readonly passes: CoreExplanation['passes'];
}

/** What a metric needs beside the image: of each kind its own part. */
export type MetricRequest = {
  readonly input: PlainInput;
  readonly target: PlainTarget;
  readonly y: string;
  readonly x: string;
  readonly feeds: Tensors;
} & (
  | {
      readonly kind: 'insertion' | 'deletion';
      readonly map: PlainMap;
      readonly steps: number;
      readonly baseline: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'information';
      readonly map: PlainMap;
      readonly thresholds: readonly number[];
      readonly randomFraction: number;
      readonly seed: number;
      readonly minPerformance: number;
      readonly monotonous: boolean;
      readonly points: number;
    }
  | ({ readonly kind: 'infidelity'; readonly map: PlainMap } & PlainPerturbations)
  | ({
      readonly kind: 'sensitivity';
      readonly method: MethodName;
      readonly options: Readonly<Record<string, unknown>>;
    } & PlainPerturbations)
);

/** A mask's numbers, and how to read them. */
export type PlainMap = Pick<MaskResult, 'data' | 'shape' | 'layout'>;

/** Empty perturbations: random ones are drawn. */
export interface PlainPerturbations {
  readonly perturbations: Float32Array;
  readonly samples: number;
  readonly radius: number;
  readonly seed: number;
}

/** By kind: a curve's scores and area; infidelity's value and its normalized form; one value. */
export interface MetricResult {
  /** Of a curve whose points are not evenly spaced. */
  readonly places?: readonly number[];
  readonly scores: readonly number[];
  readonly value: number;
  readonly normalized: number;
}

export interface FeatureRequest {
  readonly target: PlainTarget;
  readonly y: string;
  readonly feeds: Tensors;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Every call: what it takes and what it gives. */
export interface Calls {
  load: { request: LoadRequest; result: LoadedModel };
  preprocess: { request: InputRequest; result: Tensor };
  classify: { request: ClassifyRequest; result: readonly Prediction[] };
  run: { request: RunRequest; result: Profiled<Tensors> };
  gradient: { request: GradientRequest; result: Profiled<Tensor> };
  explain: { request: ExplainRequest; result: MaskResult };
  visualize: { request: FeatureRequest; result: FeatureImage };
  explainAll: { request: ExplainAllRequest; result: ExplainAllResult };
  metric: { request: MetricRequest; result: MetricResult };
}

export type CallName = keyof Calls;
