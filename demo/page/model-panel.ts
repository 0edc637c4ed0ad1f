// The model in use: what it reads and gives, how pictures become inputs, what its classes are called.

import { type Model, type Preprocess, type PreprocessPreset, SaliencyError } from '../saliency-wasm/index.js';
import { byId, entry, make } from './dom.js';
import { shapeText } from './text.js';

export interface ModelSettings {
  readonly preprocess?: PreprocessPreset;
  readonly labels?: readonly string[];
  readonly inputShape?: readonly number[];
}

export interface ModelFile {
  readonly name: string;
  /** "882 KB" */
  readonly size: string;
  /** The preset was guessed, since the file says nothing. */
  readonly guessed?: Preprocess | undefined;
}

const presets: readonly (readonly [value: PreprocessPreset, label: string])[] = [
  ['imagenet', 'ImageNet: mean and deviation'],
  ['unit', 'Unit: 0 … 1'],
  ['signed', 'Signed: −1 … 1'],
  ['caffe', 'Caffe: BGR, mean colour'],
];

interface Handlers {
  onSettings(settings: ModelSettings): void;
  onBack(): void;
  onProblem(error: unknown, what: string): void;
}

export class ModelPanel {
  readonly #root = byId('model', HTMLDivElement);
  readonly #handlers: Handlers;

  constructor(handlers: Handlers) {
    this.#handlers = handlers;
  }

  show(model: Model, file: ModelFile, settings: ModelSettings, isDemo: boolean): void {
    const { inputs, outputs, labels, layers } = model;
    const facts = make(
      'dl',
      {},
      entry('File', `${file.name}${file.size && ` (${file.size})`}`),
      ...inputs.map(({ name, shape }) => entry('Input', `${name}: ${shapeText(shape)}`)),
      ...outputs.map(({ name, shape }) => entry('Output', `${name}: ${shapeText(shape)}`)),
      entry('Layers', String(layers.length)),
      entry('Class names', labels === undefined ? 'none' : `${labels.length}`),
      entry('Pictures', planText(model)),
    );
    const details = make('details', { open: !isDemo }, make('summary', {}, 'Preprocessing and class names'));
    details.append(...this.#form(file, settings));
    this.#root.replaceChildren(facts, details);
    if (isDemo) return;
    const back = make('button', { type: 'button', class: 'button' }, 'Back to the demo model');
    back.addEventListener('click', () => this.#handlers.onBack());
    this.#root.append(back);
  }

  #form(file: ModelFile, settings: ModelSettings): HTMLElement[] {
    const preset = make(
      'select',
      { id: 'preprocess' },
      make('option', { value: '' }, file.guessed === undefined ? 'As the file says' : 'Not said: ImageNet assumed'),
      ...presets.map(([value, label]) => make('option', { value }, label)),
    );
    preset.value = settings.preprocess ?? '';
    preset.addEventListener('change', () => {
      const { preprocess: _, ...rest } = settings;
      const chosen = presets.find(([value]) => value === preset.value)?.[0];
      this.#handlers.onSettings(chosen === undefined ? rest : { ...rest, preprocess: chosen });
    });

    const input = make('input', { type: 'file', accept: '.txt,.json,.csv', hidden: true, id: 'labels-file' });
    const choose = make('button', { type: 'button', class: 'button', id: 'labels' }, 'Choose class names…');
    choose.addEventListener('click', () => input.click());
    input.addEventListener('change', async () => {
      const names = input.files?.[0];
      if (names === undefined) return;
      try {
        this.#handlers.onSettings({ ...settings, labels: readLabels(await names.text(), names.name) });
      } catch (error) {
        this.#handlers.onProblem(error, names.name);
      }
    });
    return [
      make('div', { class: 'field' }, make('label', { for: 'preprocess' }, 'How pictures become inputs'), preset),
      make(
        'div',
        { class: 'field' },
        make('span', { class: 'field-name' }, 'Class names: a line each, or a JSON list'),
        choose,
        input,
      ),
    ];
  }
}

/** A form that asks for an input's sizes, for a model that leaves them open. */
export function shapeForm(onShape: (shape: readonly number[]) => void): HTMLElement {
  const input = make('input', {
    id: 'input-shape',
    value: '1, 3, 224, 224',
    inputmode: 'numeric',
    autocomplete: 'off',
  });
  const form = make(
    'form',
    { class: 'shape-form' },
    make('label', { for: 'input-shape' }, 'Sizes of the input'),
    input,
    make('button', { class: 'button strong' }, 'Try again'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    onShape((input.value.match(/\d+/g) ?? []).map(Number));
  });
  return form;
}

/** Names of classes from a text (a line each) or JSON (a list, or an object by index). */
export function readLabels(text: string, name: string): readonly string[] {
  const labels = /^\s*[[{]/.test(text) ? jsonLabels(text) : text.split(/\r?\n/).map((line) => line.trim());
  while (labels?.at(-1) === '') labels.pop();
  if (labels !== undefined && labels.length > 0) return labels;
  throw new SaliencyError('INVALID_OPTION', `${name} holds no names of classes`, {
    expected: 'a text with a name a line, or a JSON list of names',
    actual: text.trim() === '' ? 'an empty file' : `“${text.trim().slice(0, 40)}…”`,
    remedy: 'Choose another file. The names go by their order, the first is class 0.',
  });
}

function jsonLabels(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.map(String);
    if (typeof value !== 'object' || value === null) return undefined;
    // {"0": ["n01440764", "tench"], …} or {"0": "tench", …}
    return Object.entries(value)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([, entry]) => String(Array.isArray(entry) ? entry.at(-1) : entry));
  } catch {
    return undefined;
  }
}

function planText({ preprocessing }: Model): string {
  if (preprocessing === undefined) return 'no picture input';
  const { width, height, order, resize, mean, std } = preprocessing;
  const rounded = (values: readonly number[]) => values.map((value) => Number(value.toFixed(3))).join(', ');
  return `${width} × ${height} ${order}, ${resize}; mean ${rounded(mean)}; deviation ${rounded(std)}`;
}
