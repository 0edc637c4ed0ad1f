// The package without relaxed SIMD: build/bench/plain holds the plain files under the names of the relaxed ones.
import { loadFrom } from './contender.mjs';

export const load = (bytes, threads) =>
  loadFrom(new URL('../../build/bench/plain/', import.meta.url).href, bytes, threads);
