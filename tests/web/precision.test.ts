// The build that computes in double precision against the reference maps, which were computed so: every one agrees
// within its case's tolerance, also those where float32 falls to the other side of a rectifier.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import {
  DeconvNet,
  GuidedBackprop,
  InputXGradient,
  IntegratedGradients,
  loadModel,
  type Mask,
  type Model,
  Occlusion,
  type Tensor,
  VanillaGradients,
} from '#web/index.js';
import { linearNetwork } from './support/networks.js';
import { readNpy } from './support/npy.js';

interface Output {
  readonly file: string;
  readonly abs_tol: number;
  readonly mean_abs_tol: number;
}

interface Case {
  readonly name: string;
  readonly input: string;
  readonly target: number;
  readonly params: Readonly<Record<string, number | string | readonly number[]>>;
  readonly tensors: Readonly<Record<string, { readonly file: string }>>;
  readonly outputs: Readonly<Record<string, Output>>;
}

interface Given {
  readonly model: Model;
  readonly image: Tensor;
  readonly golden: Case;
  readonly tensor: (name: string) => Promise<Tensor>;
}

const kRoots = [
  new URL('../../../shared/goldens/methods/', import.meta.url),
  new URL('../../tests/golden/data/methods/', import.meta.url),
];
const number = (golden: Case, name: string) => Number(golden.params[name]);
// Captum's sizes are [channels, height, width].
const sizes = (golden: Case, name: string) =>
  (golden.params[name] as readonly number[]).slice(1) as unknown as readonly [number, number];

// By the beginning of a case's name: the output that is compared, and the map.
const recipes: Readonly<Record<string, readonly [string, (given: Given) => Promise<Mask>]>> = {
  gradient_x: ['map', ({ model, image, golden }) => new VanillaGradients(model).getMask(image, aim(golden))],
  input_x_gradient_: ['map', ({ model, image, golden }) => new InputXGradient(model).getMask(image, aim(golden))],
  guided_backprop_: ['map', ({ model, image, golden }) => new GuidedBackprop(model).getMask(image, aim(golden))],
  deconvnet_: ['map', ({ model, image, golden }) => new DeconvNet(model).getMask(image, aim(golden))],
  smoothgrad_: [
    'smoothgrad_squared',
    async ({ model, image, golden, tensor }) =>
      new VanillaGradients(model).getSmoothedMask(image, {
        ...aim(golden),
        samples: number(golden, 'nsamples'),
        noise: await tensor('noise'),
      }),
  ],
  ig_pair_: [
    'map',
    async ({ model, image, golden, tensor }) =>
      new IntegratedGradients(model).getMask(image, {
        ...aim(golden),
        steps: number(golden, 'x_steps'),
        baseline: await tensor('baseline'),
        compat: 'pair',
      }),
  ],
  ig_captum_: [
    'map',
    async ({ model, image, golden, tensor }) => {
      const gauss = golden.name.startsWith('ig_captum_gausslegendre');
      return new IntegratedGradients(model).getMask(image, {
        ...aim(golden),
        steps: number(golden, 'n_steps'),
        baseline: await tensor('baseline'),
        ...(gauss ? { rule: 'gauss-legendre' } : { rule: 'trapezoid', compat: 'captum' }),
      });
    },
  ],
  occlusion_captum_all_: [
    'map',
    ({ model, image, golden }) =>
      new Occlusion(model).getMask(image, {
        ...aim(golden),
        size: sizes(golden, 'sliding_window_shapes'),
        stride: sizes(golden, 'strides'),
        value: number(golden, 'baseline'),
      }),
  ],
};

function aim({ target }: Case) {
  return { target };
}

async function readJson<T>(file: URL): Promise<T> {
  return JSON.parse(await readFile(file, 'utf8')) as T;
}

function assertAgrees(actual: ArrayLike<number>, expected: ArrayLike<number>, { abs_tol, mean_abs_tol }: Output) {
  assert.equal(actual.length, expected.length);
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < expected.length; ++i) {
    const gap = Math.abs((actual[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    largest = Math.max(largest, gap);
    sum += gap;
  }
  assert.ok(largest <= abs_tol, `largest difference ${largest}, allowed ${abs_tol}`);
  assert.ok(sum <= mean_abs_tol * expected.length, `mean difference ${sum / expected.length}, allowed ${mean_abs_tol}`);
}

for (const name of ['net1', 'net2']) {
  const folder = kRoots.map((root) => new URL(`${name}/`, root)).find((each) => existsSync(each));
  describe(`in double precision, ${name}`, { skip: folder === undefined && `the maps of ${name} are not here` }, () => {
    if (folder === undefined) return;
    let model: Model;
    let cases: readonly { readonly name: string }[];
    before(async () => {
      model = await loadModel(new URL('model.onnx', folder), { precision: 'float64' });
      ({ cases } = await readJson<{ cases: typeof cases }>(new URL('meta.json', folder)));
    });
    after(() => model.dispose());

    for (const [prefix, [output, compute]] of Object.entries(recipes)) {
      test(`${prefix}* agree within their tolerances`, async () => {
        let compared = 0;
        for (const entry of cases.filter((each) => each.name.startsWith(prefix))) {
          const at = new URL(`cases/${entry.name}/`, folder);
          if (!existsSync(at)) continue;
          const golden = await readJson<Case>(new URL('meta.json', at));
          const expected = golden.outputs[output];
          assert.ok(expected, `${golden.name} has no ${output}`);
          const tensor = (wanted: string) => readNpy(new URL(golden.tensors[wanted]?.file ?? wanted, at));
          const mask = await compute({ model, image: await readNpy(new URL(golden.input, folder)), golden, tensor });
          assertAgrees(mask.data, (await readNpy(new URL(expected.file, at))).data, expected);
          ++compared;
        }
        assert.ok(compared > 0);
      });
    }
  });
}

test('a network says in which precision it computes', async () => {
  const double = await loadModel(linearNetwork(), { precision: 'float64' });
  assert.equal(double.backend, 'double/reference');
  double.dispose();

  const single = await loadModel(linearNetwork(), { precision: 'float32' });
  assert.match(single.backend, /^simd/);
  single.dispose();
});
