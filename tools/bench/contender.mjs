// The package as a contender: load(onnxBytes, threads) gives {forward, gradient, smoothgrad, ig} of Float32Arrays in the
// layout of the file, which is what the harness of the peers asks of every module that it times.
import { IntegratedGradients, loadModel, VanillaGradients } from '../../dist/index.js';

const samples = 25;

export async function loadFrom(wasmUrl, bytes, threads) {
  const model = await loadModel(bytes, { threads, worker: false, ...(wasmUrl && { wasmUrl }) });
  if (model.threads !== threads) throw new Error(`${threads} threads were asked for, ${model.threads} compute`);
  const [input] = model.inputs;
  const output = model.outputs[0].name;
  const shape = input.shape.map((size) => Math.max(1, size)); // an open batch is 1
  const tensor = (data) => ({ data, shape });
  const sample = (data) => ({ data, shape: shape.slice(1) });
  return {
    info: model.backend,
    forward: async (x) => (await model.run({ [input.name]: tensor(x) }))[output].data,
    gradient: async (x, target) => (await model.gradient({ [input.name]: tensor(x) }, { target })).data,
    smoothgrad: async (x, target) => {
      const method = new VanillaGradients(model);
      return (await method.getSmoothedMask(sample(x), { target, samples, magnitude: false, seed: 1 })).data;
    },
    ig: async (x, target) => (await new IntegratedGradients(model).getMask(sample(x), { target, steps: samples })).data,
  };
}

/** With what the browser offers: relaxed SIMD. */
export const load = (bytes, threads) => loadFrom(undefined, bytes, threads);
