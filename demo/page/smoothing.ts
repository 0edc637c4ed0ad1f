// Plain or smoothed, and how.

import type { Choices } from './choices.js';
import { byId, radios, slider } from './dom.js';

type Smoothing = Pick<Choices, 'smoothed' | 'samples' | 'spread' | 'squared'>;

export class SmoothingPanel {
  readonly #panel = byId('smoothing', HTMLDivElement);
  readonly #setSmoothed: (value: string) => void;
  readonly #setAverage: (value: string) => void;
  readonly #setSamples: (value: number) => void;
  readonly #setSpread: (value: number) => void;

  constructor(onChoice: (some: Partial<Smoothing>, isSliding: boolean) => void) {
    this.#setSmoothed = radios('smoothed', (value) => onChoice({ smoothed: value === 'yes' }, false));
    this.#setAverage = radios('average', (value) => onChoice({ squared: value === 'squared' }, false));
    this.#setSamples = slider(
      byId('samples-count', HTMLInputElement),
      byId('samples-text', HTMLOutputElement),
      String,
      (samples) => onChoice({ samples }, true),
    );
    this.#setSpread = slider(
      byId('spread', HTMLInputElement),
      byId('spread-text', HTMLOutputElement),
      (spread) => `${Math.round(100 * spread)} % of the range`,
      (spread) => onChoice({ spread }, true),
    );
  }

  select({ smoothed, samples, spread, squared }: Smoothing): void {
    this.#setSmoothed(smoothed ? 'yes' : 'no');
    this.#setAverage(squared ? 'squared' : 'signed');
    this.#setSamples(samples);
    this.#setSpread(spread);
    this.#panel.hidden = !smoothed;
  }
}
