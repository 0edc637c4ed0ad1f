// Pictures on a canvas, alone or over the image that they explain.

import { type Colormap, type ColormapName, colorIndex, colormapOf } from './colormap.js';
import { invalidOption } from './errors.js';
import { numberIn, rejectUnknown, wholeIn } from './options.js';
import { type ImageSource, isPixelImage, makeCanvas, naturalSize, type PixelImage } from './pixels.js';
import type { ImageRegion } from './preprocess.js';
import type { Picture } from './visualize.js';

/** How a picture is drawn. */
export interface DrawOptions {
  /** Default: 'ember', or 'tide' for a diverging picture. */
  readonly colormap?: ColormapName | Colormap;
  /**
   * The explained image, to be drawn beneath. The picture then gets the more transparent the closer it is to zero.
   * Where the mask shows only a part of the image (a crop), just that part is drawn.
   */
  readonly over?: Exclude<ImageSource, Blob>;
  /** Of the picture at its strongest, over an image: 0 … 1. Default 0.85. */
  readonly opacity?: number;
  /** Of the canvas in pixels; the height follows. Default: the picture's width, over an image the image's. */
  readonly width?: number;
}

// An overlay needs no more than a screen shows.
const kMaxDefaultWidth = 1024;

/**
 * RGBA bytes of a picture, one pixel each. Needs no canvas.
 *
 * @param strength - alpha of the picture where it is strongest; undefined: opaque everywhere
 */
export function colorize(picture: Picture, colormap?: ColormapName | Colormap, strength?: number): PixelImage {
  const map = colormapOf(colormap ?? (picture.diverging ? 'tide' : 'ember'));
  const data = new Uint8ClampedArray(picture.data.length * 4);
  picture.data.forEach((value, i) => {
    const at = colorIndex(map, value) * 3;
    data.set(map.colors.subarray(at, at + 3), i * 4);
    data[i * 4 + 3] = strength === undefined ? 255 : 255 * strength * Math.min(Math.abs(value), 1);
  });
  return { data, width: picture.width, height: picture.height };
}

/**
 * Draws a picture on a canvas, which takes the picture's proportions. Synchronous.
 *
 * @example
 * ```ts
 * draw(canvas, visualizeImageGrayscale(mask), { over: image, opacity: 0.7 });
 * ```
 */
export function draw(canvas: HTMLCanvasElement | OffscreenCanvas, picture: Picture, options: DrawOptions = {}): void {
  rejectUnknown(options, ['colormap', 'over', 'opacity', 'width'], 'draw');
  const opacity = numberIn(options.opacity ?? 0.85, 0, 1, 'opacity');
  const { over } = options;
  const region = over === undefined ? undefined : regionOf(picture, over);
  const natural = region === undefined ? picture.width : Math.min(Math.round(region.width), kMaxDefaultWidth);
  const width = wholeIn(options.width ?? Math.max(1, natural), 1, 16384, 'width');
  canvas.width = width;
  canvas.height = Math.max(1, Math.round((width * picture.height) / picture.width));
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null;
  if (context === null) {
    throw invalidOption('The canvas has another context already', {
      expected: "a canvas without context or with '2d'",
      remedy: 'Pass a fresh canvas.',
    });
  }
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  if (over !== undefined && region !== undefined) {
    const [scaleX, scaleY] = [canvas.width / region.width, canvas.height / region.height];
    const { width: imageWidth, height: imageHeight } = naturalSize(over);
    const drawable = isPixelImage(over) ? toCanvas(over) : over;
    context.drawImage(drawable, -region.x * scaleX, -region.y * scaleY, imageWidth * scaleX, imageHeight * scaleY);
  }
  const colored = toCanvas(colorize(picture, options.colormap, over === undefined ? undefined : opacity));
  context.drawImage(colored, 0, 0, canvas.width, canvas.height);
}

// The part of the image beneath the picture: what the mask says, else all of it.
function regionOf(picture: Picture, over: Exclude<ImageSource, Blob>): ImageRegion {
  if (picture.region !== undefined) return picture.region;
  return { x: 0, y: 0, ...naturalSize(over) };
}

function toCanvas(image: PixelImage): OffscreenCanvas {
  const canvas = makeCanvas(image.width, image.height);
  const bytes = new Uint8ClampedArray(image.data);
  canvas.getContext('2d')?.putImageData(new ImageData(bytes, image.width, image.height), 0, 0);
  return canvas;
}
