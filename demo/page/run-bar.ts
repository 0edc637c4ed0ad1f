// What is being computed, how far it is, how long it took, and how to stop it.

import { byId } from './dom.js';
import { duration } from './text.js';

export class RunBar {
  readonly #status = byId('status', HTMLSpanElement);
  // Changes often: not for screen readers, which have the progress bar.
  readonly #live = byId('live', HTMLSpanElement);
  readonly #progress = byId('progress', HTMLProgressElement);
  readonly #cancel = byId('cancel', HTMLButtonElement);

  constructor(onCancel: () => void) {
    this.#cancel.addEventListener('click', onCancel);
    addEventListener('keydown', ({ key }) => {
      if (key === 'Escape' && !this.#cancel.disabled) onCancel();
    });
  }

  start(what: string): void {
    this.#status.textContent = `${what} …`;
    this.#live.textContent = '';
    this.#progress.value = 0;
    this.#setBusy(true);
  }

  progress(done: number, total: number, text: (value: number) => string = String): void {
    if (total > 0) this.#progress.value = Math.min(1, done / total);
    else this.#progress.removeAttribute('value');
    this.#live.textContent = total > 0 ? `${text(done)} of ${text(total)}` : text(done);
  }

  finish(what: string, milliseconds: number): void {
    this.end(`${what}: ${duration(milliseconds)}`);
    this.#progress.value = 1;
  }

  end(text: string): void {
    this.#status.textContent = text;
    this.#live.textContent = '';
    this.#progress.value = 0;
    this.#setBusy(false);
  }

  showBuild(text: string): void {
    const build = byId('build', HTMLParagraphElement);
    build.lastChild?.replaceWith(` ${text}`);
    build.classList.add('ready');
  }

  #setBusy(busy: boolean): void {
    // A disabled button loses the focus, and with it the keyboard's place.
    if (!busy && document.activeElement === this.#cancel) byId('results', HTMLElement).focus({ preventScroll: true });
    this.#cancel.disabled = !busy;
    this.#progress.classList.toggle('busy', busy);
  }
}
