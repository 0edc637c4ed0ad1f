// What the page tells about a method, and which of its options it offers as form fields.

/** An option of a method; `initial` is what the page starts with, which need not be the package's default. */
export type Field =
  | {
      readonly kind: 'number';
      readonly name: string;
      readonly label: string;
      readonly initial: number;
      readonly low: number;
      readonly high: number;
      readonly step: number;
    }
  | {
      readonly kind: 'choice';
      readonly name: string;
      readonly label: string;
      readonly initial: string;
      readonly choices: readonly (readonly [value: string, label: string])[];
    }
  /** A layer of the loaded model; empty: the method's own choice. */
  | { readonly kind: 'layer'; readonly name: string; readonly label: string; readonly initial: '' };

export const families = [
  'Gradients',
  'Paths',
  'Backpropagation rules',
  'Class activation',
  'Perturbation',
  'Regions',
] as const;
export type Family = (typeof families)[number] | 'Further';

export interface Story {
  readonly title: string;
  readonly family: Family;
  /** One sentence: what is computed. */
  readonly sentence: string;
  /** What the colours mean. */
  readonly reading: string;
  readonly weakness: string;
  readonly source: string;
  readonly fields: readonly Field[];
  /** Takes so many runs that the page does not smooth it unasked. */
  readonly costly?: true;
  /** Takes a seed of its own. */
  readonly random?: true;
}

/** Stories by the name of their method. */
export type Stories = Readonly<Record<string, Story>>;

export function count(name: string, label: string, initial: number, high: number, low = 1): Field {
  return { kind: 'number', name, label, initial, low, high, step: 1 };
}

export function filling(name: string, label: string, initial = 'zero'): Field {
  return {
    kind: 'choice',
    name,
    label,
    initial,
    choices: [
      ['zero', 'Zero'],
      ['mean', 'Mean of the image'],
      ['black', 'Black'],
      ['white', 'White'],
      // A path may start at several pictures; a hole has one filling.
      ...(name === 'baseline' ? [['black,white', 'Black and white'] as const] : []),
      ['blur', 'Blurred image'],
      ['noise', 'Noise'],
    ],
  };
}

export const steps = (initial: number): Field => count('steps', 'Steps', initial, 400);
export const baseline = filling('baseline', 'Baseline');
export const layer: Field = { kind: 'layer', name: 'layer', label: 'Layer', initial: '' };
