// Runs a job of the core, batch by batch. Between batches the event loop gets its turn, so that an abort or a dispose
// takes effect; progress is reported, and now and then the map so far.

import { type CoreJob, type CoreModel, type CoreModule, type Envelope, unwrap } from './core.js';
import type { Hooks, PreparedInput } from './engine.js';
import type { PartialMask } from './mask.js';
import { planesToPixels } from './tensor.js';
import { turn } from './turn.js';

/** What every job starts from. */
export interface JobContext {
  readonly core: CoreModule;
  readonly model: CoreModel;
  readonly image: PreparedInput;
  /** Aborted, with a `DISPOSED` error, when the model is freed. */
  readonly disposed: AbortSignal;
}

/** The result of a job, and the milliseconds that it took. */
export interface Finished<Result> {
  readonly result: Result;
  readonly timings: { readonly total: number; readonly compute: number };
}

/** What a job has made so far, for those who follow its progress. */
export interface Partials<Result> {
  /** Milliseconds at least between two of them. */
  readonly interval: number;
  readonly of: (job: CoreJob<Result>) => PartialMask | undefined;
}

export async function run<Result>(
  start: () => Envelope<CoreJob<Result>>,
  context: Pick<JobContext, 'disposed'>,
  hooks: Hooks,
  partials?: Partials<Result>,
): Promise<Finished<Result>> {
  const started = performance.now();
  const job = unwrap(start());
  try {
    const compute = await drive(job, context, hooks, partials);
    const result = unwrap(job.result());
    return { result, timings: { total: performance.now() - started, compute } };
  } finally {
    job.delete();
  }
}

// Returns the milliseconds spent computing.
async function drive<Result>(
  job: CoreJob<Result>,
  context: Pick<JobContext, 'disposed'>,
  hooks: Hooks,
  partials: Partials<Result> | undefined,
): Promise<number> {
  let compute = 0;
  let lastPartial = performance.now();
  for (;;) {
    context.disposed.throwIfAborted();
    hooks.signal?.throwIfAborted();
    const before = performance.now();
    const { finished, done, total } = unwrap(job.step());
    const now = performance.now();
    compute += now - before;
    if (finished) return compute;
    if (hooks.onProgress !== undefined) {
      const isDue = partials !== undefined && now - lastPartial >= partials.interval;
      if (isDue) lastPartial = now;
      hooks.onProgress({ done, total, partial: isDue ? partials.of(job) : undefined });
    }
    await turn();
  }
}

/** The map so far; undefined before there is any. */
export function partialMask<Result>(job: CoreJob<Result>, image: PreparedInput): PartialMask | undefined {
  const { data, shape, steps } = unwrap(job.partial());
  return data.length === 0 ? undefined : { ...arranged(data, shape, image), steps };
}

/** Maps of pictures have their channels last, whatever the model's layout; those of tensors stay as they are. */
export function arranged(
  data: Float32Array,
  shape: readonly number[],
  image: PreparedInput,
): Omit<PartialMask, 'steps'> {
  const { region, layout, isPicture, isInside } = image;
  if (isInside) return { data, shape, layout: shape.length === 3 ? 'CHW' : 'other', region };
  if (shape.length === 2) return { data, shape, layout: 'HW', region };
  if (shape.length !== 3 || layout === undefined) return { data, shape, layout: 'other', region };
  const [a = 0, b = 0, c = 0] = shape;
  const isPlanes = layout === 'CHW' && shape.every((size, i) => size === image.shape[i]);
  if (!isPicture || !isPlanes) return { data, shape, layout: isPlanes ? 'CHW' : 'HWC', region };
  return { data: planesToPixels(data, a, b, c), shape: [b, c, a], layout: 'HWC', region };
}
