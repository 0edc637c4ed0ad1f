// A loaded network: classify, run, differentiate.

import { type Backend, localBackend } from './backend.js';
import { workerBackend } from './client.js';
import { disposedError, invalidOption } from './errors.js';
import { isPage } from './features.js';
import type { Progress } from './mask.js';
import { externalLocations } from './onnx-file.js';
import { oneOf, rejectUnknown, wholeIn } from './options.js';
import { type ImageSource, isPixelImage, naturalSize, readPixels } from './pixels.js';
import { checkPreprocess, type Preprocess, type PreprocessPlan } from './preprocess-options.js';
import type { Profiled } from './profile.js';
import type { LoadedModel, PlainInput, Precision, Prediction, Rule, TensorInfo } from './requests.js';
import { type ModelSource, readSource } from './source.js';
import { plainTarget, type TargetOptions } from './target.js';
import { checkTensor, isTensor, type Tensor, type Tensors } from './tensor.js';

/** A picture, or a tensor that is already in the model's input space: its layout, its numbers, one sample. */
export type ImageInput = ImageSource | Tensor;

/** How a long call is followed and stopped. */
export interface CallOptions {
  /** Stops the call within one batch; it then rejects with the signal's reason, an `AbortError`. */
  readonly signal?: AbortSignal;
}

export interface ProgressOptions extends CallOptions {
  readonly onProgress?: (progress: Progress) => void;
}

export interface LoadOptions extends ProgressOptions {
  /** How pictures become inputs. Default: what the file embeds under the metadata key `preprocess`. */
  readonly preprocess?: Preprocess;
  /** Names of the classes. Default: what the file embeds under the metadata key `labels`. */
  readonly labels?: readonly string[];
  /** Sizes of an input that the file leaves open, batch axis included: of the first input, or by name. */
  readonly inputShape?: readonly number[] | Readonly<Record<string, readonly number[]>>;
  /**
   * The numbers to compute in. Default 'float32', which is fast; 'float64' is slow (reference kernels, one thread) and
   * tells what rounding does to a map: where a rectifier's input is zero but for rounding, float32 may take the other
   * side.
   */
  readonly precision?: Precision;
  /**
   * Called for each further file in which the model keeps weights (ONNX's external data), by the name that it gives
   * it. Default: such a model is refused.
   */
  readonly externalData?: (location: string) => ModelSource | Promise<ModelSource>;
  /**
   * Whether the weights stay readable, which {@link Lrp}, {@link ExcitationBackprop} and the rule 'reveal-cancel' of
   * {@link DeepLift} need. It costs the size of the file. Default: of models with up to 64 MiB of them.
   */
  readonly keepWeights?: boolean;
  /** At most this many threads, where the page may have any. Default: as many as there are cores, up to 8. */
  readonly threads?: number;
  /** Whether to compute in a worker. Default: in pages, where computing would freeze the page. */
  readonly worker?: boolean;
  /** Folder of the .wasm files. Default: next to the package's modules. */
  readonly wasmUrl?: string | URL;
}

export interface ClassifyOptions extends CallOptions {
  /** How many classes, best first. Default 5. */
  readonly top?: number;
  /** Tensors of the model's further inputs. */
  readonly feeds?: Tensors;
}

export interface RunOptions extends CallOptions {
  /** Names of any tensors of the model. Default: its outputs. */
  readonly outputs?: readonly string[];
  /** Also tell what each node cost. Default false. */
  readonly profile?: boolean;
}

export interface GradientOptions extends TargetOptions, CallOptions {
  /** Tensor that is differentiated. Default: the first output, before a final Softmax. */
  readonly y?: string;
  /** Tensor with respect to which. Default: the first input. */
  readonly x?: string;
  /** Default 'exact'. */
  readonly rule?: Rule;
  /** Also tell what each node cost, forwards and backwards. Default false. */
  readonly profile?: boolean;
}

const kLoadOptions = [
  'preprocess',
  'labels',
  'inputShape',
  'externalData',
  'precision',
  'keepWeights',
  'threads',
  'worker',
  'wasmUrl',
  'onProgress',
  'signal',
];
// Where `using` is not known, the method just has another name.
const kDispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

let backendOf: (model: Model) => Backend;

/**
 * A loaded network. Made by {@link loadModel}; give its memory back with {@link Model.dispose}.
 *
 * Every method rejects with a `SaliencyError`, whose code is `DISPOSED` once the model was disposed.
 */
export class Model {
  /** What the network reads. */
  readonly inputs: readonly TensorInfo[];
  /** What the network gives. */
  readonly outputs: readonly TensorInfo[];
  /** Tensors inside the network, in the order in which they are computed: for `y`, and for class activation maps. */
  readonly layers: readonly TensorInfo[];
  /** Names of the classes, if they are known. */
  readonly labels: readonly string[] | undefined;
  /** How pictures become the first input, if it is known. */
  readonly preprocessing: PreprocessPlan | undefined;
  /** Threads that compute. */
  readonly threads: number;
  /** The WebAssembly build and its kernels, for example 'threads-relaxed/simd'. */
  readonly backend: string;

  #backend: Backend | undefined;

  static {
    backendOf = (model) => model.#use();
  }

  /** @internal Use {@link loadModel}. */
  constructor(loaded: LoadedModel, backend: Backend) {
    this.inputs = loaded.inputs;
    this.outputs = loaded.outputs;
    this.layers = loaded.layers;
    this.labels = loaded.labels;
    this.preprocessing = loaded.preprocess;
    this.threads = loaded.threads;
    this.backend = `${loaded.build}/${loaded.provider}`;
    this.#backend = backend;
  }

  /**
   * The best classes of an image, with their raw score (logit) and probability.
   *
   * @example
   * ```ts
   * const [best] = await model.classify(image, { top: 1 });
   * console.log(best.label, best.probability);
   * ```
   */
  async classify(image: ImageInput, options: ClassifyOptions = {}): Promise<readonly Prediction[]> {
    rejectUnknown(options, ['top', 'feeds', 'signal'], 'classify');
    const top = wholeIn(options.top ?? 5, 1, Number.MAX_SAFE_INTEGER, 'top');
    const { input, transfer } = await plainInput(image);
    const request = { input, top, feeds: options.feeds ?? {} };
    return this.#use().call('classify', request, { signal: options.signal }, transfer);
  }

  /**
   * Runs the network: tensors by name in, tensors by name out, both in the layout of the ONNX file. The batch may have
   * any size.
   *
   * @example
   * ```ts
   * const { result, profile } = await model.run({ x }, { profile: true });
   * console.table(profile); // node, type, milliseconds, gigaflops, bytes
   * ```
   */
  run(inputs: Tensors, options: RunOptions & { readonly profile: true }): Promise<Profiled<Tensors>>;
  run(inputs: Tensors, options?: RunOptions & { readonly profile?: false }): Promise<Tensors>;
  async run(inputs: Tensors, options: RunOptions = {}): Promise<Tensors | Profiled<Tensors>> {
    rejectUnknown(options, ['outputs', 'signal', 'profile'], 'run');
    const profile = options.profile ?? false;
    const request = { feeds: checkedTensors(inputs), outputs: options.outputs ?? [], profile };
    const profiled = await this.#use().call('run', request, { signal: options.signal });
    return profile ? profiled : profiled.result;
  }

  /** The target's gradient with respect to `x`: a tensor shaped like it. */
  gradient(inputs: Tensors, options: GradientOptions & { readonly profile: true }): Promise<Profiled<Tensor>>;
  gradient(inputs: Tensors, options: GradientOptions & { readonly profile?: false }): Promise<Tensor>;
  async gradient(inputs: Tensors, options: GradientOptions): Promise<Tensor | Profiled<Tensor>> {
    rejectUnknown(options, ['target', 'of', 'y', 'x', 'rule', 'signal', 'profile'], 'gradient');
    const profile = options.profile ?? false;
    const rule = oneOf(options.rule ?? 'exact', ['exact', 'guided', 'deconvnet'], 'rule');
    const target = plainTarget(options);
    const request = { feeds: checkedTensors(inputs), target, y: options.y ?? '', x: options.x ?? '', rule, profile };
    const profiled = await this.#use().call('gradient', request, { signal: options.signal });
    return profile ? profiled : profiled.result;
  }

  /** The tensor that an image becomes: resized, normalized, in the layout of input `x` (default: the first). */
  async preprocess(image: ImageInput, x = ''): Promise<Tensor> {
    const { input, transfer } = await plainInput(image);
    return this.#use().call('preprocess', { input, x }, {}, transfer);
  }

  /** Gives all memory back. Calls in progress reject with `DISPOSED`. May be called twice. */
  dispose(): void {
    this.#backend?.dispose();
    this.#backend = undefined;
  }

  [kDispose](): void {
    this.dispose();
  }

  #use(): Backend {
    if (this.#backend === undefined) throw disposedError();
    return this.#backend;
  }
}

/** @internal Where the calls of `model` are carried out. Throws `DISPOSED`. */
export function backend(model: Model): Backend {
  return backendOf(model);
}

/**
 * Loads an ONNX network.
 *
 * @throws SaliencyError `MODEL_INVALID`, `UNSUPPORTED_OPERATOR` (with all that is unsupported), `SHAPE_MISMATCH`,
 *   `INVALID_OPTION`, `OUT_OF_MEMORY` or `WASM_LOAD`.
 * @example
 * ```ts
 * const model = await loadModel('resnet18.onnx', { preprocess: 'imagenet' });
 * ```
 */
export async function loadModel(source: ModelSource, options: LoadOptions = {}): Promise<Model> {
  rejectUnknown(options, kLoadOptions, 'loadModel');
  if (options.preprocess !== undefined) checkPreprocess(options.preprocess);
  const precision = oneOf(options.precision ?? 'float32', ['float32', 'float64'], 'precision');
  const threads = options.threads === undefined ? 0 : wholeIn(options.threads, 1, 1024, 'threads');
  const inputShapes = checkedShapes(options.inputShape);
  const { signal, onProgress } = options;
  const { bytes, owned } = await readSource(source, { signal, onProgress });
  const external = await readExternal(bytes, options);
  const where = (options.worker ?? isPage()) ? await workerBackend() : localBackend();
  // Loading is one step: an abort ends the worker.
  const onAbort = () => where.dispose();
  signal?.addEventListener('abort', onAbort);
  try {
    const { preprocess, labels, keepWeights } = options;
    const wasmUrl = options.wasmUrl === undefined ? undefined : absolute(options.wasmUrl);
    const request = { bytes, external, inputShapes, preprocess, labels, precision, keepWeights, threads, wasmUrl };
    const transfer = owned && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : [];
    const loaded = await where.call('load', request, { signal, onProgress }, transfer);
    signal?.throwIfAborted();
    return new Model(loaded, where);
  } catch (error) {
    where.dispose();
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

async function readExternal(
  model: Uint8Array,
  { externalData, signal }: LoadOptions,
): Promise<Readonly<Record<string, Uint8Array>>> {
  if (externalData === undefined) return {};
  const files: Record<string, Uint8Array> = {};
  for (const location of externalLocations(model)) {
    files[location] = (await readSource(await externalData(location), { signal })).bytes;
  }
  return files;
}

/** @internal An image as plain data, and the buffers of it that may change hands. */
export async function plainInput(image: ImageInput): Promise<{ input: PlainInput; transfer: ArrayBuffer[] }> {
  if (isTensor(image)) {
    checkTensor(image, 'The image');
    return { input: { tensor: image }, transfer: [] };
  }
  // Throws for what is no image.
  if (!(image instanceof Blob) && !isPixelImage(image)) naturalSize(image);
  const pixels = await readPixels(image);
  return { input: { pixels }, transfer: pixels.data.buffer instanceof ArrayBuffer ? [pixels.data.buffer] : [] };
}

function checkedTensors(tensors: Tensors): Tensors {
  for (const [name, tensor] of Object.entries(tensors)) checkTensor(tensor, `Input '${name}'`);
  return tensors;
}

function checkedShapes(given: LoadOptions['inputShape']): Readonly<Record<string, readonly number[]>> {
  if (given === undefined) return {};
  const shapes = isShape(given) ? { '': given } : given;
  for (const [name, shape] of Object.entries(shapes)) {
    if (isShape(shape) && shape.every((size) => Number.isInteger(size) && size > 0)) continue;
    throw invalidOption(`inputShape${name && `['${name}']`} is no shape`, {
      expected: 'positive whole numbers, for example [1, 3, 224, 224]',
      actual: JSON.stringify(shape),
    });
  }
  return shapes;
}

function isShape(value: unknown): value is readonly number[] {
  return Array.isArray(value);
}

function absolute(url: string | URL): string {
  if (url instanceof URL) return url.href;
  return typeof location === 'object' ? new URL(url, location.href).href : url;
}
