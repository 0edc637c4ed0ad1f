// Several methods and several targets of one image at once.

import { invalidOption } from './errors.js';
import type { Mask } from './mask.js';
import type { MethodTensors, SaliencyMethod, Smoothed, SmoothOptions } from './method.js';
import { type MethodName, methodNames } from './method-names.js';
import type * as methods from './methods.js';
import { backend, type ImageInput, type Model, type ProgressOptions, plainInput } from './model.js';
import { oneOf, rejectUnknown } from './options.js';
import { type Preset, withPreset } from './presets.js';
import { plainTarget, type ScoreKind, type Target, type TargetOptions } from './target.js';
import type { Tensors } from './tensor.js';

/** The options of the method with this name. */
export type OptionsOf<Name extends MethodName> =
  InstanceType<(typeof methods)[Name]> extends SaliencyMethod<infer Options> ? Options : never;

interface CallOf<Name extends MethodName> {
  readonly method: Name;
  /** Of the method; in a smoothed call SmoothGrad's, too. */
  readonly options?: OptionsOf<Name> | (SmoothOptions & Smoothed<OptionsOf<Name>>);
  /** As `getSmoothedMask` instead of `getMask`. Default false. */
  readonly smoothed?: boolean;
  /** Whose defaults to take. */
  readonly preset?: Preset;
}

/** A method by its name, or with options: `{ method: 'IntegratedGradients', options: { steps: 50 } }`. */
export type MethodCall = MethodName | { [Name in MethodName]: CallOf<Name> }[MethodName];

/** What {@link explain} takes. */
export interface ExplainOptions extends ProgressOptions, MethodTensors {
  readonly methods: readonly MethodCall[];
  /** Each a class index, a contrast or weights, or `{ target, of }` with a kind of score of its own. */
  readonly targets: readonly (Target | TargetOptions)[];
  /** Of the targets that do not say. Default 'logit'. */
  readonly of?: ScoreKind;
  /** Tensors of the model's further inputs. */
  readonly feeds?: Tensors;
  /** Of all random numbers, 0 … 2^53 − 1. Default: drawn, and named in the masks. */
  readonly seed?: number;
}

/** Maps by method and target. */
export interface Explanation {
  /** `masks[m][t]` is the map of `methods[m]` for `targets[t]`. The timings are those of the whole. */
  readonly masks: readonly (readonly Mask[])[];
  /**
   * Inputs that really went through the network, forwards and backwards. The masks' `evaluations` say what each would
   * have cost alone.
   */
  readonly passes: { readonly forward: number; readonly backward: number };
}

const kOptions = ['methods', 'targets', 'of', 'y', 'x', 'feeds', 'seed', 'signal', 'onProgress'] as const;

/**
 * Maps of several methods for several targets of one image. What they have in common is computed once: methods of one
 * gradient (and class activation maps) share one forward pass for all targets; the targets of sampling and path methods
 * share the forward pass of each sample, and scores are looked up wherever they are known.
 *
 * @throws SaliencyError as `getMask` does, before anything is computed where options are wrong.
 * @example
 * ```ts
 * const { masks } = await explain(model, image, {
 *   methods: ['VanillaGradients', 'GradCam', { method: 'IntegratedGradients', options: { steps: 50 } }],
 *   targets: [207, { contrast: [207, 208] }, { target: 207, of: 'log-probability' }],
 * });
 * ```
 */
export async function explain(model: Model, image: ImageInput, options: ExplainOptions): Promise<Explanation> {
  rejectUnknown(options, kOptions, 'explain');
  const calls = notEmpty(options.methods, 'methods').map(plainCall);
  const asked = notEmpty(options.targets, 'targets').map((target) => targetOptions(target, options.of));
  const targets = asked.map(plainTarget);
  const { y = '', x = '', feeds = {}, seed, signal, onProgress } = options;
  const { input, transfer } = await plainInput(image);
  const request = { methods: calls, targets, input, y, x, feeds, seed };
  const { masks, passes } = await backend(model).call('explainAll', request, { signal, onProgress }, transfer);
  const rows = calls.map((call, m) =>
    asked.map(({ target, of = 'logit' }, t): Mask => {
      const mask = masks[m * asked.length + t];
      if (mask === undefined) throw new Error('a map is missing');
      return { ...mask, target, of, options: call.options };
    }),
  );
  return { masks: rows, passes };
}

function plainCall(call: MethodCall) {
  if (typeof call === 'string') return { method: oneOf(call, methodNames, 'methods'), smoothed: false, options: {} };
  rejectUnknown(call, ['method', 'options', 'smoothed', 'preset'], 'A method of explain');
  const method = oneOf(call.method, methodNames, 'methods');
  const smoothed = call.smoothed ?? false;
  return { method, smoothed, options: withPreset(call.preset, method, smoothed, { ...call.options }) };
}

function targetOptions(target: Target | TargetOptions, of: ScoreKind | undefined): TargetOptions {
  const own = typeof target === 'object' && target !== null && 'target' in target ? target : { target };
  if (own.of !== undefined || of === undefined) return own;
  return { ...own, of };
}

function notEmpty<T>(list: readonly T[], name: string): readonly T[] {
  if (Array.isArray(list) && list.length > 0) return list;
  throw invalidOption(`explain was given no ${name}`, {
    expected: `a list of ${name}`,
    actual: Array.isArray(list) ? 'an empty list' : String(list),
    remedy: `Name at least one of the ${name}.`,
  });
}
