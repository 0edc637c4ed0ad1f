// node tools/screenshots.mjs [--built] [hero] [methods]: takes the README's pictures anew, from the demo page in
// Chromium; with --built, of the package that is in dist/ already.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { serve } from '../demo/server/server.mjs';
import { buildPackage, buildSite, fastVariants } from './lib/package.mjs';
import { encodePng, quantized } from './lib/png.mjs';
import { Failure, findProgram, root, runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';

const folder = join(root, 'docs/images');
const largest = 400_000;
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

// The pages as in their addresses; with a seed where there is noise, so that the same picture comes out each time.
const hero = '#sample=sailboat&method=IntegratedGradients&smoothed=no&view=sign&colors=night';
const gallery = '#sample=butterfly&seed=7';

const pictures = { hero: takeHero, methods: takeGallery };

await runMain(async (args) => {
  const wanted = chosenPictures(args);
  setUp('test');
  if (!args.includes('--built')) buildPackage(fastVariants);
  mkdirSync(folder, { recursive: true });
  const server = await serve({ folders: [buildSite()] });
  const browser = await chromium.launch({ executablePath: findProgram('chromium'), args: flags });
  try {
    for (const take of wanted) await take(browser, server.url);
  } finally {
    await browser.close();
    await server.close();
  }
});

function chosenPictures(args) {
  const names = args.filter((name) => name !== '--built');
  const unknown = names.filter((name) => !Object.hasOwn(pictures, name));
  if (unknown.length) throw new Failure(`There is no picture '${unknown[0]}'; there are ${Object.keys(pictures)}.`);
  return (names.length ? names : Object.keys(pictures)).map((name) => pictures[name]);
}

// The page itself. Three quarters of the size: sharp enough for a README, and half the bytes.
async function takeHero(browser, url) {
  const viewport = { width: 1440, height: 776 };
  const options = { viewport, deviceScaleFactor: 0.75, colorScheme: 'dark', reducedMotion: 'reduce' };
  const page = await open(browser, url + hero, options);
  save('hero', await page.screenshot({ animations: 'disabled' }));
  await page.close();
}

// One sample as each method sees it, smoothed where that is cheap: what was done is written below each map.
async function takeGallery(browser, url) {
  const page = await open(browser, url + gallery, { viewport: { width: 1280, height: 900 } });
  const tiles = [{ title: 'The image', note: '', url: await picture(page, 'image') }];
  for (const name of await page.$$eval('input[name=method]', (inputs) => inputs.map(({ value }) => value))) {
    await page.locator(`label:has(> input[value="${name}"])`).click();
    await done(page);
    const title = await page.textContent(`label:has(> input[value="${name}"])`);
    const smoothed = await page.isChecked('input[name=smoothed][value=yes]');
    const note = smoothed ? `smoothed, ${await page.textContent('#samples-text')} samples` : 'plain';
    tiles.push({ title, note, url: await picture(page, 'map') });
  }
  const composed = await page.evaluate(compose, { tiles, columns: 6, side: 122 });
  const { decodePng } = await import('../dist/png.js');
  const pixels = await decodePng(Buffer.from(composed.split(',')[1], 'base64'));
  save('methods', encodePng(quantized(pixels)));
  await page.close();
}

async function open(browser, address, options) {
  const page = await browser.newPage(options);
  await page.goto(address);
  await done(page);
  return page;
}

async function done(page) {
  await page.waitForSelector('#save-json:enabled', { timeout: 120_000 });
}

function picture(page, canvas) {
  return page.evaluate((id) => document.getElementById(id).toDataURL(), canvas);
}

// Runs in the page.
async function compose({ tiles, columns, side }) {
  const [gap, text] = [12, 38];
  const canvas = document.createElement('canvas');
  canvas.width = columns * (side + gap) + gap;
  canvas.height = Math.ceil(tiles.length / columns) * (side + gap + text) + gap;
  const context = canvas.getContext('2d');
  context.fillStyle = '#fffefd';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  for (const [i, { title, note, url }] of tiles.entries()) {
    const image = new Image();
    image.src = url;
    await image.decode();
    const x = gap + (i % columns) * (side + gap);
    const y = gap + Math.floor(i / columns) * (side + gap + text);
    context.drawImage(image, x, y, side, side);
    context.fillStyle = '#1e1822';
    context.font = '13px system-ui, sans-serif';
    context.fillText(title, x, y + side + 17, side);
    context.fillStyle = '#6b6470';
    context.font = '11px system-ui, sans-serif';
    context.fillText(note, x, y + side + 32, side);
  }
  return canvas.toDataURL();
}

function save(name, bytes) {
  const path = join(folder, `${name}.png`);
  writeFileSync(path, bytes);
  const { size } = statSync(path);
  console.log(`docs/images/${name}.png: ${Math.round(size / 1000)} KB`);
  if (size > largest) throw new Failure(`${name}.png has ${size} bytes, more than ${largest}: make it smaller.`);
}
