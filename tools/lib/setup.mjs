// Installs what is missing: Debian packages and the npm packages of the lock file. Where it may not install, it says
// what to install and how. Needs nothing but Node, and decides in milliseconds when nothing is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findEmscripten } from './emscripten.mjs';
import { call, checkNodeOnPath, Failure, findProgram, root } from './process.mjs';

// package → the program or file that shows it to be there however it was installed.
const build = {
  cmake: 'cmake',
  'ninja-build': 'ninja',
  ccache: 'ccache',
  'g++': 'g++',
  'libprotozero-dev': '/usr/include/protozero/pbf_reader.hpp',
  python3: 'python3',
};
const test = {
  clang: 'clang++',
  'libclang-rt-14-dev': '/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux',
  'clang-format': 'clang-format',
  'clang-tidy': 'clang-tidy',
  'nlohmann-json3-dev': '/usr/include/nlohmann/json.hpp',
  googletest: '/usr/src/googletest/googletest/src/gtest-all.cc',
  'libxnnpack-dev': '/usr/include/xnnpack.h',
  'libpthreadpool-dev': '/usr/include/pthreadpool.h',
  'libonnx-testdata': '/usr/share/libonnx-testdata/data',
  chromium: 'chromium',
};

const bench = { ...test, 'libbenchmark-dev': '/usr/include/benchmark/benchmark.h' };

/** Makes sure that everything is there to `'build'`, or also to `'test'` or to `'bench'`. */
export function setUp(purpose) {
  const wanted = {
    ...build,
    ...(findEmscripten() ? {} : { emscripten: 'emcc' }),
    ...{ build: {}, test, bench }[purpose],
  };
  installDebianPackages(wanted);
  installNpmPackages();
}

function installDebianPackages(wanted) {
  const missing = Object.keys(wanted).filter((name) => !isThere(wanted[name]));
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const help = `Missing: ${missing.join(', ')}.\nOn Debian 12 install with:\n\n  sudo apt-get update && sudo ${install}\n`;
  if (!findProgram('apt-get')) {
    throw new Failure(
      `${help}\nThis system has no apt-get. Install the same programs and headers with its own package manager ` +
        '(a newer Emscripten SDK on PATH serves as well), then run this command again.',
    );
  }
  const prefix = process.getuid?.() === 0 ? [] : sudo();
  if (!prefix)
    throw new Failure(
      `${help}\nThis user is not root and has no sudo. Run the line above as root, then this command again.`,
    );
  console.log(`Installing Debian packages: ${missing.join(', ')}`);
  const run = (line) => {
    const [command, ...args] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...line.split(' ')];
    try {
      call(command, args, { stdio: ['inherit', 'ignore', 'inherit'] });
    } catch {
      throw new Failure(`Could not run: ${line}\n${help}`);
    }
  };
  run('apt-get update -q');
  run(install);
  checkNodeOnPath();
}

function isThere(proof) {
  if (!proof.startsWith('/')) return findProgram(proof) !== undefined;
  return existsSync(proof) || existsSync(proof.replace('/usr/', '/usr/local/'));
}

function sudo() {
  if (!findProgram('sudo')) return undefined;
  const silent = spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
  return silent || process.stdin.isTTY ? ['sudo'] : undefined;
}

function installNpmPackages() {
  if (npmPackagesMatchLockFile()) return;
  if (!findProgram('npm')) throw new Failure('npm is missing. On Debian 12: sudo apt-get install -y npm');
  console.log('Installing npm packages of the lock file');
  // Lower than Node's own warnings about engines: the tools run with what is there.
  call('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

// npm writes what it installed into node_modules/.package-lock.json.
function npmPackagesMatchLockFile() {
  const record = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' || (installed[path] ? installed[path].integrity === entry.integrity : entry.optional),
  );
}
