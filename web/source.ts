// The bytes of a model, wherever they are.

import { abortError, SaliencyError } from './errors.js';
import { isNode } from './features.js';
import type { Progress } from './mask.js';
import { readLocalFile } from './node.js';

/** An ONNX file: an address, its bytes, a file, or an answer of `fetch`. In Node, a text may also be a path. */
export type ModelSource = URL | string | ArrayBuffer | Uint8Array | Blob | Response;

export interface SourceOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface SourceBytes {
  readonly bytes: Uint8Array;
  /** Whether the bytes are ours alone, and may be given to a worker without a copy. */
  readonly owned: boolean;
}

export async function readSource(source: ModelSource, options: SourceOptions): Promise<SourceBytes> {
  options.signal?.throwIfAborted();
  if (source instanceof Uint8Array) return { bytes: source, owned: false };
  if (source instanceof ArrayBuffer) return { bytes: new Uint8Array(source), owned: false };
  if (source instanceof Blob) return { bytes: new Uint8Array(await source.arrayBuffer()), owned: true };
  if (source instanceof Response) return { bytes: await readResponse(source, options), owned: true };
  if (typeof source === 'string' || source instanceof URL)
    return { bytes: await readAddress(source, options), owned: true };
  throw new SaliencyError('INVALID_OPTION', 'This is no model source', {
    expected: 'URL, string, ArrayBuffer, Uint8Array, Blob or Response',
    actual: typeof source,
  });
}

async function readAddress(address: URL | string, options: SourceOptions): Promise<Uint8Array> {
  const local = isNode() ? localPath(address) : undefined;
  try {
    if (local !== undefined) return await readLocalFile(local);
    const init = options.signal === undefined ? {} : { signal: options.signal };
    return await readResponse(await fetch(address, init), options);
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason ?? abortError();
    if (error instanceof SaliencyError) throw error;
    throw unreadable(String(address), error instanceof Error ? error.message : String(error), error);
  }
}

// In Node, what is no web address is a path.
function localPath(address: URL | string): URL | string | undefined {
  if (address instanceof URL) return address.protocol === 'file:' ? address : undefined;
  if (address.startsWith('file:')) return new URL(address);
  return /^(https?|data|blob):/i.test(address) ? undefined : address;
}

async function readResponse(response: Response, { onProgress }: SourceOptions): Promise<Uint8Array> {
  if (!response.ok) {
    throw unreadable(response.url || 'the response', `${response.status} ${response.statusText}`.trim(), undefined);
  }
  if (response.body === null || onProgress === undefined) return new Uint8Array(await response.arrayBuffer());
  // The length is that of the compressed bytes where the server compresses: then the total is not known.
  const isPlain = response.headers.get('Content-Encoding') === null;
  const total = isPlain ? Number(response.headers.get('Content-Length') ?? 0) : 0;
  // A buffer of the stated size takes the parts as they come, so that a large file does not lie here twice.
  let bytes = new Uint8Array(total);
  let done = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const end = done + part.value.length;
    if (end > bytes.length) bytes = enlarged(bytes, Math.max(end, 2 * bytes.length));
    bytes.set(part.value, done);
    done = end;
    onProgress({ done, total, stage: 'download' });
  }
  return done === bytes.length ? bytes : bytes.slice(0, done);
}

function enlarged(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}

function unreadable(address: string, actual: string, cause: unknown): SaliencyError {
  return new SaliencyError(
    'MODEL_INVALID',
    `The model ${address} could not be read: ${actual}`,
    { expected: 'an ONNX file at this address', actual, remedy: 'Check the address, and CORS if it is another site.' },
    { cause },
  );
}
