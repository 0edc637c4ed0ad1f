// The page's side of the protocol, and the worker itself: one for each model, so that dispose() gives all its memory
// back.

import type { Backend } from './backend.js';
import type { Hooks } from './engine.js';
import { abortError, disposedError, fromErrorMessage, SaliencyError } from './errors.js';
import { isNode } from './features.js';
import { workerThreads } from './node.js';
import type { FromWorker, ToWorker } from './protocol.js';
import type { CallName, Calls } from './requests.js';

interface Pending {
  resolve(result: Calls[CallName]['result']): void;
  reject(error: unknown): void;
  readonly hooks: Hooks;
}

/** Calls through `port`; `close` ends the other side for good. */
export class PortBackend implements Backend {
  readonly #port: MessagePort;
  readonly #close: () => void;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #failure: Error | undefined;

  constructor(port: MessagePort, close: () => void) {
    this.#port = port;
    this.#close = close;
    port.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
  }

  call<K extends CallName>(
    name: K,
    request: Calls[K]['request'],
    hooks: Hooks,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Calls[K]['result']> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const { signal } = hooks;
    if (signal?.aborted) return Promise.reject(signal.reason ?? abortError());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // At once here; the worker stops after its batch.
      const onAbort = () => {
        this.#send({ kind: 'abort', id });
        this.#settle(id)?.reject(signal?.reason ?? abortError());
      };
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          signal?.removeEventListener('abort', onAbort);
          settle(value);
        };
      };
      this.#pending.set(id, { resolve: settled(resolve), reject: settled(reject), hooks });
      signal?.addEventListener('abort', onAbort);
      try {
        const progress = hooks.onProgress !== undefined;
        this.#send({ kind: 'call', id, name, request, progress } as ToWorker, transfer);
      } catch (error) {
        this.#settle(id)?.reject(error);
      }
      this.#keepAlive();
    });
  }

  dispose(): void {
    this.fail(disposedError());
  }

  /** Ends the connection: everything pending, and everything later, is rejected with `error`. */
  fail(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error);
    this.#send({ kind: 'dispose' });
    this.#port.close();
    this.#close();
  }

  #send(message: ToWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(message, [...transfer]);
  }

  #receive(message: FromWorker): void {
    if (message.kind === 'progress') {
      this.#pending.get(message.id)?.hooks.onProgress?.(message.progress);
      return;
    }
    const pending = this.#settle(message.id);
    if (message.kind === 'result') {
      pending?.resolve(message.result);
      return;
    }
    pending?.reject(fromErrorMessage(message.error));
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    this.#keepAlive();
    return pending;
  }

  // In Node, an idle model does not keep the process from ending.
  #keepAlive(): void {
    const port: { ref?: () => void; unref?: () => void } = this.#port as MessagePort & { ref?: () => void };
    if (this.#pending.size > 0) port.ref?.();
    else port.unref?.();
  }
}

/** A model's own worker. */
export async function workerBackend(): Promise<Backend> {
  const { port1, port2 } = new MessageChannel();
  return isNode() ? nodeWorker(port1, port2) : pageWorker(port1, port2);
}

function pageWorker(own: MessagePort, other: MessagePort): Backend {
  let worker: Worker;
  try {
    // In this form, bundlers find the worker.
    worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'saliency-wasm' });
  } catch (cause) {
    throw workerError(cause instanceof Error ? cause.message : String(cause));
  }
  const backend = new PortBackend(own, () => worker.terminate());
  worker.addEventListener('error', (event) => backend.fail(workerError(event.message || 'it could not be loaded')));
  worker.postMessage(undefined, [other]);
  return backend;
}

async function nodeWorker(own: MessagePort, other: MessagePort): Promise<Backend> {
  const threads = await workerThreads();
  const worker = new threads.Worker(new URL('./worker.js', import.meta.url), {
    workerData: { port: other },
    transferList: [other as unknown as import('node:worker_threads').MessagePort],
  });
  const backend = new PortBackend(own, () => void worker.terminate());
  worker.on('error', (error) => backend.fail(workerError(error.message)));
  worker.unref();
  return backend;
}

function workerError(actual: string): SaliencyError {
  return new SaliencyError('WASM_LOAD', `The worker failed: ${actual}`, {
    expected: 'worker.js next to the package’s other modules, from the page’s own origin',
    actual,
    remedy: "Serve the package from your origin, allow worker-src 'self' if there is a CSP, or pass worker: false.",
  });
}
