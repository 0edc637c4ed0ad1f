// The test suites: what each builds, what it runs, what it waits for.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as checks from './checks.mjs';
import { cmakeArguments, isConfigured, noteConfigured } from './cmake.mjs';
import { assemblePackage, buildSite, compileTypeScript, wasmVariants } from './package.mjs';
import { collect, root } from './process.mjs';
import { countGoogleTest, countNodeTest } from './results.mjs';

const clang = {
  CMAKE_C_COMPILER: 'clang',
  CMAKE_CXX_COMPILER: 'clang++',
  CMAKE_CXX_FLAGS_RELEASE: '-O1',
  SALIENCY_KERNELS: 'simd',
};
const runSeconds = 1500;
const nativeConfiguration = (name, options) => ({
  folder: `native-${name}`,
  options: { ...options, SALIENCY_THREADS: 'ON' },
});
const asan = nativeConfiguration('asan', { ...clang, SALIENCY_SANITIZE: 'address,undefined' });

/**
 * A suite: {name, group, after: names of suites that must have ended, needs: names that must have succeeded,
 * run: (jobs) => {passed, failed, skipped, output}}. `jobs` is how many processes it may keep busy.
 */
export const suites = [
  // Long ones first; a build whose objects another one shares (through ccache) waits for it.
  // The zoo's large networks would take an hour there; the small one that the checkout carries stays.
  native(asan, { title: 'native, simd, ASan + UBSan', filter: '-*Zoo*' }),
  native(nativeConfiguration('simd', { SALIENCY_KERNELS: 'simd' }), { title: 'native, simd' }),
  ...wasmVariants.map(wasmPackage),
  {
    name: 'package',
    title: 'package and page',
    group: 'wasm web browser',
    needs: wasmVariants.map(({ folder }) => folder),
    run: () => step(assemblePackageAndSite),
  },
  wasmTests(),
  native(nativeConfiguration('xnnpack', { SALIENCY_KERNELS: 'xnnpack' }), {
    title: 'native, xnnpack',
    after: ['native-simd'],
  }),
  native(nativeConfiguration('tsan', { ...clang, SALIENCY_SANITIZE: 'thread' }), {
    title: 'native, simd kernels, TSan',
  }),
  native(nativeConfiguration('double', { SALIENCY_DOUBLE: 'ON', CMAKE_CXX_FLAGS_RELEASE: '-O1' }), {
    title: 'gradients, double precision',
  }),
  { name: 'web-tests', title: 'TypeScript in Node', group: 'web', needs: ['package'], run: webTests },
  {
    name: 'pack',
    title: 'packed and installed',
    group: 'web',
    needs: ['package'],
    run: () => nodeTests(filesIn('tests/package', '.test.mjs')),
  },
  {
    name: 'browser-tests',
    title: 'Chromium',
    group: 'browser',
    needs: ['package'],
    run: () => nodeTests(filesIn('tests/browser', '.test.mjs')),
  },
  { name: 'layers', title: 'layers', group: 'checks', run: () => nodeTests(filesIn('tests/layers', '.test.mjs')) },
  {
    name: 'links',
    title: 'links of documents',
    group: 'checks',
    run: () => nodeTests(filesIn('tests/docs', '.test.mjs')),
  },
  { name: 'files', title: 'files: size, paths', group: 'checks', run: checks.checkFiles },
  { name: 'format', title: 'clang-format', group: 'checks', run: checks.checkCppFormat },
  { name: 'biome', title: 'biome', group: 'checks', run: checks.checkWebStyle },
  { name: 'types', title: 'tsc --strict', group: 'checks', after: ['package'], run: checks.checkTypes },
  { name: 'tidy', title: 'clang-tidy', group: 'checks', after: [asan.folder], run: tidy },
];

function native(configuration, { title, after, filter = '*' }) {
  return {
    name: configuration.folder,
    title,
    group: 'native',
    after,
    run: async (jobs) => {
      const built = await buildTarget(configuration, 'saliency_tests', jobs);
      if (built) return built;
      return googleTest(`build/${configuration.folder}/saliency_tests`, [`--gtest_filter=${filter}`]);
    },
  };
}

function wasmTests() {
  const configuration = { folder: 'wasm-tests', wasm: true, options: { SALIENCY_THREADS: 'OFF' } };
  return {
    name: 'wasm-tests',
    title: 'WebAssembly in Node',
    group: 'wasm',
    after: [wasmVariants[0].folder],
    run: async (jobs) => {
      const built = await buildTarget(configuration, 'saliency_tests', jobs);
      if (built) return built;
      // Emscripten 3.1.6 would fetch() the file where Node has a fetch.
      return googleTest('node', ['--no-experimental-fetch', `build/${configuration.folder}/saliency_tests.js`]);
    },
  };
}

function wasmPackage(configuration) {
  return {
    name: configuration.folder,
    title: `package: ${configuration.folder}`,
    group: 'wasm web browser',
    run: async (jobs) =>
      (await buildTarget(configuration, 'package', jobs)) ?? { passed: 0, failed: 0, skipped: 0, output: '' },
  };
}

/** Configures and builds; undefined where that worked, else the failure. */
async function buildTarget(configuration, target, jobs) {
  const failure = await configure(configuration);
  if (failure) return failure;
  const built = await collect('ninja', ['-C', `build/${configuration.folder}`, '-j', String(jobs), '--quiet', target]);
  return built.code === 0 ? undefined : broken(`The build failed.\n${built.output}`);
}

async function configure(configuration) {
  if (isConfigured(configuration)) return undefined;
  mkdirSync(join(root, 'build', configuration.folder), { recursive: true });
  const configured = await collect('cmake', cmakeArguments(configuration));
  if (configured.code !== 0) return broken(configured.output);
  noteConfigured(configuration);
  return undefined;
}

const broken = (output) => ({ passed: 0, failed: 1, skipped: 0, output });

function assemblePackageAndSite() {
  assemblePackage();
  buildSite();
}

async function step(action) {
  try {
    await action();
    return { passed: 0, failed: 0, skipped: 0, output: '' };
  } catch (error) {
    return broken(error.message);
  }
}

async function googleTest(command, args) {
  const ended = await collect(command, [...args, '--gtest_color=no', '--gtest_brief=1'], { seconds: runSeconds });
  return countGoogleTest(ended);
}

async function nodeTests(files) {
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0, output: 'There are no tests.' };
  return countNodeTest(await collect('node', ['--test', '--test-reporter=tap', ...files], { seconds: runSeconds }));
}

async function webTests() {
  if (filesIn('tests/web', '.ts').length === 0) return nodeTests([]);
  const compiled = await step(() => compileTypeScript('tsconfig.test.json'));
  return compiled.failed ? compiled : nodeTests(filesIn('build/tests-web', '.test.js'));
}

// clang-tidy wants to know how clang compiles a file.
async function tidy(jobs) {
  const failure = await configure(asan);
  return failure ?? checks.checkTidy({ buildFolder: asan.folder, lanes: jobs });
}

function filesIn(folder, ending) {
  if (!existsSync(join(root, folder))) return [];
  const names = readdirSync(join(root, folder), { recursive: true }).map(String);
  return names
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => `${folder}/${name}`);
}
