// The defaults of other libraries, as options of this one. A preset sets options and nothing else: options that are
// given win over it.

import { invalidOption } from './errors.js';
import type { MethodName } from './method-names.js';
import { oneOf } from './options.js';

/** Whose defaults to take. */
export type Preset = 'captum' | 'xplique' | 'tf-keras-vis' | 'zennit';

type PlainOptions = Readonly<Record<string, unknown>>;

interface PresetTable {
  /** Of `getSmoothedMask`. */
  readonly smoothing?: PlainOptions;
  /** Options of `getSmoothedMask` for which the library has no default of its own. */
  readonly smoothingNeeds?: readonly string[];
  readonly methods: Readonly<Partial<Record<MethodName, PlainOptions>>>;
}

/**
 * What each preset sets.
 *
 * - SmoothGrad. captum: σ = 1 in the model's values, 5 samples, their mean. xplique: σ = 0.2, 50. zennit: σ = 0.1 of the
 *   image's range, 20. tf-keras-vis: 0.2 of the range, the mean of absolute values; it has no number of samples.
 * - Integrated gradients. captum: 50 points, Gauss–Legendre. xplique: 50, trapezoid. zennit: 20 at 1/n … 1.
 * - DeepLIFT. captum: max pools look at the image's winner only.
 */
export const presets: Readonly<Record<Preset, PresetTable>> = {
  captum: {
    smoothing: { stdev: 1, samples: 5, reduce: 'mean' },
    methods: {
      IntegratedGradients: { steps: 50, rule: 'gauss-legendre', baseline: 'zero' },
      DeepLift: { compat: 'captum', baseline: 'zero' },
    },
  },
  xplique: {
    smoothing: { stdev: 0.2, samples: 50, reduce: 'mean' },
    methods: { IntegratedGradients: { steps: 50, rule: 'trapezoid', baseline: 'zero' } },
  },
  'tf-keras-vis': {
    smoothing: { stdevSpread: 0.2, reduce: 'magnitude' },
    smoothingNeeds: ['samples'],
    methods: {},
  },
  zennit: {
    smoothing: { stdevSpread: 0.1, samples: 20, reduce: 'mean' },
    methods: { IntegratedGradients: { steps: 20, rule: 'right', baseline: 'zero' } },
  },
};

/** Given together with one of these, an option of the preset does not apply: both say the same thing. */
const kInstead: Readonly<Record<string, readonly string[]>> = {
  stdev: ['stdevSpread', 'noise'],
  stdevSpread: ['stdev', 'noise'],
  reduce: ['magnitude'],
};

/**
 * The given options over those of the preset.
 *
 * @internal
 * @throws SaliencyError `INVALID_OPTION` when the preset says nothing about the method, or leaves open what is needed.
 */
export function withPreset(
  preset: Preset | undefined,
  method: MethodName,
  smoothed: boolean,
  given: PlainOptions,
): PlainOptions {
  if (preset === undefined) return given;
  const table = presets[oneOf(preset, Object.keys(presets) as Preset[], 'preset')];
  const own = table.methods[method];
  const smoothing = smoothed ? table.smoothing : undefined;
  if (own === undefined && smoothing === undefined) throw noSuchDefaults(preset, method);
  const missing = smoothed ? table.smoothingNeeds?.find((name) => given[name] === undefined) : undefined;
  if (missing !== undefined) {
    throw invalidOption(`Preset '${preset}' needs the option '${missing}'`, {
      expected: `${missing} in the options: that library smooths only when it is told how often`,
      actual: 'none',
      remedy: `Pass for example {preset: '${preset}', ${missing}: 20}.`,
    });
  }
  const kept = Object.entries({ ...own, ...smoothing }).filter(
    ([name]) => !(kInstead[name] ?? []).some((other) => given[other] !== undefined),
  );
  return { ...Object.fromEntries(kept), ...given };
}

function noSuchDefaults(preset: Preset, method: MethodName): Error {
  const known = Object.keys(presets[preset].methods);
  const expected = [...known, ...(presets[preset].smoothing === undefined ? [] : ['getSmoothedMask of any method'])];
  return invalidOption(`Preset '${preset}' says nothing about ${method}`, {
    expected: expected.join(', '),
    actual: method,
    remedy: 'Leave preset out, and give the options themselves.',
  });
}
