// From a picture to the numbers that a network wants, and back: where in the picture a pixel of the input lies.
//   value = (byte · (1/255 or 1) − mean) / std,   by channel

import { invalidOption } from './errors.js';
import type { PixelImage } from './pixels.js';
import type { PreprocessPlan } from './preprocess-options.js';
import { resize, type Window } from './resize.js';

/** The rectangle of the picture, in its pixels, that an input (and its mask) shows. It may reach beyond the picture. */
export interface ImageRegion {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ModelInput {
  /** In the model's own layout, without the batch axis. */
  readonly data: Float32Array;
  readonly region: ImageRegion;
}

/** Resizes, orders and normalizes a picture. Padding of 'letterbox' is 0, which is the mean colour. */
export function preprocess(image: PixelImage, plan: PreprocessPlan): ModelInput {
  const fit = fitted(image, plan);
  const bytes = resize(image, fit.width, fit.height, fit.window);
  return { data: normalized(bytes, fit, plan), region: fit.region };
}

interface Fit {
  // The whole picture is resized to this …
  readonly width: number;
  readonly height: number;
  // … of which this part is taken …
  readonly window: Window;
  // … and put here.
  readonly left: number;
  readonly top: number;
  readonly region: ImageRegion;
}

function fitted(image: PixelImage, plan: PreprocessPlan): Fit {
  const { width, height } = plan;
  switch (plan.resize) {
    case 'stretch':
      return placed(image, width, height, { left: 0, top: 0, width, height }, 0, 0);
    case 'crop':
      return cropped(image, width, height);
    case 'letterbox':
      return letterboxed(image, width, height);
  }
}

// torchvision's Resize (shorter side to the size, the longer one cut to an integer) and CenterCrop.
function cropped(image: PixelImage, width: number, height: number): Fit {
  const byHeight = height * image.width >= width * image.height;
  const fullWidth = byHeight ? Math.max(width, Math.trunc((image.width * height) / image.height)) : width;
  const fullHeight = byHeight ? height : Math.max(height, Math.trunc((image.height * width) / image.width));
  const left = roundHalfToEven((fullWidth - width) / 2);
  const top = roundHalfToEven((fullHeight - height) / 2);
  return placed(image, fullWidth, fullHeight, { left, top, width, height }, 0, 0);
}

function letterboxed(image: PixelImage, width: number, height: number): Fit {
  const scale = Math.min(width / image.width, height / image.height);
  const innerWidth = Math.min(width, Math.max(1, Math.round(image.width * scale)));
  const innerHeight = Math.min(height, Math.max(1, Math.round(image.height * scale)));
  const left = Math.floor((width - innerWidth) / 2);
  const top = Math.floor((height - innerHeight) / 2);
  const window = { left: 0, top: 0, width: innerWidth, height: innerHeight };
  const fit = placed(image, innerWidth, innerHeight, window, left, top);
  const [x, y] = [0 - (left * image.width) / innerWidth, 0 - (top * image.height) / innerHeight];
  const region = { x, y, width: (width * image.width) / innerWidth, height: (height * image.height) / innerHeight };
  return { ...fit, region };
}

function placed(image: PixelImage, width: number, height: number, window: Window, left: number, top: number): Fit {
  const [scaleX, scaleY] = [image.width / width, image.height / height];
  const region = {
    x: window.left * scaleX,
    y: window.top * scaleY,
    width: window.width * scaleX,
    height: window.height * scaleY,
  };
  return { width, height, window, left, top, region };
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const up = value - floor > 0.5 || (value - floor === 0.5 && floor % 2 !== 0);
  return up ? floor + 1 : floor;
}

function normalized(bytes: Uint8Array, fit: Fit, plan: PreprocessPlan): Float32Array {
  const { width, height, channels } = plan;
  const out = new Float32Array(width * height * channels);
  const pixelStride = plan.layout === 'CHW' ? 1 : channels;
  const channelStride = plan.layout === 'CHW' ? width * height : 1;
  for (let c = 0; c < channels; ++c) {
    const sample = sampler(bytes, plan, c);
    const [mean, std] = [plan.mean[c] ?? 0, plan.std[c] ?? 1];
    for (let y = 0; y < fit.window.height; ++y) {
      const row = (y + fit.top) * width + fit.left;
      for (let x = 0; x < fit.window.width; ++x) {
        const value = sample((y * fit.window.width + x) * 3) * plan.factor;
        out[c * channelStride + (row + x) * pixelStride] = (value - mean) / std;
      }
    }
  }
  return out;
}

// The byte of channel c of the pixel at an offset.
function sampler(bytes: Uint8Array, plan: PreprocessPlan, c: number): (at: number) => number {
  // Pillow's rounding of ITU-R BT.601 luma.
  if (plan.order === 'gray') {
    return (at) =>
      ((bytes[at] ?? 0) * 19595 + (bytes[at + 1] ?? 0) * 38470 + (bytes[at + 2] ?? 0) * 7471 + 0x8000) >> 16;
  }
  const offset = plan.order === 'bgr' ? 2 - c : c;
  return (at) => bytes[at + offset] ?? 0;
}

/** A picture cannot be turned into this model's input without being told how. */
export function unknownPreprocess(): Error {
  return invalidOption('How a picture becomes this model’s input is not known', {
    expected: "preprocess: 'imagenet', 'unit', 'signed', 'caffe', or an object",
    actual: 'no option, and none embedded in the file',
    remedy: "Pass the normalization that the model was trained with: loadModel(source, {preprocess: 'imagenet'}).",
  });
}
