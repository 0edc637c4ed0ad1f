// The project's own files: what git tracks or would; without git, everything that is not generated.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './process.mjs';

const generated = new Set(['.git', 'build', 'dist', 'node_modules', '.cache']);

/** Paths relative to the root, with slashes. */
export function projectFiles() {
  if (existsSync(join(root, '.git'))) {
    const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (listed.status === 0) return listed.stdout.split('\0').filter((path) => path && existsSync(join(root, path)));
  }
  return walk('');
}

function walk(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    if (entry.isDirectory()) return generated.has(entry.name) ? [] : walk(path);
    return entry.isFile() && !path.endsWith('.tgz') ? [path] : [];
  });
}

export const isCpp = (path) => /^(src|tests)\/.*\.(h|cpp)$/.test(path);
