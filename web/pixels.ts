// Every kind of picture a page has, as plain RGBA bytes.

import { SaliencyError } from './errors.js';
import { decodePng } from './png.js';

/** Straight RGBA bytes, row by row, as in `ImageData`. In Node, where there is none, pass such an object. */
export interface PixelImage {
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * A picture to explain. A `Blob` is a picture file: in a page of any type that the browser reads, in Node a PNG.
 * Transparent parts are shown on white.
 */
export type ImageSource =
  | PixelImage
  | ImageData
  | HTMLCanvasElement
  | OffscreenCanvas
  | ImageBitmap
  | HTMLImageElement
  | HTMLVideoElement
  | VideoFrame
  | Blob;

type Drawable = Exclude<ImageSource, PixelImage | ImageData | Blob>;

/** RGBA bytes of `image`, in a new array that the caller owns. */
export async function readPixels(image: ImageSource): Promise<PixelImage> {
  if (image instanceof Blob) return readBlob(image);
  if (isPixelImage(image)) return onWhite(image);
  const { width, height } = naturalSize(image);
  return onWhite(readDrawable(image, width, height));
}

/** Whether `value` has bytes and sizes that agree. */
export function isPixelImage(value: unknown): value is PixelImage {
  if (typeof value !== 'object' || value === null) return false;
  if (!('data' in value) || !('width' in value) || !('height' in value)) return false;
  const { data, width, height } = value;
  if (!(data instanceof Uint8ClampedArray || data instanceof Uint8Array)) return false;
  if (typeof width !== 'number' || typeof height !== 'number') return false;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) return false;
  if (data.length !== width * height * 4) {
    throw new SaliencyError('SHAPE_MISMATCH', `The image has ${data.length} bytes, not width × height × 4`, {
      expected: `${width * height * 4} bytes (RGBA) for ${width}×${height}`,
      actual: `${data.length} bytes`,
      remedy: 'Pass RGBA bytes; for other channels pass a tensor instead.',
    });
  }
  return true;
}

/** Size in pixels of what a canvas can draw. Throws for anything else, and for pictures that are not loaded. */
export function naturalSize(image: unknown): { width: number; height: number } {
  const size = sizeOf(image);
  if (size === undefined) {
    throw new SaliencyError('INVALID_OPTION', 'This is not an image', {
      expected: 'ImageData, canvas, ImageBitmap, HTMLImageElement, HTMLVideoElement, VideoFrame, Blob, or a tensor',
      actual: describe(image),
      remedy: 'Pass one of these, or {data, width, height} with RGBA bytes, or {data: Float32Array, shape}.',
    });
  }
  if (size.width < 1 || size.height < 1) {
    throw new SaliencyError('INVALID_OPTION', `The ${describe(image)} has no pixels`, {
      expected: 'a loaded picture',
      actual: `${size.width}×${size.height}`,
      remedy: 'Wait for image.decode(), or for the video to have a frame.',
    });
  }
  return size;
}

function sizeOf(image: unknown): { width: number; height: number } | undefined {
  if (is(image, globalThis.HTMLImageElement)) return { width: image.naturalWidth, height: image.naturalHeight };
  if (is(image, globalThis.HTMLVideoElement)) return { width: image.videoWidth, height: image.videoHeight };
  if (is(image, globalThis.VideoFrame)) return { width: image.displayWidth, height: image.displayHeight };
  if (
    is(image, globalThis.HTMLCanvasElement) ||
    is(image, globalThis.OffscreenCanvas) ||
    is(image, globalThis.ImageBitmap) ||
    isPixelImage(image)
  ) {
    return { width: image.width, height: image.height };
  }
  return undefined;
}

// instanceof for classes that do not exist everywhere (Node, workers).
function is<T>(value: unknown, type: (abstract new (...parameters: never[]) => T) | undefined): value is T {
  return type !== undefined && value instanceof type;
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return value.constructor?.name ?? 'object';
}

async function readBlob(blob: Blob): Promise<PixelImage> {
  if (typeof createImageBitmap !== 'function')
    return onWhite(await decodePng(new Uint8Array(await blob.arrayBuffer())));
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob);
  } catch (cause) {
    throw new SaliencyError(
      'INVALID_OPTION',
      'The file is not a picture that this browser reads',
      { expected: 'a picture (PNG, JPEG, WebP, …)', actual: blob.type || 'unknown type' },
      { cause },
    );
  }
  try {
    return onWhite(readDrawable(bitmap, bitmap.width, bitmap.height));
  } finally {
    bitmap.close();
  }
}

function readDrawable(image: Drawable, width: number, height: number): PixelImage {
  const canvas = makeCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });
  if (context === null) throw new SaliencyError('OUT_OF_MEMORY', `No canvas of ${width}×${height} pixels can be made`);
  context.drawImage(image, 0, 0, width, height);
  try {
    return context.getImageData(0, 0, width, height);
  } catch (cause) {
    throw new SaliencyError(
      'INVALID_OPTION',
      'The picture comes from another site, which keeps its pixels secret',
      { remedy: 'Load it with crossOrigin = "anonymous" from a server that allows it (CORS).' },
      { cause },
    );
  }
}

/** A canvas that is not in the page. */
export function makeCanvas(width: number, height: number): OffscreenCanvas {
  return new OffscreenCanvas(width, height);
}

// A copy with the transparent parts blended over white.
function onWhite(image: PixelImage): PixelImage {
  const data = new Uint8ClampedArray(image.data);
  for (let i = 3; i < data.length; i += 4) {
    const alpha = data[i] ?? 255;
    if (alpha === 255) continue;
    for (let c = i - 3; c < i; ++c) data[c] = ((data[c] ?? 0) * alpha + 255 * (255 - alpha)) / 255;
    data[i] = 255;
  }
  return { data, width: image.width, height: image.height };
}
