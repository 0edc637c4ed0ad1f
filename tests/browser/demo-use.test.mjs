// Using the demo page: cancelling, the keyboard, the address, a phone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useBrowser } from './browser.mjs';
import { chooseRadio, colorsIn, mapOf, savedMask, withDemo } from './demo-page.mjs';

// Minutes of work.
const long = '#method=Occlusion&option.size=8&option.stride=1&samples=100';

describe('the demo page', () => {
  const { withPage } = useBrowser({ isolated: true });

  test('stops when asked to, and goes on afterwards', async () => {
    await withPage(`/${long}`, async (page) => {
      for (const stop of [() => page.click('#cancel'), () => page.keyboard.press('Escape')]) {
        await isUnderWay(page);
        await stop();
        await page.waitForSelector('#status:text-is("Cancelled.")', { timeout: 5000 });
        assert.equal(await page.isDisabled('#cancel'), true);
        assert.equal(await page.isHidden('#problem'), true);

        await chooseRadio(page, 'sample', (await page.isChecked('input[value=dog]')) ? 'bird' : 'dog');
      }
      // Something newer takes the place of what is being computed.
      await isUnderWay(page);
      await chooseRadio(page, 'method', 'VanillaGradients');
      await chooseRadio(page, 'smoothed', 'no');
      assert.match(await mapOf(page), /^Gradient for “bird”/);
    });
  });

  test('shows the map so far while it is computed', async () => {
    await withPage('/#samples=100', async (page) => {
      await page.waitForSelector('#map-note:has-text("so far")');
      assert.ok((await colorsIn(page, 'map')) > 20);
      await mapOf(page);
    });
  });

  test('can be used with the keyboard alone', async () => {
    await withDemo(withPage, '#smoothed=no', async (page) => {
      const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.name);
      const tabTo = async (name) => {
        for (let i = 0; i < 40 && (await focused()) !== name; ++i) {
          await page.keyboard.press('Tab');
          assert.ok(await hasVisibleFocus(page), `no ring around ${await focused()}`);
        }
        assert.equal(await focused(), name);
      };

      await tabTo('sample');
      await page.keyboard.press('ArrowRight');
      assert.match(await mapOf(page), /^Gradient for “dog”/);

      await tabTo('view');
      await page.keyboard.press('ArrowRight');
      assert.equal(await page.textContent('#legend-low'), 'against');

      await tabTo('opacity');
      await page.keyboard.press('ArrowLeft');
      assert.equal(await page.textContent('#opacity-text'), '80 %');

      await tabTo('guess');
      await page.keyboard.press('ArrowDown');
      assert.doesNotMatch(await mapOf(page), /“dog”/);

      await tabTo('method');
      await page.keyboard.press('ArrowDown');
      assert.match(await mapOf(page), /^Input × gradient/);

      await tabTo('smoothed');
      await page.keyboard.press('ArrowRight');
      assert.match(await mapOf(page), /^Smoothed input × gradient/);

      await tabTo('samples-count');
      await page.keyboard.press('Home');
      assert.match(await mapOf(page), /^Smoothed input × gradient/);
      assert.equal(await page.textContent('#samples-text'), '2');
    });
  });

  test('has a shortcut past the samples', async () => {
    await withDemo(withPage, '#smoothed=no', async (page) => {
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');

      assert.equal(await page.evaluate(() => document.activeElement.id), 'results');
    });
  });

  test('keeps the choice in its address', async () => {
    await withDemo(withPage, '', async (page) => {
      await chooseRadio(page, 'sample', 'guitar');
      await chooseRadio(page, 'method', 'GradCam');
      await chooseRadio(page, 'smoothed', 'no');
      await chooseRadio(page, 'view', 'sign');
      await page.selectOption('#target', { label: 'bird' });
      await page.selectOption('#against', { label: 'dog' });
      const before = await mapOf(page);
      assert.match(before, /^Grad-CAM for “bird rather than dog”/);

      await page.reload();

      assert.match(await mapOf(page), /^Grad-CAM for “bird rather than dog”/);
      assert.equal(await page.isChecked('input[value=guitar]'), true);
      assert.equal(await page.isChecked('input[name=view][value=sign]'), true);
    });
  });

  test('saves the map as numbers with their receipt', async () => {
    await withDemo(withPage, '#method=IntegratedGradients&smoothed=no', async (page) => {
      const mask = await savedMask(page);

      assert.deepEqual(mask.shape, [128, 128, 3]);
      assert.equal(mask.data.length, 128 * 128 * 3);
      assert.equal(mask.method, 'IntegratedGradients');
      const sum = mask.data.reduce((total, value) => total + value, 0);
      assert.ok(Math.abs(sum - mask.completeness.sum) < 1e-3 * Math.abs(mask.completeness.sum) + 1e-3);
      assert.match(await page.textContent('#receipt'), /Should be.*Gap/s);
    });
  });

  for (const width of [380, 768, 1024]) {
    test(`fits into ${width} pixels`, async () => {
      const viewport = { width, height: 800 };
      await withDemo(
        withPage,
        '#smoothed=no',
        async (page) => {
          const needed = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(needed <= width, `${needed} pixels`);
        },
        { viewport },
      );
    });
  }
});

async function isUnderWay(page) {
  await page.waitForSelector('#status:text-matches("^Smoothed occlusion")');
  await page.waitForFunction(() => document.getElementById('progress').value > 0);
}

// A ring around the focused element, or around the face of a radio button that is itself invisible.
function hasVisibleFocus(page) {
  return page.evaluate(() => {
    const active = document.activeElement;
    const faces = [active, active.nextElementSibling].filter((one) => one !== null);
    return faces.some((face) => getComputedStyle(face).outlineStyle !== 'none');
  });
}
