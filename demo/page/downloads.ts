// The map as files: pictures as shown, and the numbers.

import type { Mask } from '../saliency-wasm/index.js';
import { byId } from './dom.js';
import type { Stage } from './stage.js';

export class Downloads {
  readonly #buttons: readonly HTMLButtonElement[];
  #mask: Mask | undefined;
  #name = '';

  constructor(stage: Stage) {
    const button = (id: string, onClick: () => void) => {
      const element = byId(id, HTMLButtonElement);
      element.addEventListener('click', onClick);
      return element;
    };
    this.#buttons = [
      button('save-map', () => stage.map.toBlob((blob) => save(blob, `${this.#name}-map.png`))),
      button('save-overlay', () => stage.overlay.toBlob((blob) => save(blob, `${this.#name}-overlay.png`))),
      button('save-json', () => this.#saveJson()),
    ];
  }

  offer(mask: Mask, name: string): void {
    this.#mask = mask;
    this.#name = name.replace(/\.\w+(?=-)/, '').replace(/[^\w-]+/g, '-');
    for (const button of this.#buttons) button.disabled = false;
  }

  withdraw(): void {
    this.#mask = undefined;
    for (const button of this.#buttons) button.disabled = true;
  }

  #saveJson(): void {
    if (this.#mask === undefined) return;
    const plain = (_: string, value: unknown) => (value instanceof Float32Array ? Array.from(value) : value);
    save(new Blob([JSON.stringify(this.#mask, plain)], { type: 'application/json' }), `${this.#name}.json`);
  }
}

function save(blob: Blob | null, name: string): void {
  if (blob === null) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has taken the address over by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
