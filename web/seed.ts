/** A seed that nobody chose. The mask names it, so that the same mask can be made again. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
