// What the network said, and which class is explained.

import type { Prediction } from '../saliency-wasm/index.js';
import { byId, make, radios } from './dom.js';
import { percent } from './text.js';

const bars = 5;

export interface TargetChoice {
  /** undefined: the most probable. */
  readonly target: number | undefined;
  readonly against: number | undefined;
}

export class PredictionPanel {
  readonly #guesses = byId('guesses', HTMLDivElement);
  readonly #target = byId('target', HTMLSelectElement);
  readonly #against = byId('against', HTMLSelectElement);
  readonly #chooseGuess: (index: string) => void;

  constructor(onChoice: (choice: TargetChoice) => void) {
    const chosen = () => onChoice({ target: indexIn(this.#target), against: indexIn(this.#against) });
    this.#chooseGuess = radios('guess', (index) => {
      this.#target.value = index;
      chosen();
    });
    this.#target.addEventListener('change', chosen);
    this.#against.addEventListener('change', chosen);
  }

  /** All classes, best first. */
  show(predictions: readonly Prediction[]): void {
    this.#guesses.replaceChildren(...predictions.slice(0, bars).map(bar));
    const [best] = predictions;
    const sorted = [...predictions].sort((a, b) => a.index - b.index);
    const options = () => sorted.map((one) => make('option', { value: one.index }, named(one)));
    this.#target.replaceChildren(
      make('option', { value: '' }, best === undefined ? 'The best' : `Best: ${named(best)}`),
      ...options(),
    );
    this.#against.replaceChildren(make('option', { value: '' }, 'Nothing else'), ...options());
  }

  select({ target, against }: TargetChoice, best: Prediction | undefined): void {
    this.#target.value = String(target ?? '');
    this.#against.value = String(against ?? '');
    this.#chooseGuess(String(target ?? best?.index ?? ''));
  }
}

/** "cat", or "class 8" where the names are not known. */
export function named({ index, label }: Prediction): string {
  return label === String(index) ? `class ${index}` : label;
}

function bar(guess: Prediction): HTMLElement {
  const filled = make('span', { class: 'bar' });
  filled.style.setProperty('--share', String(guess.probability));
  return make(
    'label',
    { class: 'guess' },
    make('input', { type: 'radio', name: 'guess', value: guess.index }),
    make(
      'span',
      { class: 'guess-face' },
      make('span', { class: 'guess-name' }, named(guess)),
      make('span', { class: 'guess-share' }, percent(guess.probability)),
      filled,
    ),
  );
}

function indexIn(select: HTMLSelectElement): number | undefined {
  return select.value === '' ? undefined : Number(select.value);
}
