// Whole models in real Chromium: forward pass, input gradient, SmoothGrad and Integrated Gradients of 25 samples, with
// relaxed and with plain SIMD. Writes build/bench/models.json and the table build/bench/models.md.
//   --models a,b      of mobilenet_v2, squeezenet1_1, resnet18, resnet50, efficientnet_b0
//   --tasks a,b       of forward, gradient, smoothgrad, ig
//   --threads 1,2     --rounds 8   --runs 2   --burst 300 (milliseconds)
//   --revectorize     Chromium fuses pairs of 128-bit operations (--js-flags=--wasm-revectorize)
//   --peers FOLDER    a prepared copy of the peers' harness; --alone: without them
//   --built           takes dist/ as it is
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPackage, fastVariants } from '../lib/package.mjs';
import { call, root } from '../lib/process.mjs';
import { measureAlone } from './alone.mjs';
import { networkNames } from './networks.mjs';
import { findPeers } from './peers.mjs';
import { table } from './table.mjs';

const out = join(root, 'build/bench');
const text = (fallback) => ({ type: 'string', default: fallback });
const flag = { type: 'boolean', default: false };
const known = {
  models: text(networkNames.join(',')),
  tasks: text('forward,gradient,smoothgrad,ig'),
  threads: text('1,2'),
  rounds: text('8'),
  runs: text('2'),
  burst: text('300'),
  peers: { type: 'string' },
  alone: flag,
  revectorize: flag,
  built: flag,
};

export async function benchModels(args) {
  const { values: options } = parseArgs({ args, options: known });
  mkdirSync(join(out, 'plain'), { recursive: true });
  if (!options.built) buildPackage(fastVariants);
  layOutPlain();
  const peers = options.alone ? undefined : findPeers(options.peers, join(out, 'peers'));
  const json = join(out, 'models.json');
  if (peers) measureBeside(peers, json, options);
  else writeFileSync(json, JSON.stringify(await measureAlone(options, join(out, 'networks'))));
  const rows = table(JSON.parse(readFileSync(json, 'utf8')));
  writeFileSync(join(out, 'models.md'), rows);
  console.log(rows);
}

// The loader takes the relaxed files where it can: a folder in which these are the plain ones measures those.
function layOutPlain() {
  for (const variant of ['simd', 'threads']) {
    const plain = join(root, `dist/wasm/saliency-${variant}.wasm`);
    if (existsSync(plain)) copyFileSync(plain, join(out, `plain/saliency-${variant}-relaxed.wasm`));
  }
}

function measureBeside(peers, json, { models, tasks, threads, rounds, runs, burst, revectorize }) {
  const ours = (name, file) => ['--ours', `${name}=${join(root, 'tools/bench', file)}`];
  call('node', [
    join(peers, 'bench.mjs'),
    ...['--models', models, '--tasks', tasks, '--threads', threads],
    ...['--rounds', rounds, '--runs', runs, '--burst', burst],
    ...ours('ours', 'contender.mjs'),
    ...ours('plain', 'contender-plain.mjs'),
    ...['--ours-root', root, '--only', 'ours,plain,ort,ortgrad,litert,litertgrad'],
    ...['--ref', 'litert', '--gref', 'litertgrad', '--json', json],
    ...(revectorize ? ['--chromium-arg', '--js-flags=--wasm-revectorize'] : []),
  ]);
}
