// What a worker runs: it is given a port and answers the calls that come through it, for one model.

import { Engine } from './engine.js';
import { isNode } from './features.js';
import { loadCore } from './loader.js';
import { workerThreads } from './node.js';
import { serve } from './server.js';

function start(port: MessagePort): void {
  serve(port, new Engine(loadCore));
}

if (isNode()) {
  const { workerData } = await workerThreads();
  start((workerData as { port: MessagePort }).port);
} else {
  addEventListener('message', ({ ports }) => ports[0] && start(ports[0]), { once: true });
}
