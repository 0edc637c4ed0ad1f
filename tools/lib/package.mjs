// dist/ (the package) and build/site (the page).
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cmakeBuild } from './cmake.mjs';
import { Failure, root } from './process.mjs';

const variant = (name, options) => ({
  folder: `wasm-${name}`,
  wasm: true,
  options: { SALIENCY_TESTS: 'OFF', ...options },
});

/** How the package's WebAssembly is configured that computes in float32: all that the page needs. */
export const fastVariants = [
  variant('simd', { SALIENCY_THREADS: 'OFF' }),
  variant('threads', { SALIENCY_THREADS: 'ON' }),
];

/** How all of the package's WebAssembly is configured; the last computes in float64. */
export const wasmVariants = [...fastVariants, variant('double', { SALIENCY_THREADS: 'OFF', SALIENCY_DOUBLE: 'ON' })];

export function buildPackage(variants = wasmVariants) {
  for (const one of variants) cmakeBuild(one);
  assemblePackage();
}

/** Compiles web/ into dist/ and puts the built WebAssembly files beside it. */
export function assemblePackage() {
  removeStale(join(root, 'dist'), join(root, 'web'));
  compileTypeScript('tsconfig.json');
  const target = join(root, 'dist/wasm');
  mkdirSync(target, { recursive: true });
  for (const { folder } of wasmVariants) {
    const built = join(root, 'build', folder, 'package');
    if (existsSync(built)) copyNewer(built, target);
  }
}

/** Compiles the page and lays it out as a static site that any host can serve. */
export function buildSite() {
  const site = join(root, 'build/site');
  rmSync(site, { recursive: true, force: true });
  compileTypeScript('tsconfig.demo.json');
  const isStatic = (path) => !/\.(ts|mjs)$/.test(path) && !path.includes('MODEL_CARD');
  cpSync(join(root, 'demo'), site, { recursive: true, filter: (path) => isStatic(path) });
  rmSync(join(site, 'server'), { recursive: true, force: true });
  cpSync(join(root, 'dist'), join(site, 'saliency-wasm'), { recursive: true });
  return site;
}

export function compileTypeScript(project) {
  const done = spawnSync('node', ['node_modules/typescript/bin/tsc', '-p', project], { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) throw new Failure(`tsc -p ${project}:\n${done.stdout}${done.stderr}`);
}

function copyNewer(from, to) {
  for (const name of readdirSync(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (!existsSync(target) || statSync(target).mtimeMs < statSync(source).mtimeMs) copyFileSync(source, target);
  }
}

// A module that was renamed or deleted must not live on in the package.
function removeStale(dist, web) {
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist, { recursive: true }).map(String)) {
    const module = name.match(/^(?!wasm\/)(.*?)\.(?:d\.ts|js)$/)?.[1];
    if (module && !existsSync(join(web, `${module}.ts`))) rmSync(join(dist, name));
  }
}
