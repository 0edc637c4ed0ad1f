// What this engine can run. Each probe is the smallest module that uses the feature.

const kHeader = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

// (func (param v128 v128 v128) (result v128) …) with the body's instructions.
function vectorModule(instructions: readonly number[]): Uint8Array<ArrayBuffer> {
  const body = [0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, ...instructions, 0x0b];
  const type = [0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b];
  const code = [0x0a, body.length + 2, 0x01, body.length, ...body];
  return new Uint8Array([...kHeader, ...type, 0x03, 0x02, 0x01, 0x00, ...code]);
}

/** v128.bitselect */
export function hasSimd(): boolean {
  return validates(vectorModule([0xfd, 0x52]));
}

/** f32x4.relaxed_madd */
export function hasRelaxedSimd(): boolean {
  return validates(vectorModule([0xfd, 0x85, 0x02]));
}

/** Shared memory, which pages have only with the headers COOP and COEP; and a place to start workers from. */
export function hasThreads(): boolean {
  return (
    globalThis.crossOriginIsolated === true &&
    typeof SharedArrayBuffer === 'function' &&
    typeof Worker === 'function' &&
    !isNode()
  );
}

export function isNode(): boolean {
  return typeof process === 'object' && typeof process.versions?.node === 'string' && !('type' in process);
}

/** A page's main thread must not block; workers and Node may. */
export function isPage(): boolean {
  return typeof document === 'object' && !isNode();
}

function validates(module: Uint8Array<ArrayBuffer>): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(module);
}
