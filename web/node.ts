// The few things that Node does in its own way. Imported by computed names, which bundlers for pages leave alone.

const load = (name: string): Promise<unknown> => import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`);

/** The bytes of a file of this machine. */
export async function readLocalFile(path: URL | string): Promise<Uint8Array<ArrayBuffer>> {
  const fs = (await load('fs/promises')) as typeof import('node:fs/promises');
  return new Uint8Array(await fs.readFile(path));
}

export async function workerThreads(): Promise<typeof import('node:worker_threads')> {
  return (await load('worker_threads')) as typeof import('node:worker_threads');
}
