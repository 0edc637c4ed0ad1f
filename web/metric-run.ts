// Metrics as calls of the core.

import type { Hooks, PreparedInput } from './engine.js';
import { SaliencyError } from './errors.js';
import { coreImage } from './explain.js';
import type { MetricRequest, MetricResult, PlainMap } from './requests.js';
import { type JobContext, run } from './run.js';
import { elementCount, pixelsToPlanes, shapeText } from './tensor.js';

export async function metric(context: JobContext, request: MetricRequest, hooks: Hooks): Promise<MetricResult> {
  const { core, model, image } = context;
  const { target, y, x } = request;
  const common = { ...coreImage(image, request.feeds), target, y, x };
  switch (request.kind) {
    case 'insertion':
    case 'deletion': {
      const { kind, steps, baseline } = request;
      const map = mapFor(image, request.map);
      const start = () => core.perturbationCurve(model, { ...common, map, kind, steps, baseline });
      const { scores, area } = (await run(start, context, hooks)).result;
      return { scores, value: area, normalized: area };
    }
    case 'information': {
      const { thresholds, randomFraction, seed, minPerformance, monotonous, points } = request;
      const map = mapFor(image, request.map);
      const options = { thresholds, randomFraction, seed, minPerformance, monotonous, points };
      const start = () => core.revealedCurve(model, { ...common, map, ...options });
      const { x: places, y: scores, area } = (await run(start, context, hooks)).result;
      return { places, scores, value: area, normalized: area };
    }
    case 'infidelity': {
      const { perturbations, samples, radius, seed } = request;
      const map = mapFor(image, request.map);
      const start = () => core.infidelity(model, { ...common, map, perturbations, samples, radius, seed });
      return { scores: [], ...(await run(start, context, hooks)).result };
    }
    case 'sensitivity': {
      const { perturbations, samples, radius, seed, method, options } = request;
      const start = () => core.sensitivity(model, { ...common, perturbations, samples, radius, seed, method, options });
      const value = (await run(start, context, hooks)).result;
      return { scores: [], value, normalized: value };
    }
  }
}

// A mask's numbers in the model's layout: of the input's shape, or one a pixel.
function mapFor(image: PreparedInput, { data, shape, layout }: PlainMap): Float32Array {
  const [a = 0, b = 0, c = 0] = shape;
  const isInput = (sizes: readonly number[]) =>
    sizes.length === image.shape.length && sizes.every((size, i) => size === image.shape[i]);
  const [height, width] = image.layout === 'CHW' ? image.shape.slice(1) : image.shape;
  if (elementCount(shape) === data.length) {
    if (layout === 'HWC' && image.layout === 'CHW' && isInput([c, a, b])) return pixelsToPlanes(data, c, a, b);
    if (isInput(shape)) return data;
    if (shape.length === 2 && a === height && b === width) return data;
  }
  throw new SaliencyError('SHAPE_MISMATCH', `The mask of shape ${shapeText(shape)} is not one of this image`, {
    expected: `${shapeText(image.shape)}, or [height, width] of it`,
    actual: `${shapeText(shape)} with ${data.length} numbers`,
    remedy: 'Pass the mask that a method made of the same image for the same model, at the image’s size.',
  });
}
