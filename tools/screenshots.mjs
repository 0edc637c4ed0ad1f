// node tools/screenshots.mjs: takes the README's pictures anew, from the demo page in Chromium.
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { serve } from '../demo/server/server.mjs';
import { buildPackage, buildSite } from './lib/package.mjs';
import { Failure, findProgram, root, runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';

const folder = join(root, 'docs/images');
// With a seed, so that the same picture comes out each time.
const pictures = [
  { name: 'hero', width: 1440, height: 900, colorScheme: 'light', choices: '#sample=bird&seed=7' },
  {
    name: 'for-and-against',
    width: 1440,
    height: 900,
    colorScheme: 'dark',
    choices: '#sample=sailboat&method=IntegratedGradients&view=sign&seed=7&average=signed&colors=night',
  },
];
const largest = 400_000;
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

await runMain(async () => {
  setUp('test');
  buildPackage();
  mkdirSync(folder, { recursive: true });
  const server = await serve({ folders: [buildSite()] });
  const browser = await chromium.launch({ executablePath: findProgram('chromium'), args: flags });
  try {
    for (const picture of pictures) await take(browser, server.url, picture);
  } finally {
    await browser.close();
    await server.close();
  }
});

async function take(browser, url, { name, width, height, colorScheme, choices }) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  await page.goto(url + choices);
  await page.waitForSelector('#save-json:enabled', { timeout: 60_000 });
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, animations: 'disabled' });
  await page.close();
  const { size } = statSync(path);
  console.log(`docs/images/${name}.png: ${Math.round(size / 1000)} KB`);
  if (size > largest) throw new Failure(`${name}.png has ${size} bytes, more than ${largest}: make it smaller.`);
}
