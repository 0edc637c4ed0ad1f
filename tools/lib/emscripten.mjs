// Which Emscripten compiles: the one on PATH, be it the distribution's or a newer SDK.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from './process.mjs';

/** {folder, version} of the emcc on PATH, or undefined. */
export function findEmscripten() {
  const emcc = findProgram('emcc');
  if (!emcc) return undefined;
  const folder = dirname(realpathSync(emcc));
  const file = join(folder, 'emscripten-version.txt');
  const version = existsSync(file) ? readFileSync(file, 'utf8').replaceAll('"', '').trim() : 'unknown';
  return { folder, version };
}

/** CMake's toolchain file of the Emscripten on PATH. */
export function emscriptenToolchain() {
  return join(findEmscripten().folder, 'cmake/Modules/Platform/Emscripten.cmake');
}
