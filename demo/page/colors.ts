// The colour maps on offer: the package's, and two made from them.

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
    { key: 'ink', label: 'Ink on paper', map: reversed('ink', colormaps.gray) },
  ],
  sign: [
    { key: 'tide', label: 'Tide', map: colormaps.tide },
    { key: 'ebb', label: 'Tide, reversed', map: reversed('ebb', colormaps.tide) },
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

function reversed(name: string, { diverging, colors }: Colormap): Colormap {
  const turned = new Uint8ClampedArray(colors.length);
  for (let i = 0; i < colors.length; i += 3) turned.set(colors.subarray(i, i + 3), colors.length - 3 - i);
  return { name, diverging, colors: turned };
}
