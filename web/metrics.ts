// How good a map is: does the score follow the pixels that it ranks highest, does it predict what changes do, and does
// it stay what it is when the image hardly changes? Numbers to compare maps with, not proofs: each has its weakness.

import type { Baseline, BaselineOptions } from './baseline.js';
import type { Mask } from './mask.js';
import { type MaskOptions, type MethodTensors, type SaliencyMethod, setupOf } from './method.js';
import { backend, type ImageInput, type Model, type ProgressOptions, plainInput } from './model.js';
import { numberIn, rejectUnknown, wholeIn } from './options.js';
import type { MetricRequest } from './requests.js';
import { randomSeed } from './seed.js';
import { plainTarget, type ScoreKind, type TargetOptions } from './target.js';
import { checkTensor, type Tensor, type Tensors } from './tensor.js';

/** What every metric takes: the target whose score it looks at, which should be the map's own. */
export interface MetricOptions extends TargetOptions, ProgressOptions, MethodTensors {
  /** Tensors of the model's further inputs. */
  readonly feeds?: Tensors;
}

/** Options of {@link insertion} and {@link deletion}. */
export interface CurveOptions extends MetricOptions, BaselineOptions {
  /** Parts in which the pixels change. Default 100. */
  readonly steps?: number;
  /** What a pixel is while it is gone; one baseline, the first of several. Default 'zero'. */
  readonly baseline?: Baseline;
}

/** The score while pixels change. */
export interface Curve {
  /** At 0, 1/steps, … 1 of the pixels: `steps + 1` scores. */
  readonly scores: readonly number[];
  /** Under the curve over 0 … 1, by the trapezoidal rule. */
  readonly area: number;
}

/** Options of {@link infidelity} and {@link sensitivity}. */
export interface PerturbationOptions {
  /** Random perturbations. Default 10. */
  readonly samples?: number;
  /** They are uniform within ± this, in the model's own values. Default 0.02. */
  readonly radius?: number;
  /** Of the random numbers. Default: drawn, and named in the result. */
  readonly seed?: number;
  /** Used instead of random ones: [samples, …input]. */
  readonly perturbations?: Tensor;
}

/** How far a map is from predicting the score's changes. */
export interface Infidelity {
  /** Mean square of (Σ map · p − (score(image) − score(image − p))); 0 is perfect. */
  readonly value: number;
  /** The same for the map at its best scale, which makes maps of different units comparable. */
  readonly normalized: number;
  /** Of the random perturbations; undefined when they were given. */
  readonly seed: number | undefined;
}

/** How much a map changes. */
export interface Sensitivity {
  /** The largest ‖map(image + p) − map(image)‖ / ‖map(image)‖. */
  readonly value: number;
  /** Of the random perturbations; undefined when they were given. */
  readonly seed: number | undefined;
}

/** What of a mask a metric reads. */
export type MetricMap = Pick<Mask, 'data' | 'shape' | 'layout'>;

const kCommon = ['target', 'of', 'y', 'x', 'feeds', 'signal', 'onProgress'] as const;
const kBaseline = ['baseline', 'valueRange', 'blurSigma', 'seed'] as const;
const kPerturbation = ['samples', 'radius', 'seed', 'perturbations'] as const;

/**
 * The score while the pixels that the map ranks highest come back to an empty image (Petsiuk et al., 2018). A good map
 * makes it rise early: a large area.
 *
 * @example
 * ```ts
 * const mask = await new GradCam(model).getMask(image, { target: 207 });
 * const { area } = await insertion(model, image, mask, { target: 207, of: 'probability', baseline: 'blur' });
 * ```
 */
export function insertion(model: Model, image: ImageInput, map: MetricMap, options: CurveOptions): Promise<Curve> {
  return curve('insertion', model, image, map, options);
}

/**
 * The score while the pixels that the map ranks highest are taken away (Petsiuk et al., 2018). A good map makes it fall
 * early: a small area. What a removed pixel becomes, `baseline`, is itself something the network may react to.
 */
export function deletion(model: Model, image: ImageInput, map: MetricMap, options: CurveOptions): Promise<Curve> {
  return curve('deletion', model, image, map, options);
}

async function curve(
  kind: 'insertion' | 'deletion',
  model: Model,
  image: ImageInput,
  map: MetricMap,
  options: CurveOptions,
): Promise<Curve> {
  rejectUnknown(options, [...kCommon, ...kBaseline, 'steps'], kind);
  const steps = wholeIn(options.steps ?? 100, 1, 1e6, 'steps');
  const baseline = Object.fromEntries(kBaseline.map((name) => [name, options[name]]));
  const request = { kind, map: plainMap(map), steps, baseline };
  const { scores, value } = await call(model, image, options, request);
  return { scores, area: value };
}

/**
 * How badly the map, as a linear model of the score, predicts what perturbations do (Yeh et al., 2019). For maps of the
 * image's shape that are meant as gradients: integrated gradients of a linear model are not.
 */
export async function infidelity(
  model: Model,
  image: ImageInput,
  map: MetricMap,
  options: MetricOptions & PerturbationOptions,
): Promise<Infidelity> {
  rejectUnknown(options, [...kCommon, ...kPerturbation], 'infidelity');
  const { seed, ...perturbations } = plainPerturbations(options);
  const drawn = seed ?? randomSeed();
  const request = { kind: 'infidelity', map: plainMap(map), ...perturbations, seed: drawn } as const;
  const { value, normalized } = await call(model, image, options, request);
  return { value, normalized, seed: options.perturbations === undefined ? drawn : undefined };
}

/**
 * How much a method's map changes when the image changes by a little (max-sensitivity; Yeh et al., 2019). Small for maps
 * that can be trusted, and also for maps that show nothing. Costs `samples + 1` maps.
 *
 * @param options - `samples`, `radius`, `seed` and `perturbations` of the perturbations; all others are the method's.
 */
export async function sensitivity<Options extends object>(
  method: SaliencyMethod<Options>,
  image: ImageInput,
  options: MaskOptions & PerturbationOptions & Omit<Options, keyof PerturbationOptions>,
): Promise<Sensitivity> {
  const { model, tensors } = setupOf(method);
  const { seed, ...perturbations } = plainPerturbations(options);
  const drawn = seed ?? randomSeed();
  const apart: readonly string[] = [...kCommon, ...kPerturbation];
  const own = Object.fromEntries(Object.entries(options).filter(([name]) => !apart.includes(name)));
  const request = { kind: 'sensitivity', method: method.name, options: own, ...perturbations, seed: drawn } as const;
  const { value } = await call(model, image, { ...options, ...tensors }, request);
  return { value, seed: options.perturbations === undefined ? drawn : undefined };
}

/** Options of {@link informationCurve}. */
export interface InformationOptions extends MetricOptions {
  /** Default 'probability'. */
  readonly of?: ScoreKind;
  /** Shares of the pixels that are shown, highest first. Default: 13 from 0.005 to 0.75. */
  readonly thresholds?: readonly number[];
  /** Share of the pixels, drawn at random, that is shown from the beginning. Default 0.01. */
  readonly randomFraction?: number;
  /** Of these pixels. Default: drawn, and named in the result. */
  readonly seed?: number;
  /** Score of the whole image below which its curve would say nothing. Default 0.8. */
  readonly minPerformance?: number;
  /** Keep the highest score so far. Default true. */
  readonly monotonous?: boolean;
  /** At which the curve is evaluated. Default 1000. */
  readonly points?: number;
}

/** The score against the information that is shown. */
export interface InformationCurve {
  /** Information, as a share of what the whole image has over the random pixels alone. */
  readonly x: readonly number[];
  /** Score, likewise. */
  readonly y: readonly number[];
  /** Under the curve. */
  readonly area: number;
  /** Of the random pixels. */
  readonly seed: number;
}

const kThresholds = [0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.13, 0.21, 0.34, 0.5, 0.75];
const kInformation = ['thresholds', 'randomFraction', 'seed', 'minPerformance', 'monotonous', 'points'] as const;

/**
 * The softmax information curve (SIC; Kapishnikov et al., 2019): the pixels that the map ranks highest are shown sharp in
 * a picture that is otherwise interpolated from a few of its pixels. A good map recovers the score with little
 * information: a large area. The information is an estimate of lossless coding that does not depend on the machine;
 * numbers differ from those of the reference, which measures files of its WebP coder.
 *
 * @throws SaliencyError `INVALID_OPTION` where the image cannot be judged: its score is below `minPerformance`, or it is
 *   recognised without its pixels. Leave such images out.
 */
export async function informationCurve(
  model: Model,
  image: ImageInput,
  map: MetricMap,
  options: InformationOptions,
): Promise<InformationCurve> {
  rejectUnknown(options, [...kCommon, ...kInformation], 'informationCurve');
  const thresholds = options.thresholds ?? kThresholds;
  for (const share of thresholds) numberIn(share, 0, 1, 'thresholds');
  const request = {
    kind: 'information',
    map: plainMap(map),
    thresholds,
    randomFraction: numberIn(options.randomFraction ?? 0.01, 0, 1, 'randomFraction'),
    seed: wholeIn(options.seed ?? randomSeed(), 0, Number.MAX_SAFE_INTEGER, 'seed'),
    minPerformance: numberIn(options.minPerformance ?? 0.8, -1e30, 1e30, 'minPerformance'),
    monotonous: options.monotonous ?? true,
    points: wholeIn(options.points ?? 1000, 1, 1e6, 'points'),
  } as const;
  const result = await call(model, image, { ...options, of: options.of ?? 'probability' }, request);
  return { x: result.places ?? [], y: result.scores, area: result.value, seed: request.seed };
}

type OwnPart<Request> = Request extends unknown ? Omit<Request, 'input' | 'target' | 'y' | 'x' | 'feeds'> : never;

async function call(model: Model, image: ImageInput, options: MetricOptions, own: OwnPart<MetricRequest>) {
  const target = plainTarget(options);
  const { y = '', x = '', feeds = {}, signal, onProgress } = options;
  const { input, transfer } = await plainInput(image);
  const request = { ...own, input, target, y, x, feeds } as MetricRequest;
  return backend(model).call('metric', request, { signal, onProgress }, transfer);
}

function plainMap(map: MetricMap): MetricMap {
  checkTensor(map, 'The mask');
  return { data: map.data, shape: map.shape, layout: map.layout };
}

function plainPerturbations(options: PerturbationOptions) {
  if (options.perturbations !== undefined) checkTensor(options.perturbations, 'perturbations');
  return {
    perturbations: options.perturbations?.data ?? new Float32Array(),
    samples: wholeIn(options.samples ?? 10, 1, 1e6, 'samples'),
    radius: numberIn(options.radius ?? 0.02, 0, 1e6, 'radius'),
    seed: options.seed === undefined ? undefined : wholeIn(options.seed, 0, Number.MAX_SAFE_INTEGER, 'seed'),
  };
}
