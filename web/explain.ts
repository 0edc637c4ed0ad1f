// Maps as calls of the core: one method, or several methods and targets together.

import type { CoreImage, CoreMask, CoreMethodInfo, CoreModule } from './core.js';
import type { Hooks, PreparedInput } from './engine.js';
import type { MaskResult } from './mask.js';
import type { ExplainAllRequest, ExplainAllResult, ExplainRequest } from './requests.js';
import { arranged, type JobContext, partialMask, run } from './run.js';
import { randomSeed } from './seed.js';
import { checkTensor, type Tensors } from './tensor.js';

export async function explain(context: JobContext, request: ExplainRequest, hooks: Hooks): Promise<MaskResult> {
  const { core, model } = context;
  const start = () => {
    const Method = core[request.method];
    const method = new Method(model, { y: request.y, x: request.x });
    try {
      const coreRequest = {
        ...coreImage(context.image, request.feeds),
        target: request.target,
        options: completedOptions(core, request, randomSeed()),
      };
      return request.smoothed ? method.getSmoothedMask(coreRequest) : method.getMask(coreRequest);
    } finally {
      method.delete();
    }
  };
  const { result, timings } = await run(start, context, hooks, {
    interval: request.partialInterval ?? Infinity,
    of: (job) => partialMask(job, context.image),
  });
  return { ...described(result, context.image), timings };
}

export async function explainAll(
  context: JobContext,
  request: ExplainAllRequest,
  hooks: Hooks,
): Promise<ExplainAllResult> {
  const { core, model, image } = context;
  // One seed for all: methods that draw the same samples then share the passes of these.
  const seed = request.seed ?? randomSeed();
  const methods = request.methods.map((one) => ({
    name: one.method,
    smoothed: one.smoothed,
    options: completedOptions(core, one, seed),
  }));
  const { targets, y, x } = request;
  const coreRequest = { ...coreImage(image, request.feeds), methods, targets, y, x };
  const { result, timings } = await run(() => core.explain(model, coreRequest), context, hooks);
  return { masks: result.masks.map((mask) => ({ ...described(mask, image), timings })), passes: result.passes };
}

/** The image's part of every request to the core. Throws `SHAPE_MISMATCH` for feeds that are no tensors. */
export function coreImage(image: PreparedInput, feeds: Tensors): CoreImage {
  for (const [name, tensor] of Object.entries(feeds)) checkTensor(tensor, `Input '${name}'`);
  return { image: image.data, valueRange: Float32Array.from(image.valueRange ?? []), feeds };
}

// What the package knows better than the core: a seed of its own for each call.
function completedOptions(
  core: CoreModule,
  request: Pick<ExplainRequest, 'method' | 'smoothed' | 'options'>,
  seed: number,
): Record<string, unknown> {
  const info = tableOf(core).find(({ name }) => name === request.method);
  const known = new Set((request.smoothed ? info?.smoothedOptions : info?.options)?.map(({ name }) => name));
  const options: Record<string, unknown> = { ...request.options };
  if (known.has('seed')) options.seed ??= seed;
  return options;
}

const tables = new WeakMap<CoreModule, readonly CoreMethodInfo[]>();

function tableOf(core: CoreModule): readonly CoreMethodInfo[] {
  const table = tables.get(core) ?? core.methodTable();
  tables.set(core, table);
  return table;
}

function described(mask: CoreMask, image: PreparedInput): Omit<MaskResult, 'timings'> {
  return { ...mask, ...arranged(mask.data, mask.shape, image) };
}
