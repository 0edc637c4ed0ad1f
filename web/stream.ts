// Maps while they are made: turns a call that reports progress into an async iterable.

import { abortError } from './errors.js';
import type { Mask, PartialMask } from './mask.js';
import type { ProgressOptions } from './model.js';

/** A map on its way: usable at any time, better with each update. */
export interface MaskUpdate extends PartialMask {
  readonly done: number;
  /** In the same unit as `done`; 0 when it is not known. */
  readonly total: number;
  /** The finished mask with its receipt, in the last update; its data are the update's. Before that, undefined. */
  readonly mask: Mask | undefined;
}

/** @internal The updates of one call. The consumer gets the latest map only; leaving the loop stops the call. */
export async function* updates(
  call: (options: ProgressOptions) => Promise<Mask>,
  outer: AbortSignal | undefined,
): AsyncGenerator<MaskUpdate, void, undefined> {
  const abort = new AbortController();
  const onOuterAbort = () => abort.abort(outer?.reason ?? abortError());
  if (outer?.aborted) onOuterAbort();
  outer?.addEventListener('abort', onOuterAbort);
  let latest: MaskUpdate | undefined;
  let outcome: { readonly mask: Mask } | { readonly error: unknown } | undefined;
  let wake = () => {};
  const onProgress: ProgressOptions['onProgress'] = ({ done, total, partial }) => {
    if (partial === undefined) return;
    latest = { ...partial, done, total, mask: undefined };
    wake();
  };
  call({ signal: abort.signal, onProgress })
    .then(
      (mask) => {
        outcome = { mask };
      },
      (error: unknown) => {
        outcome = { error };
      },
    )
    .finally(() => wake());
  try {
    for (;;) {
      if (outcome !== undefined) break;
      if (latest !== undefined) {
        const update: MaskUpdate = latest;
        latest = undefined;
        yield update;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    yield finalUpdate(outcome);
  } finally {
    outer?.removeEventListener('abort', onOuterAbort);
    abort.abort();
  }
}

function finalUpdate(outcome: { readonly mask: Mask } | { readonly error: unknown }): MaskUpdate {
  if ('error' in outcome) throw outcome.error;
  const { mask } = outcome;
  const { data, shape, layout, region, steps, evaluations } = mask;
  return { data, shape, layout, region, steps, done: evaluations, total: evaluations, mask };
}
