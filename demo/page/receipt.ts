// What came with a map: score, completeness, cost, warnings; and the story of its method.

import type { Mask, Model, Prediction } from '../saliency-wasm/index.js';
import { storyOf, titleOf } from './catalogue.js';
import type { Choices } from './choices.js';
import { byId, entry, make } from './dom.js';
import { named } from './predictions.js';
import { duration, number, percent, shapeText } from './text.js';

export function showReceipt(mask: Mask, model: Model, title: string, target: Prediction | undefined): void {
  const { completeness, seed, timings, evaluations, zeros, notFinite } = mask;
  const rows = [entry('Method', title)];
  if (target !== undefined) {
    rows.push(entry('Class', `${named(target)} (${percent(target.probability)})`));
  }
  rows.push(entry('Score', number(mask.score)));
  if (completeness !== undefined) {
    const { sum, expected, delta } = completeness;
    const share = expected === 0 ? '' : ` (${percent(Math.abs(delta / expected))})`;
    rows.push(
      entry('Sum of the map', number(sum)),
      entry('Should be', number(expected)),
      entry('Gap', `${number(delta)}${share}`),
    );
  }
  rows.push(entry('Map', shapeText(mask.shape)), entry('Runs of the network', String(evaluations)));
  if (zeros > 0) rows.push(entry('Exactly zero', percent(zeros)));
  if (notFinite > 0) rows.push(entry('Not finite', percent(notFinite)));
  if (seed !== undefined) rows.push(entry('Seed', String(seed)));
  rows.push(
    entry('Time', `${duration(timings.total)}, computing ${duration(timings.compute)}`),
    entry('Computed by', `${model.backend}, ${threadsText(model.threads)}`),
  );
  byId('receipt', HTMLDListElement).replaceChildren(...rows);
  byId('warnings', HTMLUListElement).replaceChildren(...mask.warnings.map((text) => make('li', {}, text)));
}

/** "SIMD, relaxed · 4 threads" */
export function buildText({ backend, threads }: Model): string {
  return `WebAssembly SIMD${backend.includes('relaxed') ? ', relaxed' : ''} · ${threadsText(threads)}`;
}

function threadsText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

export function showStory({ method, smoothed, squared, view }: Choices, targetName: string): void {
  const story = storyOf(method);
  const parts = [
    make('p', { class: 'lead' }, make('b', {}, titleOf(method, smoothed)), ` for “${targetName}”. ${story.sentence}`),
    make('p', {}, story.reading),
  ];
  if (smoothed) {
    const what = squared ? 'the squares of the maps' : 'the maps';
    parts.push(make('p', {}, `Smoothed: ${what} of many noisy copies are averaged, so that chance detail fades.`));
  }
  if (view === 'sign') {
    const text =
      smoothed && squared
        ? 'Squares have no sign, so nothing can speak against the class here: choose “Signed maps” for that.'
        : 'One colour speaks for the class, the other against it.';
    parts.push(make('p', {}, text));
  }
  if (story.weakness) parts.push(make('p', { class: 'weakness' }, story.weakness));
  if (story.source) parts.push(make('p', { class: 'source' }, story.source));
  byId('about', HTMLDivElement).replaceChildren(...parts);
}
