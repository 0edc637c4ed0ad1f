// How pictures are to be turned into inputs: presets, what a file embeds, and what the caller asks for.

import { invalidOption, SaliencyError } from './errors.js';
import { oneOf, rejectUnknown } from './options.js';
import { shapeText } from './tensor.js';

/**
 * - `imagenet`: bytes / 255, minus the mean colour of ImageNet, divided by its deviation (torchvision)
 * - `unit`: 0 … 1
 * - `signed`: −1 … 1
 * - `caffe`: blue, green, red; 0 … 255 minus the mean colour
 */
export type PreprocessPreset = 'imagenet' | 'unit' | 'signed' | 'caffe';

/** How a picture becomes an input: `(byte × scale − mean) / std` for each channel. */
export interface PreprocessOptions {
  /** Size in pixels: `[height, width]`, or one number for both. Default: that of the model's input. */
  readonly size?: number | readonly [number, number];
  /**
   * - `crop` (default): shorter side to the size, then the centre
   * - `stretch`: both sides to the size
   * - `letterbox`: longer side to the size, the rest filled with the mean colour
   */
  readonly resize?: 'crop' | 'stretch' | 'letterbox';
  /** One number, or one a channel in the model's order. Default 0. */
  readonly mean?: number | readonly number[];
  /** One number, or one a channel in the model's order. Default 1. */
  readonly std?: number | readonly number[];
  /** Range before `mean` and `std`: `unit` is 0 … 1 (default), `byte` is 0 … 255. */
  readonly scale?: 'unit' | 'byte';
  /** Order of the channels. Default: `gray` for one channel, else `rgb`. */
  readonly channels?: 'rgb' | 'bgr' | 'gray';
}

export type Preprocess = PreprocessPreset | PreprocessOptions;

const kPresets: Readonly<Record<PreprocessPreset, PreprocessOptions>> = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], scale: 'unit', channels: 'rgb' },
  unit: { scale: 'unit' },
  signed: { mean: 0.5, std: 0.5, scale: 'unit' },
  caffe: { mean: [103.939, 116.779, 123.68], scale: 'byte', channels: 'bgr' },
};

const kKeys = ['size', 'resize', 'mean', 'std', 'scale', 'channels'] as const;

/** Everything settled for one input of a model. */
export interface PreprocessPlan {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Of the input, without its batch axis. */
  readonly layout: 'CHW' | 'HWC';
  readonly resize: 'crop' | 'stretch' | 'letterbox';
  readonly order: 'rgb' | 'bgr' | 'gray';
  readonly factor: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Channels and sizes of an image input, whose shape has a batch axis in front; undefined if it is none. */
export function imageAxes(shape: readonly number[]) {
  const [, a, b, c] = shape;
  if (shape.length !== 4 || a === undefined || b === undefined || c === undefined) return undefined;
  const isChannels = (size: number) => size === 1 || size === 3;
  if (isChannels(a)) return { layout: 'CHW', channels: a, height: b, width: c } as const;
  if (isChannels(c)) return { layout: 'HWC', channels: c, height: a, width: b } as const;
  return undefined;
}

/** Throws `INVALID_OPTION` for what is no preset and no well-formed object. */
export function checkPreprocess(preprocess: Preprocess): PreprocessOptions {
  if (typeof preprocess === 'string') {
    return kPresets[oneOf(preprocess, ['imagenet', 'unit', 'signed', 'caffe'], 'preprocess')];
  }
  if (typeof preprocess !== 'object' || preprocess === null) {
    throw invalidOption('preprocess is neither a preset nor an object', {
      expected: "'imagenet', 'unit', 'signed', 'caffe', or an object",
      actual: String(preprocess),
    });
  }
  rejectUnknown(preprocess, kKeys, 'preprocess');
  if (preprocess.resize !== undefined) oneOf(preprocess.resize, ['crop', 'stretch', 'letterbox'], 'preprocess.resize');
  if (preprocess.scale !== undefined) oneOf(preprocess.scale, ['unit', 'byte'], 'preprocess.scale');
  if (preprocess.channels !== undefined) oneOf(preprocess.channels, ['rgb', 'bgr', 'gray'], 'preprocess.channels');
  return preprocess;
}

/**
 * The plan for an input of this shape, or undefined when nothing says how the pictures were normalized.
 * A preset stands for itself; an object is completed by what the file embeds.
 */
export function planPreprocess(
  wanted: Preprocess | undefined,
  embedded: PreprocessOptions | undefined,
  shape: readonly number[],
): PreprocessPlan | undefined {
  const own = wanted === undefined ? undefined : checkPreprocess(wanted);
  if (own === undefined && embedded === undefined) return undefined;
  const axes = imageAxes(shape);
  if (axes === undefined) return undefined;
  const options = typeof wanted === 'string' ? own : { ...embedded, ...own };
  const order = options?.channels ?? (axes.channels === 1 ? 'gray' : 'rgb');
  if ((order === 'gray') !== (axes.channels === 1)) {
    throw invalidOption(`preprocess.channels is '${order}', but the model has ${axes.channels} channels`, {
      expected: axes.channels === 1 ? 'gray' : 'rgb or bgr',
      actual: order,
    });
  }
  checkSize(options?.size, axes, shape);
  return {
    ...axes,
    resize: options?.resize ?? 'crop',
    order,
    factor: options?.scale === 'byte' ? 1 : 1 / 255,
    mean: perChannel(options?.mean ?? 0, axes.channels, 'mean'),
    std: perChannel(options?.std ?? 1, axes.channels, 'std'),
  };
}

function checkSize(size: PreprocessOptions['size'], axes: { height: number; width: number }, shape: readonly number[]) {
  if (size === undefined) return;
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  if (height === axes.height && width === axes.width) return;
  throw new SaliencyError(
    'SHAPE_MISMATCH',
    `preprocess.size is ${height}×${width}, but the input is ${shapeText(shape)}`,
    {
      expected: `[${axes.height}, ${axes.width}]`,
      actual: `[${height}, ${width}]`,
      remedy: 'Leave size out, or set inputShape when the model’s size is dynamic.',
    },
  );
}

function perChannel(value: number | readonly number[], channels: number, name: string): readonly number[] {
  const values = typeof value === 'number' ? new Array<number>(channels).fill(value) : value;
  if (values.length === 1 && channels > 1) return perChannel(values[0] ?? 0, channels, name);
  const usable = (number: number) => Number.isFinite(number) && (name !== 'std' || number > 0);
  if (values.length === channels && values.every(usable)) return values;
  throw invalidOption(`preprocess.${name} does not fit ${channels} channels`, {
    expected: `${channels} ${name === 'std' ? 'positive ' : ''}numbers`,
    actual: `[${values.join(', ')}]`,
  });
}

/** What a file embeds under the metadata key `preprocess`; undefined when it is absent or makes no sense. */
export function embeddedPreprocess(text: string | undefined): PreprocessOptions | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string')
      return checkPreprocess(oneOf(value, ['imagenet', 'unit', 'signed', 'caffe'], 'preprocess'));
    if (typeof value !== 'object' || value === null) return undefined;
    const known = Object.fromEntries(
      Object.entries(value).filter(([key]) => (kKeys as readonly string[]).includes(key)),
    );
    return checkPreprocess(known);
  } catch {
    return undefined;
  }
}

/** What a file embeds under the metadata key `labels`: a JSON array of texts. */
export function embeddedLabels(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : undefined;
  } catch {
    return undefined;
  }
}
