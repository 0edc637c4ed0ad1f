// Checks of options, shared by everything that takes some.

import { invalidOption } from './errors.js';

/** `value`, if it is one of `allowed`. */
export function oneOf<const T extends string>(value: string, allowed: readonly T[], name: string): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const meant = closest(value, allowed);
  throw invalidOption(`${name}: '${value}' is not known`, {
    expected: allowed.map((word) => `'${word}'`).join(', '),
    actual: `'${value}'`,
    remedy: meant === undefined ? `Use one of them.` : `Did you mean '${meant}'?`,
  });
}

/** Throws for keys that nobody reads. */
export function rejectUnknown(options: object, known: readonly string[], name: string): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const meant = closest(key, known);
    throw invalidOption(`${name} has no option '${key}'`, {
      expected: known.join(', '),
      actual: key,
      remedy: meant === undefined ? 'Remove it.' : `Did you mean '${meant}'?`,
    });
  }
}

/** `value`, if it is a finite number of the range. */
export function numberIn(value: unknown, low: number, high: number, name: string): number {
  if (typeof value === 'number' && value >= low && value <= high) return value;
  throw invalidOption(`${name} is out of range`, {
    expected: `a number from ${low} to ${high}`,
    actual: String(value),
  });
}

/** `value`, if it is a whole number of the range. */
export function wholeIn(value: unknown, low: number, high: number, name: string): number {
  if (Number.isInteger(value)) return numberIn(value, low, high, name);
  throw invalidOption(`${name} is not a whole number`, {
    expected: `a whole number from ${low} to ${high}`,
    actual: String(value),
  });
}

// The candidate that differs by the fewest edits, if that is a third of the word at most.
function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.floor(word.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; ++i) {
    const next = [i];
    for (let j = 1; j <= b.length; ++j) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
