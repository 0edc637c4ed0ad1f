// Colour maps that colour-blind people can read and that print in grey: lightness carries the order, hue runs between
// blue and yellow, which the common colour deficiencies leave apart. A few points in CIELAB with evenly spaced
// lightness, linearly interpolated; hence perceptually uniform.

import { oneOf } from './options.js';

/** Names of the colour maps: 'ember' and 'gray' for 0 … 1, 'tide' for −1 … 1. */
export type ColormapName = 'ember' | 'tide' | 'gray';

/** Colours from the lowest to the highest position. */
export interface Colormap {
  readonly name: string;
  /** Positions −1 … 1 instead of 0 … 1. */
  readonly diverging: boolean;
  /** 256 colours, red green blue, 0 … 255. */
  readonly colors: Uint8ClampedArray;
}

type Lab = readonly [lightness: number, a: number, b: number];

const kSize = 256;
// D65, the white of sRGB.
const kWhite = [0.95047, 1, 1.08883] as const;

/** The package's colour maps by name. */
export const colormaps: Readonly<Record<ColormapName, Colormap>> = {
  ember: fromLab('ember', false, [
    [4, 3, -10],
    [22, 26, -38],
    [40, 46, -18],
    [58, 50, 26],
    [76, 18, 58],
    [94, -6, 34],
  ]),
  tide: fromLab('tide', true, [
    [34, 12, -50],
    [65, -6, -34],
    [96, 0, 0],
    [65, 32, 44],
    [34, 42, 38],
  ]),
  gray: fromLab('gray', false, [
    [0, 0, 0],
    [100, 0, 0],
  ]),
};

/** The map with this name, or the map itself. Throws `INVALID_OPTION`. */
export function colormapOf(map: ColormapName | Colormap): Colormap {
  return typeof map === 'string' ? colormaps[oneOf(map, ['ember', 'tide', 'gray'], 'colormap')] : map;
}

/** Row of a position in `colors`. */
export function colorIndex(map: Colormap, position: number): number {
  const unit = map.diverging ? (position + 1) / 2 : position;
  // NaN becomes the lowest.
  return Math.round(Math.min(Math.max(unit, 0), 1) * (kSize - 1)) || 0;
}

function fromLab(name: string, diverging: boolean, points: readonly Lab[]): Colormap {
  const colors = new Uint8ClampedArray(kSize * 3);
  for (let i = 0; i < kSize; ++i) {
    const at = (i / (kSize - 1)) * (points.length - 1);
    const index = Math.min(Math.floor(at), points.length - 2);
    const [from, to] = [points[index], points[index + 1]];
    if (from === undefined || to === undefined) continue;
    const part = at - index;
    const mixed = [0, 1, 2].map((c) => (from[c] ?? 0) + ((to[c] ?? 0) - (from[c] ?? 0)) * part);
    colors.set(labToRgb([mixed[0] ?? 0, mixed[1] ?? 0, mixed[2] ?? 0]), i * 3);
  }
  return { name, diverging, colors };
}

// https://www.w3.org/TR/css-color-4/#color-conversion-code, with D65 throughout.
function labToRgb([lightness, a, b]: Lab): [number, number, number] {
  const fy = (lightness + 16) / 116;
  const [x, y, z] = [fy + a / 500, fy, fy - b / 200].map((f, i) => {
    const cube = f ** 3;
    return (cube > 216 / 24389 ? cube : (116 * f - 16) / (24389 / 27)) * (kWhite[i] ?? 1);
  });
  const linear = (red: number, green: number, blue: number) => red * (x ?? 0) + green * (y ?? 0) + blue * (z ?? 0);
  return [
    toByte(linear(3.2404542, -1.5371385, -0.4985314)),
    toByte(linear(-0.969266, 1.8760108, 0.041556)),
    toByte(linear(0.0556434, -0.2040259, 1.0572252)),
  ];
}

function toByte(linear: number): number {
  const clipped = Math.min(Math.max(linear, 0), 1);
  return 255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055);
}
