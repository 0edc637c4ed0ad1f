// The one implementation behind every call: drives the core, in this thread. A worker (worker.ts) holds one of these,
// too.

import {
  type CoreModel,
  type CoreModule,
  type CoreNodeCost,
  type CoreTensorInfo,
  type Envelope,
  unwrap,
} from './core.js';
import { disposedError, invalidOption, SaliencyError, withMemoryErrors } from './errors.js';
import { explain, explainAll } from './explain.js';
import { runFeature } from './feature-run.js';
import type { CoreOptions, LoadedCore } from './loader.js';
import type { Progress } from './mask.js';
import { metric } from './metric-run.js';
import { kThisFile, withoutWeights } from './onnx-file.js';
import { type ImageRegion, preprocess, unknownPreprocess } from './preprocess.js';
import {
  embeddedLabels,
  embeddedPreprocess,
  imageAxes,
  type PreprocessOptions,
  type PreprocessPlan,
  planPreprocess,
} from './preprocess-options.js';
import { nodeCost, type Profiled } from './profile.js';
import type {
  CallName,
  Calls,
  ClassifyRequest,
  GradientRequest,
  InputRequest,
  LoadedModel,
  LoadRequest,
  PlainInput,
  Prediction,
  RunRequest,
} from './requests.js';
import type { JobContext } from './run.js';
import { checkTensor, shapeText, type Tensor, type Tensors } from './tensor.js';

/** How a caller follows and stops a call. */
export interface Hooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** An image in the numbers and the layout of an input. */
export interface PreparedInput {
  readonly data: Float32Array;
  /** Without the batch axis. */
  readonly shape: readonly number[];
  readonly isPicture: boolean;
  readonly layout: 'CHW' | 'HWC' | undefined;
  readonly region: ImageRegion | undefined;
  /** The mask is of a tensor inside the network, not of this input. */
  readonly isInside?: boolean;
  /** Black and then white of each channel in the model's numbers, where the preprocessing is known. */
  readonly valueRange: readonly number[] | undefined;
}

interface Loaded {
  readonly core: CoreModule;
  readonly model: CoreModel;
  readonly inputs: readonly CoreTensorInfo[];
  readonly labels: readonly string[] | undefined;
  readonly wanted: LoadRequest['preprocess'];
  readonly embedded: PreprocessOptions | undefined;
}

export class Engine {
  readonly #loadCore: (options: CoreOptions) => Promise<LoadedCore>;
  readonly #disposed = new AbortController();
  #loaded: Loaded | undefined;

  constructor(loadCore: (options: CoreOptions) => Promise<LoadedCore>) {
    this.#loadCore = loadCore;
  }

  /** Runs a call by its name. */
  async call<K extends CallName>(
    name: K,
    request: Calls[K]['request'],
    hooks: Hooks = {},
  ): Promise<Calls[K]['result']> {
    hooks.signal?.throwIfAborted();
    try {
      return await this.#handlers[name](request, hooks);
    } catch (error) {
      throw withMemoryErrors(error);
    }
  }

  /** Frees the model. Calls in progress stop with a `DISPOSED` error, after their batch. */
  dispose(): void {
    if (this.#disposed.signal.aborted) return;
    this.#disposed.abort(disposedError());
    this.#loaded?.model.delete();
    this.#loaded = undefined;
  }

  readonly #handlers: { [K in CallName]: (request: Calls[K]['request'], hooks: Hooks) => Promise<Calls[K]['result']> } =
    {
      load: (request, hooks) => this.#load(request, hooks),
      preprocess: async (request) => this.#preprocess(request),
      classify: async (request) => this.#classify(request),
      run: async (request) => this.#run(request),
      gradient: async (request) => this.#gradient(request),
      explain: async (request, hooks) => explain(this.#jobContext(request), request, hooks),
      explainAll: async (request, hooks) => explainAll(this.#jobContext(request), request, hooks),
      metric: async (request, hooks) => metric(this.#jobContext(request), request, hooks),
      visualize: async (request, hooks) => {
        const { core, model } = this.#use();
        const info = this.#inputInfo('');
        const plan = this.#plan(info);
        const valueRange = plan && valueRangeOf(plan);
        const isBgr = plan?.order === 'bgr';
        return runFeature({ core, model, info, valueRange, isBgr, disposed: this.#disposed.signal }, request, hooks);
      },
    };

  #jobContext({ input, x }: InputRequest): JobContext {
    const { core, model } = this.#use();
    return { core, model, image: this.#seenFrom(input, x), disposed: this.#disposed.signal };
  }

  #use(): Loaded {
    this.#disposed.signal.throwIfAborted();
    if (this.#loaded === undefined) throw disposedError();
    return this.#loaded;
  }

  async #load(request: LoadRequest, hooks: Hooks): Promise<LoadedModel> {
    const { core, build, threads } = await this.#loadCore(request);
    this.#disposed.signal.throwIfAborted();
    const model = unwrap(core.Model.load(withoutWeights(request.bytes), loadHooks(request, hooks)));
    try {
      const { inputs, outputs, layers, metadata } = unwrap(model.info());
      const labels = request.labels ?? embeddedLabels(metadata.labels);
      const embedded = embeddedPreprocess(metadata.preprocess);
      const plan = planPreprocess(request.preprocess, embedded, inputs[0]?.shape ?? []);
      this.#loaded = { core, model, inputs, labels, wanted: request.preprocess, embedded };
      return { inputs, outputs, layers, labels, preprocess: plan, threads, build, provider: core.providerName() };
    } catch (error) {
      model.delete();
      throw error;
    }
  }

  #preprocess(request: InputRequest): Tensor {
    const { data, shape } = this.prepared(request.input, request.x);
    return { data, shape: [1, ...shape] };
  }

  #classify({ input, feeds, top }: ClassifyRequest): readonly Prediction[] {
    const { model, labels, inputs } = this.#use();
    const { data, shape } = this.prepared(input, '');
    const image = { data, shape: [1, ...shape] };
    const logits = unwrap(model.logits({ ...feeds, [inputs[0]?.name ?? '']: image })).data;
    const probabilities = softmax(logits);
    return Array.from(logits.keys())
      .sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b)
      .slice(0, top)
      .map((index) => ({
        index,
        label: labels?.[index] ?? String(index),
        logit: logits[index] ?? 0,
        probability: probabilities[index] ?? 0,
      }));
  }

  #run({ feeds, outputs, profile }: RunRequest): Profiled<Tensors> {
    for (const [name, tensor] of Object.entries(feeds)) checkTensor(tensor, `Input '${name}'`);
    return this.#profiled(profile, (model) => unwrap(model.run(feeds, outputs)));
  }

  #gradient({ feeds, target, y, x, rule, profile }: GradientRequest): Profiled<Tensor> {
    for (const [name, tensor] of Object.entries(feeds)) checkTensor(tensor, `Input '${name}'`);
    return this.#profiled(profile, (model) => unwrap(model.gradient(feeds, { target, y, x, rule })));
  }

  #profiled<T>(wanted: boolean, compute: (model: CoreModel) => T): Profiled<T> {
    const { model } = this.#use();
    if (!wanted) return { result: compute(model), profile: [] };
    unwrap(model.startProfile());
    let profile: Envelope<readonly CoreNodeCost[]>;
    let result: T;
    try {
      result = compute(model);
    } finally {
      profile = model.profile(); // also ends it
    }
    return { result, profile: unwrap(profile).map(nodeCost) };
  }

  /** A picture or tensor as numbers for input `x`. */
  prepared(input: PlainInput, x: string): PreparedInput {
    const info = this.#inputInfo(x);
    const shape = info.shape.slice(1);
    const axes = imageAxes(info.shape);
    const plan = this.#plan(info);
    const valueRange = plan && valueRangeOf(plan);
    if ('tensor' in input) {
      const data = tensorData(input.tensor, info);
      return { data, shape, isPicture: false, layout: axes?.layout, region: undefined, valueRange };
    }
    if (axes === undefined) {
      throw invalidOption(`Input '${info.name}' of shape ${shapeText(info.shape)} takes no picture`, {
        expected: 'a tensor {data, shape}',
        actual: 'a picture',
        remedy: 'Pass a tensor, or name an input of 1 or 3 channels as x.',
      });
    }
    if (plan === undefined) throw unknownPreprocess();
    const { data, region } = preprocess(input.pixels, plan);
    return { data, shape, isPicture: true, layout: axes.layout, region, valueRange };
  }

  // The image as the input that a method starts from: `x`, or the first where `x` lies inside the network.
  #seenFrom(input: PlainInput, x: string): PreparedInput {
    const isInside = x !== '' && !this.#use().inputs.some(({ name }) => name === x);
    if (!isInside) return this.prepared(input, x);
    return { ...this.prepared(input, ''), isInside, valueRange: undefined };
  }

  #plan(info: CoreTensorInfo): PreprocessPlan | undefined {
    const { wanted, embedded } = this.#use();
    return planPreprocess(wanted, embedded, info.shape);
  }

  #inputInfo(x: string): CoreTensorInfo {
    const { inputs } = this.#use();
    const info = x === '' ? inputs[0] : inputs.find(({ name }) => name === x);
    if (info !== undefined) return info;
    throw invalidOption(`The model has no input '${x}'`, {
      expected: inputs.map(({ name }) => `'${name}'`).join(', '),
      actual: `'${x}'`,
      remedy: 'Take a name from model.inputs.',
    });
  }
}

// What the core asks for while it loads.
function loadHooks({ bytes, external, inputShapes, keepWeights }: LoadRequest, { onProgress }: Hooks) {
  const total = Object.values(external).reduce((sum, file) => sum + file.length, bytes.length);
  let done = 0;
  return {
    inputShapes,
    keepWeights,
    weights: (location: string, offset: number, length: number) => {
      const file = location === kThisFile ? bytes : external[location];
      done += length;
      onProgress?.({ done, total, stage: 'read' });
      return file?.subarray(offset, offset + length);
    },
    onPrepared: (nodes: number, all: number) => onProgress?.({ done: nodes, total: all, stage: 'prepare' }),
  };
}

// A tensor for one sample, with or without a batch axis of size 1.
function tensorData(tensor: Tensor, info: CoreTensorInfo): Float32Array {
  checkTensor(tensor, 'The image');
  const expected = info.shape.slice(1);
  const given =
    tensor.shape.length === info.shape.length && tensor.shape[0] === 1 ? tensor.shape.slice(1) : tensor.shape;
  if (given.length === expected.length && given.every((size, i) => size === expected[i])) return tensor.data;
  throw new SaliencyError('SHAPE_MISMATCH', `The image tensor has shape ${shapeText(tensor.shape)}`, {
    expected: `${shapeText(expected)} or ${shapeText([1, ...expected])} for input '${info.name}'`,
    actual: shapeText(tensor.shape),
    remedy: 'Pass one sample in the model’s layout.',
  });
}

function valueRangeOf({ channels, factor, mean, std }: PreprocessPlan): readonly number[] {
  const normalized = (byte: number) =>
    Array.from({ length: channels }, (_, c) => (byte * factor - (mean[c] ?? 0)) / (std[c] ?? 1));
  return [...normalized(0), ...normalized(255)];
}

/** Probabilities of logits, computed in double precision. */
export function softmax(logits: Float32Array): Float32Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Float32Array.from(powers, (power) => power / sum);
}
