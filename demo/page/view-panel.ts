// How a map is shown. Nothing here needs it computed again.

import type { Choices, View } from './choices.js';
import { colorChoices, colorsOf } from './colors.js';
import { byId, make, radios, slider } from './dom.js';

type Look = Pick<Choices, 'view' | 'percentile' | 'colors' | 'opacity'>;

export class ViewPanel {
  readonly #colors = byId('colors', HTMLSelectElement);
  readonly #setView: (value: string) => void;
  readonly #setPercentile: (value: number) => void;
  readonly #setOpacity: (value: number) => void;
  #view: View | undefined;

  constructor(onChoice: (some: Partial<Look>) => void) {
    this.#setView = radios('view', (value) => onChoice({ view: value === 'sign' ? 'sign' : 'strength', colors: '' }));
    this.#colors.addEventListener('change', () => onChoice({ colors: this.#colors.value }));
    this.#setPercentile = slider(
      byId('percentile', HTMLInputElement),
      byId('percentile-text', HTMLOutputElement),
      String,
      (percentile) => onChoice({ percentile }),
    );
    this.#setOpacity = slider(
      byId('opacity', HTMLInputElement),
      byId('opacity-text', HTMLOutputElement),
      (opacity) => `${Math.round(100 * opacity)} %`,
      (opacity) => onChoice({ opacity }),
    );
  }

  select({ view, colors, percentile, opacity }: Look): void {
    if (this.#view !== view) {
      this.#view = view;
      const options = colorChoices(view).map(({ key, label }) => make('option', { value: key }, label));
      this.#colors.replaceChildren(...options);
    }
    this.#colors.value = colorsOf(view, colors).key;
    this.#setView(view);
    this.#setPercentile(percentile);
    this.#setOpacity(opacity);
  }
}
