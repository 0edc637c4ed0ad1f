// The messages between a page and its worker. One port carries the calls of one model; a call is answered once, after
// any number of reports of progress.

import type { ErrorMessage } from './errors.js';
import type { Progress } from './mask.js';
import type { CallName, Calls } from './requests.js';

type CallMessage = {
  [K in CallName]: {
    readonly kind: 'call';
    readonly id: number;
    readonly name: K;
    readonly request: Calls[K]['request'];
    /** Whether anybody listens to progress. */
    readonly progress: boolean;
  };
}[CallName];

export type ToWorker = CallMessage | { readonly kind: 'abort'; readonly id: number } | { readonly kind: 'dispose' };

type ResultMessage = {
  readonly kind: 'result';
  readonly id: number;
  readonly result: Calls[CallName]['result'];
};

export type FromWorker =
  | ResultMessage
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorMessage }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: Progress };

/** The buffers in plain data, each once: they change hands instead of being copied. */
export function buffersOf(value: unknown, found: Set<ArrayBuffer> = new Set()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (Array.isArray(value)) {
    if (typeof value[0] === 'object') for (const item of value) buffersOf(item, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) buffersOf(item, found);
  }
  return found;
}
