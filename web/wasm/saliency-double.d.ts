// The glue that Emscripten writes (cmake/wasm.cmake).
import type { CoreFactory } from '../core.js';

declare const createSaliency: CoreFactory;

// biome-ignore lint/style/noDefaultExport: Emscripten's glue has one
export { createSaliency as default };
