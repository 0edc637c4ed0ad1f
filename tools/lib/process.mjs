// Running other programs, and saying what happened.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** A problem that its sentence explains: shown without a stack, exit code 1. */
export class Failure extends Error {}

/** Runs `main` under a Node that is new enough, turns a Failure into its sentence and exit code 1. */
export async function runMain(main) {
  try {
    if (isNodeNewEnough()) await main(process.argv.slice(2));
    else process.exitCode = runWithNewerNode();
  } catch (error) {
    console.error(error instanceof Failure ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

const oldestNode = 20;
const newerNode = '20.20.2';
const isNewEnough = (version) => Number(version.split('.')[0]) >= oldestNode;
const isNodeNewEnough = () => isNewEnough(process.versions.node);

// Debian 12 has Node 18; npm's package `node` brings a newer one for this run, without changing the system.
function runWithNewerNode(version = process.versions.node) {
  const found = `Node ${oldestNode} or later is needed, this is ${version}`;
  if (!findProgram('npx')) throw new Failure(`${found}, and there is no npx to fetch one. Install Node ${oldestNode}.`);
  console.log(`${found}: taking Node ${newerNode} from npm for this run`);
  const args = ['--yes', '--package', `node@${newerNode}`, 'node', ...process.argv.slice(1)];
  return spawnSync('npx', args, { stdio: 'inherit' }).status ?? 1;
}

/** Debian's Emscripten brings Debian's Node, which may hide the one that runs this: starts again where it is too old. */
export function checkNodeOnPath() {
  const version = spawnSync('node', ['--version'], { encoding: 'utf8' }).stdout?.trim().replace(/^v/, '');
  if (version && !isNewEnough(version)) process.exit(runWithNewerNode(version));
}

/** Where `name` lies on PATH, or undefined. */
export function findProgram(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** Runs a command in the foreground; throws a Failure where it does not succeed. */
export function call(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (done.error) throw new Failure(`${command} could not be started: ${done.error.message}`);
  if (done.status !== 0) throw new Failure(`Failed (exit ${done.status ?? done.signal}): ${command} ${args.join(' ')}`);
}

/** Runs a command and collects what it prints. Resolves to {code, output, seconds}; never rejects. */
export function collect(command, args, { seconds, ...options } = {}) {
  return new Promise((settle) => {
    const start = Date.now();
    const chunks = [];
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true, ...options });
    const finish = (code, note = '') => {
      clearTimeout(timer);
      running.delete(child);
      settle({ code, output: Buffer.concat(chunks).toString() + note, seconds: (Date.now() - start) / 1000 });
    };
    running.add(child);
    const timer =
      seconds &&
      setTimeout(() => {
        chunks.push(Buffer.from(`\nStopped after ${seconds} s.\n`));
        stop(child);
      }, seconds * 1000);
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => finish(127, `${command} could not be started: ${error.message}\n`));
    child.on('close', (code, signal) => finish(code ?? 1, signal ? `\nEnded by ${signal}.\n` : ''));
  });
}

// Children have process groups of their own so that a time-out ends their children too; an interrupt must be passed on.
const running = new Set();
function stop(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    for (const child of running) stop(child);
    process.exit(130);
  });
}
