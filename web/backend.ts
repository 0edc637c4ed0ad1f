// Where a model's calls are carried out: in this thread, or in a worker.

import { Engine, type Hooks } from './engine.js';
import { loadCore } from './loader.js';
import type { CallName, Calls } from './requests.js';

export interface Backend {
  /** `transfer`: buffers of the request that the caller gives away. */
  call<K extends CallName>(
    name: K,
    request: Calls[K]['request'],
    hooks: Hooks,
    transfer?: readonly ArrayBuffer[],
  ): Promise<Calls[K]['result']>;
  dispose(): void;
}

export function localBackend(): Backend {
  const engine = new Engine(loadCore);
  return {
    call: (name, request, hooks) => engine.call(name, request, hooks),
    dispose: () => engine.dispose(),
  };
}
