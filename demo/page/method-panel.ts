// The choice of a method, with its sentence and its options.

import { type MethodName, methodNames, type TensorInfo } from '../saliency-wasm/index.js';
import { storyOf } from './catalogue.js';
import { readField } from './choices.js';
import { byId, entry, make, radios } from './dom.js';
import { type Field, families } from './stories/story.js';

type Options = Readonly<Record<string, string | number>>;

export class MethodPanel {
  readonly #options = byId('options', HTMLDivElement);
  readonly #sentence = byId('sentence', HTMLParagraphElement);
  readonly #onOptions: (options: Options) => void;
  readonly #choose: (name: string) => void;
  #layers: readonly TensorInfo[] = [];
  // Whose options are shown.
  #shown: MethodName | undefined;

  constructor(onMethod: (name: MethodName) => void, onOptions: (options: Options) => void) {
    this.#onOptions = onOptions;
    const groups = [...families, 'Further'].map((family) => ({
      family,
      names: methodNames.filter((name) => storyOf(name).family === family),
    }));
    byId('methods', HTMLDivElement).replaceChildren(
      ...groups.filter(({ names }) => names.length > 0).map(({ family, names }) => group(family, names)),
    );
    byId('all-methods', HTMLDivElement).replaceChildren(...groups.flatMap(({ names }) => names.map(summary)));
    this.#choose = radios('method', (value) => {
      const name = methodNames.find((known) => known === value);
      if (name !== undefined) onMethod(name);
    });
  }

  /** Layers that class activation maps can look at. */
  setLayers(layers: readonly TensorInfo[]): void {
    this.#layers = layers.filter(({ shape }) => shape.length === 4 && shape.slice(2).some((size) => size > 1));
    this.#shown = undefined;
  }

  select(name: MethodName, options: Options): void {
    this.#choose(name);
    this.#sentence.textContent = storyOf(name).sentence;
    // Fields in use keep their focus.
    if (this.#shown !== name) this.#options.replaceChildren(...storyOf(name).fields.map((field) => this.#field(field)));
    this.#shown = name;
    for (const { name: key, initial } of storyOf(name).fields) {
      const control = this.#control(key);
      if (control !== undefined && document.activeElement !== control) control.value = String(options[key] ?? initial);
    }
    this.#check(name);
  }

  #control(key: string): HTMLInputElement | HTMLSelectElement | undefined {
    return this.#options.querySelector<HTMLInputElement | HTMLSelectElement>(`#option-${key}`) ?? undefined;
  }

  #field(field: Field): HTMLElement {
    const id = `option-${field.name}`;
    const control = field.kind === 'number' ? numberInput(field, id) : make('select', { id });
    if (field.kind === 'choice') {
      control.append(...field.choices.map(([value, label]) => make('option', { value }, label)));
    } else if (field.kind === 'layer') {
      control.append(make('option', { value: '' }, 'The last with several places'));
      control.append(...this.#layers.map(({ name, type }) => make('option', { value: name }, `${name} (${type})`)));
    }
    control.addEventListener('change', () => this.#changed());
    return make('div', { class: 'field' }, make('label', { for: id }, field.label), control);
  }

  #changed(): void {
    if (this.#shown === undefined) return;
    const options: Record<string, string | number> = {};
    for (const field of storyOf(this.#shown).fields) {
      const value = readField(field, this.#control(field.name)?.value ?? null);
      if (value !== undefined && value !== field.initial) options[field.name] = value;
    }
    if (this.#check(this.#shown)) this.#onOptions(options);
  }

  // Numbers out of range are marked, and not used.
  #check(name: MethodName): boolean {
    let valid = true;
    for (const field of storyOf(name).fields) {
      const control = this.#control(field.name);
      if (control === undefined) continue;
      const isValid = control.value === '' || control.checkValidity();
      control.toggleAttribute('aria-invalid', !isValid);
      valid &&= isValid;
    }
    return valid;
  }
}

function numberInput(field: Extract<Field, { kind: 'number' }>, id: string): HTMLInputElement {
  return make('input', { id, type: 'number', inputmode: 'decimal', min: field.low, max: field.high, step: field.step });
}

function group(family: string, names: readonly MethodName[]): HTMLElement {
  const chips = names.map((name) => {
    const { title, sentence } = storyOf(name);
    return make(
      'label',
      { class: 'chip', title: sentence },
      make('input', { type: 'radio', name: 'method', value: name }),
      make('span', {}, title),
    );
  });
  return make(
    'div',
    { class: 'family', role: 'group', 'aria-label': family },
    make('span', { class: 'family-name', 'aria-hidden': 'true' }, family),
    make('div', { class: 'chips' }, ...chips),
  );
}

function summary(name: MethodName): HTMLElement {
  const { title, sentence, weakness, source } = storyOf(name);
  return make(
    'dl',
    { class: 'summary' },
    entry(
      title,
      sentence,
      ...(weakness ? [make('p', { class: 'weakness' }, weakness)] : []),
      make('small', {}, source),
    ),
  );
}
