// Maps while they are made, without WebAssembly: what the loop sees, and what leaving it does.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mask } from '#web/mask.js';
import type { ProgressOptions } from '#web/model.js';
import { updates } from '#web/stream.js';

const partial = (value: number) => ({
  data: Float32Array.of(value),
  shape: [1, 1],
  layout: 'HW' as const,
  region: undefined,
  steps: value,
});
const mask = { ...partial(9), evaluations: 9 } as unknown as Mask;
const pause = () => new Promise<void>((resolve) => void setImmediate(resolve));

test('each map reaches the loop, and the finished mask is the last', async () => {
  const call = async ({ onProgress }: ProgressOptions) => {
    for (const done of [1, 2, 3]) {
      onProgress?.({ done, total: 9, partial: partial(done) });
      onProgress?.({ done, total: 9 });
      await pause();
    }
    return mask;
  };
  const seen: [number, number, boolean][] = [];

  for await (const update of updates(call, undefined)) {
    seen.push([update.data[0] ?? 0, update.steps, update.mask === mask]);
  }

  assert.deepEqual(seen, [
    [1, 1, false],
    [2, 2, false],
    [3, 3, false],
    [9, 9, true],
  ]);
});

test('a slow loop gets the latest map only', async () => {
  const call = async ({ onProgress }: ProgressOptions) => {
    for (const done of [1, 2, 3, 4]) {
      onProgress?.({ done, total: 9, partial: partial(done) });
      await pause();
    }
    await pause();
    await pause();
    return mask;
  };
  const seen: number[] = [];

  for await (const update of updates(call, undefined)) {
    seen.push(update.steps);
    for (let i = 0; i < 4; ++i) await pause();
  }

  assert.deepEqual(seen, [1, 4, 9]);
});

test('leaving the loop stops the call', async () => {
  let inner: AbortSignal | undefined;
  const call = async ({ signal, onProgress }: ProgressOptions) => {
    inner = signal;
    for (let done = 1; ; ++done) {
      signal?.throwIfAborted();
      onProgress?.({ done, total: 0, partial: partial(done) });
      await pause();
    }
  };

  for await (const update of updates(call, undefined)) {
    if (update.steps >= 2) break;
  }

  assert.equal(inner?.aborted, true);
});

test('a failure and an abort from outside end the loop with their reason', async () => {
  const outer = new AbortController();
  const waits = ({ signal }: ProgressOptions) =>
    new Promise<Mask>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  const drain = async (call: (options: ProgressOptions) => Promise<Mask>, signal?: AbortSignal) => {
    for await (const _ of updates(call, signal));
  };

  await assert.rejects(
    drain(() => Promise.reject(new TypeError('no'))),
    /no/,
  );
  const aborted = drain(waits, outer.signal);
  outer.abort();
  await assert.rejects(aborted, { name: 'AbortError' });
  const late = async ({ signal }: ProgressOptions) => {
    signal?.throwIfAborted();
    return mask;
  };
  await assert.rejects(drain(late, outer.signal), { name: 'AbortError' });
});
