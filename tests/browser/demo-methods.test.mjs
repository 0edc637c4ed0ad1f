// The demo page explains its samples: each method, plain and smoothed, with and without cross-origin isolation.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { methodNames } from '../../dist/index.js';
import { useBrowser } from './browser.mjs';
import { chooseRadio, colorsIn, mapOf, savedMask, withDemo } from './demo-page.mjs';

const samples = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../demo/samples/samples.json', import.meta.url)), 'utf8'),
);
// Few copies, large windows, short paths: enough to see that each method does its work.
const quick = '&samples=2';
const quickOptions = {
  IntegratedGradients: { steps: 4 },
  BlurIg: { steps: 4 },
  GuidedIg: { steps: 4 },
  GradientShap: { steps: 4 },
  Occlusion: { size: 32, stride: 24 },
  Rise: { masks: 20 },
  Lime: { perturbations: 20 },
  KernelShap: { perturbations: 20 },
  Xrai: { steps: 2 },
};
const pointed = 0.8;

for (const isolated of [true, false]) {
  describe(isolated ? 'the demo page, cross-origin isolated' : 'the demo page without cross-origin isolation', () => {
    const { withPage } = useBrowser({ isolated });

    test('explains a sample with each method, plain and smoothed', async (t) => {
      await withDemo(withPage, `#sample=dog&smoothed=no${quick}`, async (page) => {
        assert.match(await page.textContent('#build'), isolated ? /\d+ threads?/ : /1 thread$/);
        const offered = await page.$$eval('input[name=method]', (inputs) => inputs.map(({ value }) => value));
        assert.deepEqual(offered.toSorted(), methodNames.toSorted());

        for (const method of methodNames) {
          await t.test(method, async () => {
            await chooseRadio(page, 'smoothed', 'no');
            await chooseRadio(page, 'method', method);
            await setOptions(page, quickOptions[method] ?? {});
            const plain = await mapOf(page);
            assert.doesNotMatch(plain, /^Smooth/);
            assert.notEqual(
              await page.textContent('#sentence'),
              'A method of the package.',
              'needs a story in demo/page/stories',
            );
            assert.ok((await colorsIn(page, 'map')) > 20);
            assert.ok((await colorsIn(page, 'overlay')) > 20);

            await chooseRadio(page, 'smoothed', 'yes');
            assert.match(await mapOf(page), /^Smooth/);
            assert.ok((await colorsIn(page, 'map')) > 20);
            assert.equal(await page.isHidden('#problem'), true);
          });
        }
      });
    });
  });
}

describe('SmoothGrad in the demo page', () => {
  const { withPage } = useBrowser({ isolated: true });

  test(`points into the object's box for at least ${100 * pointed} % of the samples`, async () => {
    await withDemo(withPage, '', async (page) => {
      const missed = [];
      for (const { file, box } of samples) {
        const name = file.replace('.png', '');
        await chooseRadio(page, 'sample', name);
        assert.match(await mapOf(page), /^SmoothGrad/);
        assert.equal(await page.isChecked(`input[name=sample][value=${name}]`), true);

        if (!isInside(peakOf(await savedMask(page)), box)) missed.push(name);
      }

      assert.ok(
        missed.length <= (1 - pointed) * samples.length,
        `${missed.length} of ${samples.length} peaks lie outside: ${missed.join(', ')}`,
      );
    });
  });
});

async function setOptions(page, options) {
  for (const [name, value] of Object.entries(options)) {
    await page.fill(`#option-${name}`, String(value));
    await page.press(`#option-${name}`, 'Enter');
  }
}

// The strongest pixel, summed over the channels as shown, in the picture's pixels.
function peakOf({ data, shape: [height, width, channels], region }) {
  const sums = Array.from({ length: height * width }, (_, i) =>
    data.slice(i * channels, (i + 1) * channels).reduce((sum, value) => sum + Math.abs(value), 0),
  );
  const best = sums.indexOf(Math.max(...sums));
  const scale = region.width / width;
  return [region.x + ((best % width) + 0.5) * scale, region.y + (Math.floor(best / width) + 0.5) * scale];
}

function isInside([x, y], [left, top, width, height]) {
  return x >= left && x < left + width && y >= top && y < top + height;
}
