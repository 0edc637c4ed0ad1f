// Picks, fetches and starts one of the WebAssembly builds.

import type { CoreFactory, CoreModule } from './core.js';
import { SaliencyError } from './errors.js';
import { hasRelaxedSimd, hasSimd, hasThreads, isNode, isPage } from './features.js';
import { readLocalFile } from './node.js';
import type { Precision } from './requests.js';

/**
 * The builds: with or without threads, plain or relaxed (fused) vector instructions; and the one that computes in
 * double precision.
 */
export type Build = 'simd' | 'simd-relaxed' | 'threads' | 'threads-relaxed' | 'double';

export interface CoreOptions {
  readonly precision: Precision;
  /** 0: as many as are useful. Cut to what is possible. */
  readonly threads: number;
  /** Folder of the .wasm files; undefined: next to this module. */
  readonly wasmUrl: string | undefined;
}

export interface LoadedCore {
  readonly core: CoreModule;
  readonly build: Build;
  readonly threads: number;
}

const kMaxDefaultThreads = 8;
// Starting the threads takes milliseconds; where the page forbids their script, it never ends.
const kThreadStartMilliseconds = 10_000;

// Literal, so that bundlers see which files belong to the package.
const kFiles: Readonly<Record<Build, () => URL>> = {
  simd: () => new URL('./wasm/saliency-simd.wasm', import.meta.url),
  'simd-relaxed': () => new URL('./wasm/saliency-simd-relaxed.wasm', import.meta.url),
  threads: () => new URL('./wasm/saliency-threads.wasm', import.meta.url),
  'threads-relaxed': () => new URL('./wasm/saliency-threads-relaxed.wasm', import.meta.url),
  double: () => new URL('./wasm/saliency-double.wasm', import.meta.url),
};

// Compiled once for all models of this thread.
const modules = new Map<string, Promise<WebAssembly.Module>>();

/** Starts a fresh instance of the core; each model has its own, so that its memory can be given back as a whole. */
export async function loadCore(options: CoreOptions): Promise<LoadedCore> {
  if (!hasSimd()) {
    throw new SaliencyError('WASM_LOAD', 'This engine has no WebAssembly SIMD', {
      expected: 'Chrome 91, Firefox 89, Safari 16.4, Node 20, or later',
      remedy: 'Update the browser.',
    });
  }
  if (options.precision === 'float64') return start('double', 1, options.wasmUrl);
  const threads = possibleThreads(options.threads);
  if (threads > 1) {
    try {
      return await start(hasRelaxedSimd() ? 'threads-relaxed' : 'threads', threads, options.wasmUrl);
    } catch {
      // One thread always works; the caller sees the number in model.threads.
    }
  }
  return start(hasRelaxedSimd() ? 'simd-relaxed' : 'simd', 1, options.wasmUrl);
}

function possibleThreads(wanted: number): number {
  // Threads are waited for, which a page's main thread must not do.
  if (!hasThreads() || isPage()) return 1;
  const available = navigator.hardwareConcurrency || 1;
  return Math.min(wanted === 0 ? kMaxDefaultThreads : wanted, available);
}

async function start(build: Build, threads: number, wasmUrl: string | undefined): Promise<LoadedCore> {
  const url = fileUrl(build, wasmUrl);
  const [module, factory] = await Promise.all([compiled(url), glue(build)]);
  const starting = instantiate(factory, module, threads);
  const core = await (threads > 1 ? within(kThreadStartMilliseconds, starting) : starting);
  return { core, build, threads: core.setThreadCount(threads) };
}

function fileUrl(build: Build, wasmUrl: string | undefined): URL {
  if (wasmUrl === undefined) return kFiles[build]();
  return new URL(`saliency-${build}.wasm`, wasmUrl.endsWith('/') ? wasmUrl : `${wasmUrl}/`);
}

async function glue(build: Build): Promise<CoreFactory> {
  try {
    return (await importGlue(build)).default;
  } catch (cause) {
    throw loadError('The JavaScript part of the WebAssembly core could not be loaded', cause);
  }
}

// Literal, too.
function importGlue(build: Build): Promise<{ readonly default: CoreFactory }> {
  switch (build) {
    case 'double':
      return import('./wasm/saliency-double.js');
    case 'threads':
    case 'threads-relaxed':
      return import('./wasm/saliency-threads.js');
    default:
      return import('./wasm/saliency-simd.js');
  }
}

function compiled(url: URL): Promise<WebAssembly.Module> {
  let module = modules.get(url.href);
  if (module === undefined) {
    module = compile(url);
    modules.set(url.href, module);
    module.catch(() => modules.delete(url.href));
  }
  return module;
}

async function compile(url: URL): Promise<WebAssembly.Module> {
  try {
    if (isNode() && url.protocol === 'file:') return await WebAssembly.compile(await readLocalFile(url));
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    // Streaming insists on the right Content-Type, which not every server sends.
    const isTyped = response.headers.get('Content-Type')?.startsWith('application/wasm') === true;
    if (isTyped) return await WebAssembly.compileStreaming(response);
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (cause) {
    throw loadError(`${url.href} could not be loaded`, cause);
  }
}

function instantiate(factory: CoreFactory, module: WebAssembly.Module, threads: number): Promise<CoreModule> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => reject(loadError('The WebAssembly core could not be started', cause));
    factory({
      saliencyThreads: threads,
      instantiateWasm(imports, done) {
        WebAssembly.instantiate(module, imports).then((instance) => done(instance, module), fail);
        return {};
      },
      onAbort: fail,
      print: () => {},
      printErr: () => {},
    }).then(resolve, fail);
  });
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function loadError(message: string, cause: unknown): SaliencyError {
  const actual = cause instanceof Error ? cause.message : String(cause);
  return new SaliencyError(
    'WASM_LOAD',
    `${message}: ${actual}`,
    {
      expected: 'the folder wasm/ of the package next to its modules, and a policy that allows WebAssembly',
      actual,
      remedy: "Serve the package's files, pass wasmUrl, and allow script-src 'wasm-unsafe-eval' if there is a CSP.",
    },
    { cause },
  );
}
