// Checks that read the files: each resolves to {output, failed} like a test suite of one test.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCpp, projectFiles } from './files.mjs';
import { collect, root } from './process.mjs';

const largestFile = 4 << 20;
const tidySeconds = 300;

const one = ({ code, output }) => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, output });
const verdict = (problems) => one({ code: problems.length, output: problems.join('\n') });

/** No file over 4 MB, no path of somebody's machine, no registry's address. */
export async function checkFiles() {
  const problems = [];
  for (const path of projectFiles()) {
    const size = statSync(join(root, path)).size;
    if (size > largestFile) problems.push(`${path}: ${size} bytes; at most ${largestFile} are allowed`);
    const text = readFileSync(join(root, path));
    if (text.subarray(0, 8000).includes(0)) continue;
    text
      .toString()
      .split('\n')
      .forEach((line, index) => {
        const where = `${path}:${index + 1}`;
        if (/(^|[^\w.])\/(work|root|home\/[a-z]+|tmp\/[a-z]\w*)\//.test(line))
          problems.push(`${where}: path of one machine: ${line.trim()}`);
        if (/"resolved":\s*"http|\bregistry\.[a-z]+\.(org|com|dev)/.test(line))
          problems.push(`${where}: address of a registry`);
      });
  }
  return verdict(problems);
}

export async function checkCppFormat() {
  return one(await collect('clang-format', ['--dry-run', '-Werror', ...projectFiles().filter(isCpp)]));
}

export async function checkWebStyle() {
  return one(
    await collect('node', ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '--max-diagnostics=100']),
  );
}

/** `tsc --strict` (tsconfig.json says so) over all TypeScript; needs dist/ for what imports the package. */
export async function checkTypes() {
  const projects = ['tsconfig.json', 'tsconfig.demo.json', 'tsconfig.test.json'];
  const results = [];
  for (const project of projects) {
    results.push(await collect('node', ['node_modules/typescript/bin/tsc', '--noEmit', '-p', project]));
  }
  // TS18003: a project without files yet.
  const failed = results.filter(({ code, output }) => code !== 0 && !output.includes('TS18003'));
  return one({ code: failed.length, output: failed.map(({ output }) => output).join('') });
}

/**
 * clang-tidy over the core's sources. Results are kept by content, so that only what changed is read again; what does
 * not fit into the time is left for the next run and said.
 */
export async function checkTidy({ buildFolder, lanes, filter = () => true }) {
  const commands = JSON.parse(readFileSync(join(root, 'build', buildFolder, 'compile_commands.json'), 'utf8'));
  const sources = commands
    .map(({ file }) => file.slice(root.length + 1))
    .filter((path) => path.startsWith('src/') && filter(path));
  const cache = join(root, 'build/tidy');
  mkdirSync(cache, { recursive: true });
  const start = Date.now();
  const queue = sources.filter((path) => !existsSync(join(cache, fingerprint(path))));
  const [problems, left] = [[], []];
  const work = async () => {
    for (let path = queue.shift(); path; path = queue.shift()) {
      if ((Date.now() - start) / 1000 > tidySeconds) {
        left.push(path);
        continue;
      }
      const key = fingerprint(path);
      const { code, output } = await collect('clang-tidy', ['--quiet', '-p', `build/${buildFolder}`, path]);
      if (code === 0) writeFileSync(join(cache, key), `${path}\n`);
      else problems.push(output.replace(/^\d+ warnings? .*\n/gm, ''));
    }
  };
  await Promise.all(Array.from({ length: lanes }, work));
  const note = left.length
    ? [`${left.length} of ${sources.length} files did not fit into ${tidySeconds} s; the next run reads them.`]
    : [];
  return { ...verdict(problems), output: [...problems, ...note].join('\n') };
}

const texts = new Map();
function textOf(path) {
  if (!texts.has(path)) texts.set(path, existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '');
  return texts.get(path);
}

// Of a source, the project's headers that it sees, and the rules.
function fingerprint(path) {
  const seen = new Set(['.clang-tidy']);
  const visit = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, target] of textOf(file).matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)) visit(`src/${target}`);
  };
  visit(path);
  const hash = createHash('sha256');
  for (const file of [...seen].sort()) hash.update(`${file}\0${textOf(file)}\0`);
  return hash.digest('hex').slice(0, 32);
}
