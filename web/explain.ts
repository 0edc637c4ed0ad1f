// Runs one method of the core, batch by batch. Between batches the event loop gets its turn, so that an abort or a
// dispose takes effect; progress is reported, and now and then the map so far.

import type { CoreJob, CoreMask, CoreMethodInfo, CoreModel, CoreModule } from './core.js';
import { unwrap } from './core.js';
import type { Hooks, PreparedInput } from './engine.js';
import type { MaskLayout, MaskResult, PartialMask } from './mask.js';
import type { ExplainRequest } from './requests.js';
import { randomSeed } from './seed.js';
import { checkTensor, planesToPixels } from './tensor.js';
import { turn } from './turn.js';

// A partial map costs a copy, and nobody sees more than a few a second.
const kPartialMilliseconds = 100;

export interface ExplainContext {
  readonly core: CoreModule;
  readonly model: CoreModel;
  readonly image: PreparedInput;
  /** Aborted, with a `DISPOSED` error, when the model is freed. */
  readonly disposed: AbortSignal;
}

export async function explain(context: ExplainContext, request: ExplainRequest, hooks: Hooks): Promise<MaskResult> {
  const started = performance.now();
  const job = startJob(context, request);
  try {
    const compute = await drive(job, context, hooks);
    const mask = unwrap(job.result());
    const timings = { total: performance.now() - started, compute };
    return { ...described(mask, context.image), timings };
  } finally {
    job.delete();
  }
}

function startJob({ core, model, image }: ExplainContext, request: ExplainRequest): CoreJob {
  for (const [name, tensor] of Object.entries(request.feeds)) checkTensor(tensor, `Input '${name}'`);
  const Method = core[request.method];
  const method = new Method(model, { y: request.y, x: request.x });
  try {
    const coreRequest = {
      image: image.data,
      target: request.target,
      feeds: request.feeds,
      options: completedOptions(core, request, image),
    };
    return unwrap(request.smoothed ? method.getSmoothedMask(coreRequest) : method.getMask(coreRequest));
  } finally {
    method.delete();
  }
}

// What the package knows better than the core: a seed of its own for each call, and what black and white are.
function completedOptions(core: CoreModule, request: ExplainRequest, image: PreparedInput): Record<string, unknown> {
  const info = tableOf(core).find(({ name }) => name === request.method);
  const known = new Set((request.smoothed ? info?.smoothedOptions : info?.options)?.map(({ name }) => name));
  const options: Record<string, unknown> = { ...request.options };
  if (known.has('seed')) options.seed ??= randomSeed();
  if (known.has('valueRange') && image.valueRange !== undefined) options.valueRange ??= image.valueRange;
  return options;
}

const tables = new WeakMap<CoreModule, readonly CoreMethodInfo[]>();

function tableOf(core: CoreModule): readonly CoreMethodInfo[] {
  const table = tables.get(core) ?? core.methodTable();
  tables.set(core, table);
  return table;
}

// Returns the milliseconds spent computing.
async function drive(job: CoreJob, context: ExplainContext, hooks: Hooks): Promise<number> {
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
      const wantsPartial = now - lastPartial >= kPartialMilliseconds;
      if (wantsPartial) lastPartial = now;
      hooks.onProgress({ done, total, partial: wantsPartial ? partialMask(job, context.image) : undefined });
    }
    await turn();
  }
}

function partialMask(job: CoreJob, image: PreparedInput): PartialMask | undefined {
  const { data, shape } = unwrap(job.partial());
  return data.length === 0 ? undefined : arranged(data, shape, image);
}

function described(mask: CoreMask, image: PreparedInput): Omit<MaskResult, 'timings'> {
  return { ...mask, ...arranged(mask.data, mask.shape, image) };
}

// Maps of pictures have their channels last, whatever the model's layout; those of tensors stay as they are.
function arranged(data: Float32Array, shape: readonly number[], image: PreparedInput): PartialMask {
  const { region, layout, isPicture, isInside } = image;
  if (isInside) return { data, shape, layout: shape.length === 3 ? 'CHW' : 'other', region };
  if (shape.length === 2) return { data, shape, layout: 'HW', region };
  if (shape.length !== 3 || layout === undefined) return { data, shape, layout: 'other', region };
  const [a = 0, b = 0, c = 0] = shape;
  const isPlanes = layout === 'CHW' && shape.every((size, i) => size === image.shape[i]);
  if (!isPicture || !isPlanes) return { data, shape, layout: isPlanes ? 'CHW' : ('HWC' satisfies MaskLayout), region };
  return { data: planesToPixels(data, a, b, c), shape: [b, c, a], layout: 'HWC', region };
}
