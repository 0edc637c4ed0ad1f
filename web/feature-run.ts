// Runs the core's feature visualisation, step by step, and makes pictures of its numbers.

import { type CoreJob, type CoreMask, type CoreModel, type CoreModule, type CoreTensorInfo, unwrap } from './core.js';
import type { Hooks } from './engine.js';
import { invalidOption } from './errors.js';
import type { FeatureImage } from './feature.js';
import { imageAxes } from './preprocess-options.js';
import type { FeatureRequest } from './requests.js';
import { run } from './run.js';
import { randomSeed } from './seed.js';
import { checkTensor, planesToPixels, shapeText } from './tensor.js';

// A partial image costs a copy, and nobody sees more than a few a second.
const kPartialMilliseconds = 100;

export interface FeatureContext {
  readonly core: CoreModule;
  readonly model: CoreModel;
  /** The first input. */
  readonly info: CoreTensorInfo;
  /** Black and then white of each channel in the model's numbers, where the preprocessing is known. */
  readonly valueRange: readonly number[] | undefined;
  readonly isBgr: boolean;
  readonly disposed: AbortSignal;
}

export async function runFeature(
  context: FeatureContext,
  request: FeatureRequest,
  hooks: Hooks,
): Promise<FeatureImage> {
  const { core, model, info } = context;
  if (imageAxes(info.shape) === undefined) {
    throw invalidOption(`Input '${info.name}' of shape ${shapeText(info.shape)} is no picture`, {
      expected: 'a model whose first input has 1 or 3 channels',
      actual: shapeText(info.shape),
    });
  }
  for (const [name, tensor] of Object.entries(request.feeds)) checkTensor(tensor, `Input '${name}'`);
  const options: Record<string, unknown> = { ...request.options };
  options.seed ??= randomSeed();
  options.valueRange ??= context.valueRange;
  const range = options.valueRange as readonly number[] | undefined;
  const { target, y, feeds } = request;
  const start = () => core.visualizeFeature(model, { image: new Float32Array(), target, y, feeds, options });
  const { result: mask, timings } = await run(start, context, hooks, {
    interval: kPartialMilliseconds,
    of: (job) => partialImage(job, context, range),
  });
  const { width, height, data } = unitImage(mask.data, context, range);
  return {
    pixels: { data: rgbaOf(data, width * height), width, height },
    input: { data: mask.data, shape: mask.shape },
    score: mask.score,
    scores: mask.extras.scores?.data ?? new Float32Array(),
    seed: mask.seed ?? 0,
    steps: mask.steps,
    evaluations: mask.evaluations,
    warnings: mask.warnings,
    timings,
  };
}

function partialImage(job: CoreJob<CoreMask>, context: FeatureContext, range: readonly number[] | undefined) {
  const { data, steps } = unwrap(job.partial());
  if (data.length === 0) return undefined;
  const image = unitImage(data, context, range);
  const { height, width, channels } = image;
  return { data: image.data, shape: [height, width, channels], layout: 'HWC', region: undefined, steps } as const;
}

// [height, width, channels] from 0, black, to 1, white, in the order red, green, blue.
function unitImage(numbers: Float32Array, { info, isBgr }: FeatureContext, range: readonly number[] = [0, 1]) {
  const { layout, channels, height, width } = imageAxes(info.shape) ?? kNoAxes;
  const pixels = layout === 'CHW' ? planesToPixels(numbers, channels, height, width) : numbers;
  const half = range.length / 2;
  const data = new Float32Array(pixels.length);
  for (let i = 0; i < data.length; ++i) {
    const channel = i % channels;
    const black = range[half === 1 ? 0 : channel] ?? 0;
    const white = range[half === 1 ? 1 : half + channel] ?? 1;
    const to = isBgr ? i - channel + (channels - 1 - channel) : i;
    data[to] = ((pixels[i] ?? 0) - black) / (white - black);
  }
  return { data, channels, height, width };
}

const kNoAxes = { layout: 'CHW', channels: 1, height: 0, width: 0 } as const;

function rgbaOf(data: Float32Array, pixels: number): Uint8ClampedArray {
  const channels = data.length / pixels;
  const rgba = new Uint8ClampedArray(pixels * 4).fill(255);
  for (let pixel = 0; pixel < pixels; ++pixel) {
    for (let c = 0; c < 3; ++c) {
      rgba[pixel * 4 + c] = 255 * (data[pixel * channels + Math.min(c, channels - 1)] ?? 0);
    }
  }
  return rgba;
}
