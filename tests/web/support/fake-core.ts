// A core without WebAssembly: one input 3×1×2, a job of ten steps that counts them.

import type { CoreJob, CoreMask, CoreModel, CoreModule, Envelope } from '#web/core.js';
import type { LoadedCore } from '#web/loader.js';
import { methodNames } from '#web/method-names.js';

export const kSteps = 10;

/** What feature visualisation finds, 3×1×2. */
export const kFeature = Float32Array.of(-1, 0, 1, 2, 0, 1);

export interface FakeCore {
  readonly load: () => Promise<LoadedCore>;
  /** Steps that jobs have run, jobs and models that were freed. */
  readonly counts: { steps: number; freedJobs: number; freedModels: number };
  /** Called after each step. */
  onStep: (step: number) => void;
}

export function fakeCore(): FakeCore {
  const counts = { steps: 0, freedJobs: 0, freedModels: 0 };
  const ok = <T>(value: T): Envelope<T> => ({ ok: true, value });
  const info = { name: 'image', shape: [-1, 3, 1, 2], dtype: 'float32', type: '' } as const;
  const fake: FakeCore = { load: async () => loaded, counts, onStep: () => {} };

  const model: CoreModel = {
    info: () => ok({ inputs: [info], outputs: [], layers: [], metadata: { preprocess: '{"std": 0.5}' } }),
    run: (feeds) => ok(feeds),
    logits: () => ok({ data: Float32Array.of(1, 3, 2), shape: [1, 3] }),
    gradient: () => ({
      ok: false,
      error: { code: 'NO_GRADIENT', message: 'no way', expected: 'a way', actual: 'none', remedy: 'another y' },
    }),
    startProfile: () => ok(undefined),
    profile: () => ok([{ node: 'first', type: 'Conv+Relu', pass: 'forward', milliseconds: 2, flops: 6e6, bytes: 400 }]),
    delete: () => void ++counts.freedModels,
  };
  const startJob = (image: Float32Array): Envelope<CoreJob<CoreMask>> => {
    let done = 0;
    return ok({
      step: () => {
        ++done;
        ++counts.steps;
        fake.onStep(done);
        return ok({ finished: done === kSteps, done, total: kSteps });
      },
      partial: () => ok({ data: image.slice(), shape: [3, 1, 2], steps: done }),
      result: () => ok(maskOf(image)),
      delete: () => void ++counts.freedJobs,
    });
  };
  class Method {
    getMask = ({ image }: { image: Float32Array }) => startJob(image);
    getSmoothedMask = ({ image }: { image: Float32Array }) => startJob(image);
    delete() {}
  }
  const options = [{ name: 'seed', type: '', fallback: '', meaning: '' }];
  const core = {
    ...Object.fromEntries(methodNames.map((name) => [name, Method])),
    Model: { load: () => ok(model) },
    visualizeFeature: () => startJob(kFeature),
    methodTable: () => methodNames.map((name) => ({ name, summary: '', options, smoothedOptions: options })),
    setThreadCount: () => 1,
    providerName: () => 'fake',
  } as unknown as CoreModule;
  const loaded: LoadedCore = { core, build: 'simd', threads: 1 };
  return fake;
}

function maskOf(image: Float32Array): CoreMask {
  return {
    data: image.slice(),
    shape: [3, 1, 2],
    method: 'Fake',
    score: 4,
    completeness: undefined,
    seed: 5,
    evaluations: kSteps,
    steps: kSteps,
    zeros: 0,
    clipped: 0,
    notFinite: 0,
    warnings: [],
    extras: {},
  };
}
