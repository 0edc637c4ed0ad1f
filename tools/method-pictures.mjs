// node tools/method-pictures.mjs [Method …]: makes the pictures of docs/methods with the built package in dist/ (npm
// run build). Each shows the map of one sample by the demo model, with the method's defaults: on the left the sum of
// |values| over the channels, on the right the signed sum, both up to the 99th percentile.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodePng } from './lib/png.mjs';
import { Failure, root, runMain } from './lib/process.mjs';

const folder = join(root, 'docs/images/methods');
const sample = 'butterfly';
const side = 256; // of each half, in pixels
const gap = 8;
const largest = 60_000; // bytes
// 127 colours for [0, 1], 127 for [−1, 1], and white between the halves.
const shades = 127;
const white = 2 * shades;
const saliency = new Map(Object.entries(await load()));

await runMain(async (names) => {
  const chosen = names.length ? names : [...saliency.get('methodNames'), 'SmoothGrad'];
  mkdirSync(folder, { recursive: true });
  const bytes = readFileSync(join(root, `demo/samples/${sample}.png`));
  const image = new Blob([bytes]);
  const model = await saliency.get('loadModel')(readFileSync(join(root, 'demo/model/demo.onnx')));
  const [best] = await model.classify(image, { top: 1 });
  if (best.label !== sample) throw new Failure(`The demo model takes the ${sample} for a ${best.label}.`);
  for (const name of chosen) {
    const mask = await maskOf(name, model, image, best.index);
    save(name, mask);
  }
  model.dispose();
});

async function load() {
  try {
    return await import('../dist/index.js');
  } catch (error) {
    console.error(`${error.message}\nnpm run build makes the package.`);
    process.exit(1);
  }
}

async function maskOf(name, model, image, target) {
  const Method = saliency.get(name === 'SmoothGrad' ? 'VanillaGradients' : name);
  if (Method === undefined) throw new Failure(`dist/ has no method ${name}: npm run build makes it anew.`);
  const method = new Method(model);
  if (name === 'SmoothGrad') return method.getSmoothedMask(image, { target, seed: 0 });
  try {
    return await method.getMask(image, { target, seed: 0 });
  } catch (error) {
    if (error.code !== 'INVALID_OPTION') throw error;
    return method.getMask(image, { target }); // nothing random in it
  }
}

function save(name, mask) {
  const halves = ['visualizeImageGrayscale', 'visualizeImageDiverging'].map((name) => saliency.get(name)(mask));
  const png = encodePng({ ...indexed(halves), colors: palette() });
  const file = `${pageName(name)}.png`;
  writeFileSync(join(folder, file), png);
  const seconds = (mask.timings.total / 1000).toFixed(1);
  console.log(`${file}: ${Math.round(png.length / 1000)} KB, ${mask.evaluations} evaluations, ${seconds} s`);
  for (const warning of mask.warnings) console.log(`  ${warning}`);
  if (png.length > largest) throw new Failure(`${file} has ${png.length} bytes, more than ${largest}.`);
}

/** 'GradCamPlusPlus' → 'grad-cam-plus-plus', as tests/support/page.cpp has it; 'SmoothGrad' is 'smoothgrad'. */
function pageName(name) {
  if (name === 'SmoothGrad') return 'smoothgrad';
  return name.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}

function palette() {
  const { ember, tide } = saliency.get('colormaps');
  const colors = new Uint8Array(3 * (white + 1)).fill(255);
  for (const [half, { colors: all }] of [ember, tide].entries())
    for (let i = 0; i < shades; ++i) {
      const from = Math.round((i / (shades - 1)) * (all.length / 3 - 1)) * 3;
      colors.set(all.subarray(from, from + 3), (half * shades + i) * 3);
    }
  return colors;
}

/** Both halves beside each other, each value a square of pixels. */
function indexed(halves) {
  const width = 2 * side + gap;
  const indices = new Uint8Array(width * side).fill(white);
  for (const [half, picture] of halves.entries())
    for (let y = 0; y < side; ++y)
      for (let x = 0; x < side; ++x) {
        const row = Math.floor((y * picture.height) / side);
        const column = Math.floor((x * picture.width) / side);
        const value = picture.data[row * picture.width + column];
        const share = half === 0 ? value : (value + 1) / 2;
        indices[y * width + half * (side + gap) + x] = half * shades + Math.round(share * (shades - 1));
      }
  return { indices, width, height: side };
}
