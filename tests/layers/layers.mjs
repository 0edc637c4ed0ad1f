// The layer rule: demo → web → bindings → metrics → {saliency, visualization, onnx} → graph → ops →
// {kernels, tensor} → base. An include or import may only point to the right, or stay in its own folder.
const order = [
  ['demo'],
  ['web'],
  ['bindings'],
  ['metrics'],
  ['saliency', 'visualization', 'onnx'],
  ['graph'],
  ['ops'],
  ['kernels', 'tensor'],
  ['base'],
];
const rank = new Map(order.flatMap((names, index) => names.map((name) => [name, index])));

/** Violations of the layer rule in one file, as sentences. `path` is relative to the project's root, with slashes. */
export function violations(path, text) {
  if (/^src\/.*\.(h|cpp)$/.test(path)) return includeViolations(path, text);
  if (/^(web|demo)\/.*\.ts$/.test(path)) return importViolations(path, text);
  return [];
}

function includeViolations(path, text) {
  const layer = path.split('/')[1];
  if (!rank.has(layer)) return [`${path}: src/${layer} is no layer; layers are ${[...rank.keys()].join(', ')}`];
  const found = [];
  for (const [, opening, target] of text.matchAll(/^\s*#\s*include\s*([<"])([^>"]+)[>"]/gm)) {
    if (opening === '<') {
      if (target.startsWith('emscripten') && layer !== 'bindings') {
        found.push(`${path} includes <${target}>: only src/bindings may see Emscripten`);
      }
      continue;
    }
    const other = target.split('/')[0];
    if (!rank.has(other)) found.push(`${path} includes "${target}": write the path from src/, as in "ops/operator.h"`);
    else if (other !== layer && rank.get(other) <= rank.get(layer)) {
      found.push(`${path} includes "${target}": ${layer} may not depend on ${other}`);
    }
  }
  return found;
}

function importViolations(path, text) {
  const layer = path.split('/')[0];
  const found = [];
  for (const [, target] of text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)['"]([^'"]+)['"]/g)) {
    if (layer === 'demo' && (/^#|(^|\/)(web|dist)\//.test(target) || /^saliency-wasm\/(?!wasm\/)/.test(target))) {
      found.push(`${path} imports '${target}': the page uses the public API, 'saliency-wasm', only`);
    }
    if (layer === 'web' && /(^|\/)(demo|src|tests|tools)\//.test(target)) {
      found.push(`${path} imports '${target}': web may not depend on it`);
    }
  }
  return found;
}
