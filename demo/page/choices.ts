// Everything that the visitor can choose, as plain data, and how the address keeps it.

import { type MethodName, methodNames } from '../saliency-wasm/index.js';
import { storyOf } from './catalogue.js';
import type { Field } from './stories/story.js';

export type View = 'strength' | 'sign';

export interface Choices {
  /** Name of the sample; empty for the visitor's own picture. */
  sample: string;
  /** The explained class; undefined: the most probable. */
  target: number | undefined;
  /** Explain what speaks for the target rather than for this class. */
  against: number | undefined;
  method: MethodName;
  /** Of the method's options those that differ from the page's start. */
  options: Readonly<Record<string, string | number>>;
  smoothed: boolean;
  samples: number;
  spread: number;
  /** Of random numbers; undefined: another one each time. */
  seed: number | undefined;
  /** Average squares instead of signed maps. */
  squared: boolean;
  view: View;
  percentile: number;
  /** Key of `colors.ts`; empty: the view's first. */
  colors: string;
  opacity: number;
}

export const start: Readonly<Choices> = {
  sample: 'cat',
  target: undefined,
  against: undefined,
  method: 'VanillaGradients',
  options: {},
  smoothed: true,
  samples: 25,
  spread: 0.15,
  seed: undefined,
  squared: true,
  view: 'strength',
  percentile: 99,
  colors: '',
  opacity: 0.85,
};

/** "#sample=dog&method=GradCam": what differs from the start. */
export function toHash(choices: Choices): string {
  const words = new URLSearchParams();
  const { sample, target, against, method, options, smoothed, samples, spread } = choices;
  const { seed, squared, view, percentile, colors, opacity } = choices;
  if (sample !== '' && sample !== start.sample) words.set('sample', sample);
  if (target !== undefined) words.set('class', String(target));
  if (against !== undefined) words.set('against', String(against));
  if (method !== start.method) words.set('method', method);
  for (const [name, value] of Object.entries(options)) words.set(`option.${name}`, String(value));
  if (!smoothed) words.set('smoothed', 'no');
  if (samples !== start.samples) words.set('samples', String(samples));
  if (spread !== start.spread) words.set('spread', String(spread));
  if (seed !== undefined) words.set('seed', String(seed));
  if (!squared) words.set('average', 'signed');
  if (view !== start.view) words.set('view', view);
  if (percentile !== start.percentile) words.set('percentile', String(percentile));
  if (colors !== '') words.set('colors', colors);
  if (opacity !== start.opacity) words.set('opacity', String(opacity));
  return words.size === 0 ? '' : `#${words}`;
}

/** Reads what `toHash` wrote; leaves out what makes no sense. */
export function fromHash(hash: string): Choices {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const inRange = (name: string, low: number, high: number) => {
    const value = Number(words.get(name) ?? Number.NaN);
    return value >= low && value <= high ? value : undefined;
  };
  const index = (name: string) => {
    const value = inRange(name, 0, 1e9);
    return Number.isInteger(value) ? value : undefined;
  };
  const method = methodNames.find((name) => name === words.get('method')) ?? start.method;
  const options: Record<string, string | number> = {};
  for (const field of storyOf(method).fields) {
    const value = readField(field, words.get(`option.${field.name}`));
    if (value !== undefined && value !== field.initial) options[field.name] = value;
  }
  return {
    sample: words.get('sample') ?? start.sample,
    target: index('class'),
    against: index('against'),
    method,
    options,
    smoothed: words.get('smoothed') !== 'no',
    samples: Math.round(inRange('samples', 1, 1000) ?? start.samples),
    spread: inRange('spread', 0, 1) ?? start.spread,
    seed: index('seed'),
    squared: words.get('average') !== 'signed',
    view: words.get('view') === 'sign' ? 'sign' : 'strength',
    percentile: inRange('percentile', 0, 100) ?? start.percentile,
    colors: words.get('colors') ?? '',
    opacity: inRange('opacity', 0, 1) ?? start.opacity,
  };
}

/** The value of a field from its text; undefined where it is none. */
export function readField(field: Field, text: string | null): string | number | undefined {
  if (text === null || text === '') return undefined;
  if (field.kind === 'layer') return text;
  if (field.kind === 'choice') return field.choices.find(([value]) => value === text)?.[0];
  const value = Number(text);
  return value >= field.low && value <= field.high ? value : undefined;
}

/** All options of the method, as the package takes them. */
export function methodOptions({ method, options }: Choices): Record<string, string | number> {
  const all: Record<string, string | number> = {};
  for (const field of storyOf(method).fields) {
    const value = options[field.name] ?? field.initial;
    if (value !== '') all[field.name] = value;
  }
  return all;
}
