// The demo page, as a visitor uses it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { useBrowser } from './browser.mjs';

const demoModel = readFileSync(new URL('../../demo/model/demo.onnx', import.meta.url));
const explanationTimeout = 120_000;

/** Waits for the map that belongs to what is chosen; what goes wrong instead is told. */
async function mapIsThere(page) {
  await page.waitForSelector('#save-json:enabled, #problem:not([hidden])', { timeout: explanationTimeout });
  const problem = page.locator('#problem');
  if (await problem.isVisible()) assert.fail(`The page shows a problem: ${await problem.innerText()}`);
}

// Radios and files are drawn by their labels; the inputs themselves are where a screen reader finds them.
const choose = (page, name, value) => page.locator(`input[name="${name}"][value="${value}"]`).check({ force: true });
const giveFile = (page, name, buffer) =>
  page.setInputFiles('#open-file', { name, mimeType: 'application/octet-stream', buffer });

/** How many colours a canvas shows: a map that was drawn has more than a few. */
const colours = (page, id) =>
  page.evaluate((element) => {
    const canvas = document.getElementById(element);
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  }, id);

for (const isolated of [true, false]) {
  describe(isolated ? 'the page, cross-origin isolated' : 'the page without cross-origin isolation', () => {
    const { withPage } = useBrowser({ isolated });

    test('explains the first sample by itself', async () => {
      await withPage('/', async (page) => {
        await mapIsThere(page);

        assert.match(await page.locator('#guesses').innerText(), /cat/i);
        assert.match(await page.locator('#status').innerText(), /SmoothGrad/);
        for (const id of ['image', 'map', 'overlay']) assert.ok((await colours(page, id)) > 16, `${id} is empty`);
        assert.equal(await page.evaluate(() => crossOriginIsolated), isolated);
      });
    });

    test('explains a sample with each method, plain and smoothed', async () => {
      // Two noisy copies: what is checked is that each combination works.
      await withPage('/#samples=2&sample=dog', async (page) => {
        await mapIsThere(page);
        const methods = await page
          .locator('input[name="method"]')
          .evaluateAll((inputs) => inputs.map(({ value }) => value));
        assert.ok(methods.length >= 5, `only ${methods}`);

        const failures = [];
        for (const smoothed of ['no', 'yes']) {
          await choose(page, 'smoothed', smoothed);
          for (const method of methods) {
            await choose(page, 'method', method);
            try {
              await mapIsThere(page);
              assert.ok((await colours(page, 'map')) > 4, 'the map is empty');
            } catch (error) {
              failures.push(`${method}, smoothed: ${smoothed}: ${error.message}`);
              await page.evaluate(() => document.getElementById('problem').setAttribute('hidden', ''));
            }
          }
        }
        assert.equal(failures.join('\n\n'), '');
      });
    });

    test('a broken and an unsupported file show their error, and the page goes on', async () => {
      await withPage('/', async (page) => {
        await mapIsThere(page);
        // The same model with an operator that nobody knows.
        const unsupported = Buffer.from(demoModel.toString('latin1').replaceAll('Relu', 'Rexu'), 'latin1');
        const cases = [
          ['broken.onnx', demoModel.subarray(0, 5000), 'MODEL_INVALID'],
          ['unsupported.onnx', unsupported, 'UNSUPPORTED_OPERATOR'],
          ['letter.txt', Buffer.from('Dear network'), 'INVALID_OPTION'],
          ['broken.png', Buffer.from('no picture'), 'INVALID_OPTION'],
        ];
        for (const [name, bytes, code] of cases) {
          await giveFile(page, name, bytes);
          await page.waitForSelector('#problem:not([hidden])');

          const text = await page.locator('#problem').innerText();
          assert.ok(text.includes(code), `${name}: ${text}`);
          await page.locator('#problem button').last().click();
        }
        await choose(page, 'sample', 'car');
        await mapIsThere(page);
        assert.match(await page.locator('#guesses').innerText(), /car/i);
      });
    });

    test('a dropped picture is explained', async () => {
      await withPage('/', async (page) => {
        await mapIsThere(page);
        await page.evaluate(async () => {
          const blob = await (await fetch('/samples/pizza.png')).blob();
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([blob], 'mine.png', { type: 'image/png' }));
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        });
        await page.waitForSelector('#image[aria-label*="mine.png"]');
        await mapIsThere(page);

        assert.match(await page.locator('#guesses').innerText(), /pizza/i);
      });
    });

    test('cancel stops a long explanation and leaves the page usable', async () => {
      await withPage('/#samples=2', async (page) => {
        await mapIsThere(page);
        await page.evaluate(() => {
          location.hash = '#method=Occlusion&samples=500';
        });
        await page.waitForSelector('#cancel:enabled');
        const start = Date.now();
        await page.locator('#cancel').click();
        await page.waitForSelector('#cancel:disabled');

        assert.ok(Date.now() - start < 5000, `it took ${Date.now() - start} ms`);
        assert.match(await page.locator('#status').innerText(), /Cancelled/);
        await choose(page, 'smoothed', 'no');
        await mapIsThere(page);
      });
    });
  });
}

describe('the page', () => {
  const { withPage } = useBrowser({ isolated: true });

  test('SmoothGrad peaks inside the object in at least 80 % of the samples', async () => {
    await withPage('/', async (page) => {
      const missed = await page.evaluate(async () => {
        const { loadModel, VanillaGradients, visualizeImageGrayscale } = await import('/saliency-wasm/index.js');
        const samples = await (await fetch('/samples/samples.json')).json();
        const model = await loadModel('/model/demo.onnx');
        const method = new VanillaGradients(model);
        const outside = [];
        for (const { file, labelIndex, box } of samples) {
          const image = await createImageBitmap(await (await fetch(`/samples/${file}`)).blob());
          const mask = await method.getSmoothedMask(image, { target: labelIndex, seed: 1 });
          const { data, width, height, region } = visualizeImageGrayscale(mask, 100);
          const peak = data.indexOf(Math.max(...data));
          const {
            x,
            y,
            width: across,
            height: down,
          } = region ?? { x: 0, y: 0, width: image.width, height: image.height };
          const column = x + (((peak % width) + 0.5) / width) * across;
          const row = y + ((Math.floor(peak / width) + 0.5) / height) * down;
          const [left, top, wide, high] = box;
          const inside = column >= left && column <= left + wide && row >= top && row <= top + high;
          if (!inside) outside.push(`${file}: ${Math.round(column)}, ${Math.round(row)} is not in ${box}`);
        }
        model.dispose();
        return { outside, count: samples.length };
      });

      assert.ok(missed.count >= 12);
      assert.ok(missed.outside.length <= 0.2 * missed.count, missed.outside.join('\n'));
    });
  });

  test('the keyboard reaches the samples and chooses one', async () => {
    await withPage('/', async (page) => {
      await mapIsThere(page);
      await page.locator('input[name="sample"]:checked').focus();
      await page.keyboard.press('ArrowRight');
      await mapIsThere(page);

      assert.match(page.url(), /sample=dog/);
      assert.match(await page.locator('#guesses').innerText(), /dog/i);
    });
  });

  test('a phone shows everything without scrolling sideways', async () => {
    const viewport = { width: 390, height: 844 };
    await withPage(
      '/',
      async (page) => {
        await mapIsThere(page);
        const { content, screen } = await page.evaluate(() => ({
          content: document.documentElement.scrollWidth,
          screen: innerWidth,
        }));

        assert.ok(content <= screen, `${content} px wide on a screen of ${screen}`);
      },
      { viewport },
    );
  });
});
