// The worker's side of the protocol: answers the calls that come through a port.

import type { Engine } from './engine.js';
import { toErrorMessage } from './errors.js';
import { buffersOf, type FromWorker, type ToWorker } from './protocol.js';

export function serve(port: MessagePort, engine: Engine): void {
  const running = new Map<number, AbortController>();
  const send = (message: FromWorker) => port.postMessage(message, [...buffersOf(message)]);

  port.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === 'abort') {
      running.get(data.id)?.abort();
      return;
    }
    if (data.kind === 'dispose') {
      engine.dispose();
      port.close();
      return;
    }
    const { id } = data;
    const abort = new AbortController();
    running.set(id, abort);
    try {
      const onProgress = data.progress
        ? { onProgress: (progress: FromProgress) => send({ kind: 'progress', id, progress }) }
        : {};
      const result = await engine.call(data.name, data.request, { signal: abort.signal, ...onProgress });
      send({ kind: 'result', id, result });
    } catch (error) {
      send({ kind: 'error', id, error: toErrorMessage(error) });
    } finally {
      running.delete(id);
    }
  };
}

type FromProgress = Extract<FromWorker, { kind: 'progress' }>['progress'];
