// Configures a build folder once for each set of options, and builds with Ninja, which does the rest.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { emscriptenToolchain, findEmscripten } from './emscripten.mjs';
import { call, root } from './process.mjs';

export const cores = availableParallelism?.() ?? cpus().length;

/** The arguments with which a build folder is configured: CMake options, plus the toolchain file for wasm. */
export function cmakeArguments({ folder, options = {}, wasm = false }) {
  const toolchain = wasm ? { CMAKE_TOOLCHAIN_FILE: emscriptenToolchain() } : {};
  const all = Object.entries({ ...options, ...toolchain }).map(([name, value]) => `-D${name}=${value}`);
  return ['-S', '.', '-B', `build/${folder}`, '-G', 'Ninja', ...all];
}

/** The record of how a folder was configured; Ninja itself reruns CMake when its files change. */
function recordOf(configuration) {
  const compiler = configuration.wasm ? `\n${JSON.stringify(findEmscripten())}` : '';
  return {
    file: join(root, 'build', configuration.folder, 'configured-with.txt'),
    text: cmakeArguments(configuration).join(' ') + compiler,
  };
}

export function isConfigured(configuration) {
  const { file, text } = recordOf(configuration);
  return existsSync(file) && readFileSync(file, 'utf8') === text;
}

export function noteConfigured(configuration) {
  const { file, text } = recordOf(configuration);
  writeFileSync(file, text);
}

/** Configures (where needed) and builds in the foreground, quietly while all is well. */
export function cmakeBuild(configuration, targets = []) {
  mkdirSync(join(root, 'build', configuration.folder), { recursive: true });
  if (!isConfigured(configuration)) {
    call('cmake', ['--log-level=WARNING', ...cmakeArguments(configuration)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    noteConfigured(configuration);
  }
  call('ninja', ['-C', `build/${configuration.folder}`, ...(process.stdout.isTTY ? [] : ['--quiet']), ...targets]);
}
