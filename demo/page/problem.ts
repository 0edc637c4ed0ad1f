// A friendly panel for what went wrong. The page goes on with what it had.

import { SaliencyError } from '../saliency-wasm/index.js';
import { byId, entry, make } from './dom.js';

const headings: Readonly<Record<string, string>> = {
  MODEL_INVALID: 'This model cannot be read',
  UNSUPPORTED_OPERATOR: 'This model uses something that is not supported',
  SHAPE_MISMATCH: 'The sizes do not fit',
  TARGET_OUT_OF_RANGE: 'There is no such class',
  NO_GRADIENT: 'There is no gradient to follow',
  INVALID_OPTION: 'That does not work',
  OUT_OF_MEMORY: 'Not enough memory',
  DISPOSED: 'The model is gone',
  WASM_LOAD: 'The WebAssembly core could not be started',
};

export class ProblemPanel {
  readonly #panel = byId('problem', HTMLDivElement);

  /** `what` names the thing that failed: a file, or what was being done. */
  show(error: unknown, what: string, remedy?: HTMLElement): void {
    const { code, message, expected, actual, remedy: advice } = described(error);
    const close = make('button', { type: 'button', class: 'button' }, 'Close');
    close.addEventListener('click', () => this.hide());
    const details = [entry('Where', what)];
    if (expected) details.push(entry('Expected', expected));
    if (actual) details.push(entry('Found', actual));
    if (advice) details.push(entry('What helps', advice));
    this.#panel.replaceChildren(
      make(
        'div',
        { class: 'problem-head' },
        make('h2', {}, headings[code] ?? 'Something went wrong'),
        make('code', { class: 'code' }, code),
        close,
      ),
      make('p', { class: 'problem-message' }, message),
      make('dl', {}, ...details),
      ...(remedy ? [remedy] : []),
    );
    this.#panel.hidden = false;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#panel.scrollIntoView({ block: 'nearest', behavior: calm ? 'auto' : 'smooth' });
  }

  hide(): void {
    // Where the focus was inside, it must not fall to the start of the page.
    const hadFocus = this.#panel.contains(document.activeElement);
    this.#panel.hidden = true;
    this.#panel.replaceChildren();
    if (hadFocus) byId('open', HTMLButtonElement).focus();
  }
}

function described(error: unknown) {
  if (error instanceof SaliencyError) return error.toJSON();
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof Error ? error.name : 'Error', message, expected: '', actual: '', remedy: '' };
}
