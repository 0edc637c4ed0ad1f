// The public surface of the package.

export type { Baseline, BaselineOptions } from './baseline.js';
export { type Colormap, type ColormapName, colormaps } from './colormap.js';
export { colorize, type DrawOptions, draw } from './draw.js';
export { type ErrorCode, type ErrorDetails, type PlainError, SaliencyError } from './errors.js';
export {
  type ExplainOptions,
  type Explanation,
  explain,
  type MethodCall,
  type OptionsOf,
} from './explanation.js';
export { type FeatureImage, type FeatureOptions, visualizeFeature } from './feature.js';
export type { Completeness, Mask, MaskLayout, MaskResult, PartialMask, Progress } from './mask.js';
export {
  type MaskOptions,
  type MethodTensors,
  type NoOptions,
  SaliencyMethod,
  type Smoothed,
  type SmoothOptions,
  type StreamOptions,
} from './method.js';
export { type MethodName, methodNames } from './method-names.js';
export * from './methods.js';
export {
  type Curve,
  type CurveOptions,
  deletion,
  type Infidelity,
  type InformationCurve,
  type InformationOptions,
  infidelity,
  informationCurve,
  insertion,
  type MetricMap,
  type MetricOptions,
  type PerturbationOptions,
  type Sensitivity,
  sensitivity,
} from './metrics.js';
export {
  type CallOptions,
  type ClassifyOptions,
  type GradientOptions,
  type ImageInput,
  type LoadOptions,
  loadModel,
  Model,
  type ProgressOptions,
  type RunOptions,
} from './model.js';
export type { ImageSource, PixelImage } from './pixels.js';
export type { ImageRegion } from './preprocess.js';
export type { Preprocess, PreprocessOptions, PreprocessPlan, PreprocessPreset } from './preprocess-options.js';
export { type Preset, presets } from './presets.js';
export type { NodeCost, Profiled } from './profile.js';
export type { Prediction, Rule, TensorInfo } from './requests.js';
export type { ModelSource } from './source.js';
export type { MaskUpdate } from './stream.js';
export type { ScoreKind, Target, TargetOptions } from './target.js';
export type { Tensor, Tensors } from './tensor.js';
export {
  type Picture,
  type Visualizable,
  type VisualizeOptions,
  visualizeImageDiverging,
  visualizeImageGrayscale,
} from './visualize.js';
