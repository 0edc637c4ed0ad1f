// The public surface of the package.

export type { Baseline, BaselineOptions } from './baseline.js';
export { type Colormap, type ColormapName, colormaps } from './colormap.js';
export { colorize, type DrawOptions, draw } from './draw.js';
export { type ErrorCode, type ErrorDetails, type PlainError, SaliencyError } from './errors.js';
export { type FeatureImage, type FeatureOptions, visualizeFeature } from './feature.js';
export type { Completeness, Mask, MaskLayout, MaskResult, PartialMask, Progress } from './mask.js';
export { type MaskOptions, type MethodTensors, type NoOptions, SaliencyMethod, type SmoothOptions } from './method.js';
export { type MethodName, methodNames } from './method-names.js';
export * from './methods.js';
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
export type { NodeCost, Profiled } from './profile.js';
export type { Prediction, Rule, TensorInfo } from './requests.js';
export type { ModelSource } from './source.js';
export type { ScoreKind, Target, TargetOptions } from './target.js';
export type { Tensor, Tensors } from './tensor.js';
export {
  type Picture,
  type Visualizable,
  type VisualizeOptions,
  visualizeImageDiverging,
  visualizeImageGrayscale,
} from './visualize.js';
