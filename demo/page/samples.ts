// The strip of pictures: the samples, and the visitor's own one.

import { byId, make, radios } from './dom.js';

export interface Sample {
  readonly file: string;
  readonly label: string;
  /** x, y, width, height of the object in the picture's pixels. */
  readonly box: readonly [number, number, number, number];
}

const own = '';
const folder = 'samples/';

export const nameOf = ({ file }: Sample): string => file.replace(/\.\w+$/, '');

/** Shows the strip; `onPick` gets a sample, or undefined for the visitor's picture. */
export class SampleStrip {
  readonly samples: readonly Sample[];
  readonly #strip = byId('samples', HTMLDivElement);
  readonly #choose: (name: string) => void;
  #own: HTMLImageElement | undefined;

  static async load(onPick: (sample: Sample | undefined) => void): Promise<SampleStrip> {
    const response = await fetch(`${folder}samples.json`);
    return new SampleStrip(await response.json(), onPick);
  }

  private constructor(samples: readonly Sample[], onPick: (sample: Sample | undefined) => void) {
    this.samples = samples;
    for (const sample of samples) this.#add(nameOf(sample), `${folder}${sample.file}`, sample.label);
    this.#choose = radios('sample', (name) => onPick(this.find(name)));
  }

  find(name: string): Sample | undefined {
    return this.samples.find((sample) => nameOf(sample) === name);
  }

  async open(sample: Sample): Promise<Blob> {
    return (await fetch(`${folder}${sample.file}`)).blob();
  }

  select(name: string): void {
    this.#choose(name);
    const chosen = this.#strip.querySelector<HTMLElement>('input:checked + .thumb');
    if (chosen === null) return;
    // Scrolls the strip, not the page.
    const [strip, thumb] = [this.#strip.getBoundingClientRect(), chosen.getBoundingClientRect()];
    if (thumb.left >= strip.left && thumb.right <= strip.right) return;
    this.#strip.scrollLeft += thumb.left - strip.left - strip.width / 3;
  }

  /** Puts the visitor's picture in front, and selects it. */
  showOwn(picture: Blob, name: string): void {
    if (this.#own === undefined) this.#own = this.#add(own, '', name, true);
    else URL.revokeObjectURL(this.#own.src);
    this.#own.src = URL.createObjectURL(picture);
    this.#own.alt = name;
    this.select(own);
  }

  #add(name: string, src: string, label: string, inFront = false): HTMLImageElement {
    const image = make('img', { src, alt: label, width: 72, height: 72, draggable: 'false' });
    const input = make('input', { type: 'radio', name: 'sample', value: name });
    const item = make('label', { class: 'sample', title: label }, input, make('span', { class: 'thumb' }, image));
    if (inFront) this.#strip.prepend(item);
    else this.#strip.append(item);
    return image;
  }
}
