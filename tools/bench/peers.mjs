// The harness that times other libraries lies beside a checkout, if at all: ../shared/peers. It is copied, and prepared
// in the copy: npm packages, then models by the Python scripts that come with it.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { call, Failure, root } from '../lib/process.mjs';

const python = '/usr/bin/python3'; // Debian's: it has the packages python3-torch, python3-torchvision and python3-onnx

/** A folder with the prepared harness, or undefined where there is none or it cannot be prepared. */
export function findPeers(given, copy) {
  if (given !== undefined) {
    if (!existsSync(join(given, 'bench.mjs'))) throw new Failure(`--peers: there is no ${join(given, 'bench.mjs')}.`);
    return resolve(given);
  }
  const source = resolve(root, '../shared/peers');
  if (!existsSync(join(source, 'bench.mjs'))) {
    console.log('No peers beside this checkout (../shared/peers): measuring this package alone.');
    return undefined;
  }
  const cwd = copy;
  if (!existsSync(copy)) cpSync(source, copy, { recursive: true });
  if (!existsSync(join(copy, 'node_modules'))) call('npm', ['ci', '--ignore-scripts', '--no-audit'], { cwd });
  if (existsSync(join(copy, 'models/squeezenet1_1.grad.onnx'))) return copy;
  if (spawnSync(python, ['-c', 'import torch, torchvision, onnx']).status !== 0) {
    console.log('No python3-torch, python3-torchvision, python3-onnx for the models of the peers: measuring alone.');
    return undefined;
  }
  call(python, ['py/export_models.py'], { cwd });
  call(python, ['py/grad_graph.py'], { cwd });
  return copy;
}
