// The few helpers that stand in for a framework.

/** The element with this id. Throws where the page has none of this type. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`The page has no ${type.name} '#${id}'.`);
}

type Child = Node | string;

/** A new element with attributes (`true` stands for an empty one, `false` and undefined for none) and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/** A name, then what it stands for, for a <dl>. */
export function entry(name: string, ...value: Child[]): HTMLElement {
  return make('div', { class: 'entry' }, make('dt', {}, name), make('dd', {}, ...value));
}

/** A slider with its name and its value as text. */
export function slider(
  input: HTMLInputElement,
  output: HTMLOutputElement,
  text: (value: number) => string,
  onInput: (value: number) => void,
): (value: number) => void {
  const show = () => {
    const value = Number(input.value);
    output.value = text(value);
    input.setAttribute('aria-valuetext', output.value);
    const [low, high] = [Number(input.min), Number(input.max)];
    input.style.setProperty('--filled', `${(100 * (value - low)) / (high - low)}%`);
  };
  input.addEventListener('input', () => {
    show();
    onInput(Number(input.value));
  });
  return (value) => {
    input.value = String(value);
    show();
  };
}

/** The radio buttons with this name: calls back with the chosen value, returns a function that chooses one. */
export function radios(name: string, onChoice: (value: string) => void): (value: string) => void {
  const all = () => document.querySelectorAll<HTMLInputElement>(`input[type=radio][name='${name}']`);
  document.addEventListener('change', ({ target }) => {
    if (target instanceof HTMLInputElement && target.name === name && target.checked) onChoice(target.value);
  });
  return (value) => {
    for (const radio of all()) radio.checked = radio.value === value;
  };
}
