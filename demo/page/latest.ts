// One piece of work at a time: the next one aborts the one before.

/** Why the work was stopped, as the signal's reason. */
export const superseded = new DOMException('Something newer was asked for.', 'AbortError');
export const cancelled = new DOMException('Cancelled.', 'AbortError');

export class Latest {
  #current: AbortController | undefined;

  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** Rejects with what `work` throws, unless something newer took its place. */
  async run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.stop(superseded);
    const controller = new AbortController();
    this.#current = controller;
    try {
      await work(controller.signal);
    } catch (error) {
      if (controller.signal.reason !== superseded) throw error;
    } finally {
      if (this.#current === controller) this.#current = undefined;
    }
  }

  stop(reason: DOMException): void {
    this.#current?.abort(reason);
    this.#current = undefined;
  }
}
