// The colour maps on offer: the package's, and some of the page's own.

import { type Colormap, colormaps } from '../saliency-wasm/index.js';
import type { View } from './choices.js';

interface Choice {
  readonly key: string;
  readonly label: string;
  readonly map: Colormap;
}

const choices: Readonly<Record<View, readonly Choice[]>> = {
  strength: [
    { key: 'ember', label: 'Ember', map: colormaps.ember },
    { key: 'gray', label: 'Grey', map: colormaps.gray },
    { key: 'ink', label: 'Ink', map: reversed('ink', colormaps.gray) },
  ],
  sign: [
    { key: 'tide', label: 'Tide', map: colormaps.tide },
    { key: 'night', label: 'Night', map: night() },
    { key: 'ebb', label: 'Reversed', map: reversed('ebb', colormaps.tide) },
  ],
};

export function colorChoices(view: View): readonly Choice[] {
  return choices[view];
}

/** The chosen map, or the view's first where the key is another view's. */
export function colorsOf(view: View, key: string): Choice {
  const [first] = choices[view];
  const found = choices[view].find((choice) => choice.key === key) ?? first;
  if (found === undefined) throw new Error(`No colours for '${view}'.`);
  return found;
}

// Dark at zero, for dark surroundings: from light blue over black to light orange.
function night(): Colormap {
  const points = [
    [176, 216, 255],
    [38, 110, 184],
    [18, 15, 22],
    [190, 84, 30],
    [255, 214, 150],
  ] as const;
  const colors = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 256; ++i) {
    const at = (i / 255) * (points.length - 1);
    const index = Math.min(Math.floor(at), points.length - 2);
    for (let c = 0; c < 3; ++c) {
      const [from, to] = [points[index]?.[c] ?? 0, points[index + 1]?.[c] ?? 0];
      colors[3 * i + c] = from + (to - from) * (at - index);
    }
  }
  return { name: 'night', diverging: true, colors };
}

function reversed(name: string, { diverging, colors }: Colormap): Colormap {
  const turned = new Uint8ClampedArray(colors.length);
  for (let i = 0; i < colors.length; i += 3) turned.set(colors.subarray(i, i + 3), colors.length - 3 - i);
  return { name, diverging, colors: turned };
}
