// node tools/architectures.mjs [build=log …]: writes docs/architectures.md, the worst error of every whole network
// against PyTorch. A log is what a build's saliency_tests printed; without one, every build that there is in build/ runs
// these tests.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { collect, Failure, root, runMain } from './lib/process.mjs';

const builds = {
  'native-simd': { title: 'natively with the built-in kernels', command: ['build/native-simd/saliency_tests'] },
  'native-xnnpack': { title: 'natively with XNNPACK', command: ['build/native-xnnpack/saliency_tests'] },
  'wasm-tests': {
    title: 'in WebAssembly',
    command: ['node', '--no-experimental-fetch', 'build/wasm-tests/saliency_tests.js'],
  },
};
const runSeconds = 1800;
const maps = ['gradient', 'guided', 'deconvnet'];

/** Folders of one kind by architecture, those of the shared folder beside the checkout first. */
export function architectures(kind) {
  const parents = [`../shared/goldens/${kind}`, `tests/golden/data/${kind}`].map((folder) => join(root, folder));
  const found = new Map();
  for (const parent of parents.filter((folder) => existsSync(folder)))
    for (const name of readdirSync(parent).sort()) {
      const meta = join(parent, name, 'meta.json');
      if (!found.has(name) && existsSync(meta)) found.set(name, JSON.parse(readFileSync(meta, 'utf8')));
    }
  return found;
}

/** The worst error of each output of each architecture: Map of 'resnet18 gradient' to {error, tolerance}. */
export function worstErrors(logs) {
  const worst = new Map();
  for (const log of logs)
    for (const [, key, error, tolerance] of log.matchAll(/^(\w+ \w+): relative error (\S+) of (\S+) allowed$/gm)) {
      const measured = { error: Number(error), tolerance: Number(tolerance) };
      if (!(worst.get(key)?.error >= measured.error)) worst.set(key, measured);
    }
  return worst;
}

/** A row of the table: logits and other tensors, gradients, guided, deconvnet. */
function row(name, meta, errors) {
  const cell = (isOfCell) => {
    const measured = Object.keys(meta.outputs)
      .filter(isOfCell)
      .map((output) => errors.get(`${name} ${output}`));
    if (measured.length === 0) return '–';
    if (measured.includes(undefined)) throw new Failure(`The logs lack an output of ${name}.`);
    const { error, tolerance } = measured.reduce((a, b) => (a.error / a.tolerance >= b.error / b.tolerance ? a : b));
    return `${error.toExponential(1)} / ${tolerance.toExponential(0)}`;
  };
  const kindOf = (output) => maps.find((map) => output.startsWith(map));
  const cells = [undefined, ...maps].map((map) => cell((output) => kindOf(output) === map));
  const parameters = meta.parameters.toLocaleString('en-US');
  return `| ${[name, ...about(meta), parameters, ...cells].join(' | ')} |`;
}

const about = ({ description }) => (description === undefined ? [] : [description]);

function table(kind, errors) {
  const known = [...architectures(kind)];
  const described = known.some(([, meta]) => meta.description !== undefined) ? ['what it is'] : [];
  const head = ['architecture', ...described, 'parameters', 'logits', 'gradient', 'guided', 'DeconvNet'];
  return [
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---|').join('')}`,
    ...known.map(([name, meta]) => row(name, meta, errors)),
  ].join('\n');
}

/** What each build that is there prints, by its name. */
async function logsOfBuilds() {
  const there = Object.entries(builds).filter(([, { command }]) => existsSync(join(root, command.at(-1))));
  if (there.length === 0)
    throw new Failure('There is no build of the tests: run npm test -- --only native,wasm first.');
  const logs = {};
  for (const [name, { command }] of there) {
    console.log(`${name} …`);
    const [program, ...args] = command;
    const ran = await collect(program, [...args, '--gtest_filter=*AgreesWithPyTorch*'], { seconds: runSeconds });
    if (ran.code !== 0) throw new Failure(`${name}: ${ran.output}`);
    logs[name] = ran.output;
  }
  return logs;
}

function readLogs(args) {
  const pairs = args.map((arg) => arg.split('='));
  const unknown = pairs.find(([name, file]) => !(name in builds) || !file);
  if (unknown) throw new Failure(`'${unknown.join('=')}' is no build=log; builds: ${Object.keys(builds).join(', ')}`);
  return Object.fromEntries(pairs.map(([name, file]) => [name, readFileSync(file, 'utf8')]));
}

function page(logs) {
  const errors = worstErrors(Object.values(logs));
  const ran = Object.keys(logs).map((name) => builds[name].title);
  return `# Architectures

How far whole networks are from PyTorch: the largest difference of any number, divided by the largest number of the
reference, and the tolerance; the worst of these builds:
${ran.join(', ')}.
The reference is PyTorch's autograd in float64 on the same float32 weights; here everything is float32. A dash
stands where the network has other activations than rectifiers, to which guided backpropagation and DeconvNet do not apply.
\`node tools/architectures.mjs\` writes this page from the output of the tests \`AgreesWithPyTorch\`, which fail where an
error exceeds its tolerance.

## Classifiers of torchvision

Generated weights, as the shared folder \`goldens/zoo\` has them; the checkout carries squeezenet1_1.

${table('zoo', errors)}

## Networks made of other things

Written for this test (\`tools/networks\`): what the usual classifiers lack. Where a network has several outputs or inputs,
each counts.

${table('networks', errors)}
`;
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split('/').at(-1))) {
  await runMain(async (args) => {
    writeFileSync(join(root, 'docs/architectures.md'), page(args.length ? readLogs(args) : await logsOfBuilds()));
  });
}
