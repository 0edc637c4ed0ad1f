// The package in a page with a strict content security policy, with and without cross-origin isolation.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { useBrowser } from './browser.mjs';

for (const isolated of [true, false]) {
  describe(isolated ? 'in a cross-origin isolated page' : 'in a page without cross-origin isolation', () => {
    const { withPage } = useBrowser({ isolated });
    const withPackage = (body) =>
      withPage('/blank.html', async (page, problems) => {
        await page.waitForSelector('html[data-ready]', { state: 'attached' });
        await body(page, problems);
      });

    test('the demo model loads, with threads only where they are possible', async () => {
      await withPackage(async (page) => {
        const seen = await page.evaluate(async () => {
          const { loadModel } = globalThis.saliency;
          const model = await loadModel('/model/demo.onnx', { threads: 2 });
          const { threads, backend } = model;
          model.dispose();
          return { threads, backend, cores: navigator.hardwareConcurrency, isolated: crossOriginIsolated };
        });

        assert.equal(seen.isolated, isolated);
        const threads = isolated ? Math.min(2, seen.cores) : 1;
        assert.equal(seen.threads, threads);
        assert.match(seen.backend, threads > 1 ? /^threads-relaxed\// : /^simd-relaxed\//);
      });
    });

    test('a sample is classified and explained; the worker and the page itself agree', async () => {
      await withPackage(async (page) => {
        const seen = await page.evaluate(async () => {
          const { loadModel, VanillaGradients } = globalThis.saliency;
          const [sample] = await (await fetch('/samples/samples.json')).json();
          const image = await createImageBitmap(await (await fetch(`/samples/${sample.file}`)).blob());
          const masks = [];
          let best;
          for (const worker of [true, false]) {
            const model = await loadModel('/model/demo.onnx', { worker });
            [best] = await model.classify(image, { top: 1 });
            const mask = await new VanillaGradients(model).getMask(image, { target: sample.labelIndex });
            masks.push(mask);
            model.dispose();
          }
          const [first, second] = masks.map(({ data }) => data);
          return {
            expected: sample.labelIndex,
            index: best.index,
            shape: masks[0].shape,
            largest: first.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
            difference: first.reduce((most, value, i) => Math.max(most, Math.abs(value - second[i])), 0),
          };
        });

        assert.equal(seen.index, seen.expected);
        assert.equal(seen.shape.at(-1), 3);
        assert.ok(seen.largest > 0);
        assert.equal(seen.difference, 0);
      });
    });

    test('a file that is no model is refused with its code, and the page goes on', async () => {
      await withPackage(async (page) => {
        const seen = await page.evaluate(async () => {
          const { loadModel } = globalThis.saliency;
          const refused = await loadModel(new Uint8Array([1, 2, 3])).catch(({ name, code }) => ({ name, code }));
          const model = await loadModel('/model/demo.onnx');
          const inputs = model.inputs.length;
          model.dispose();
          return { refused, inputs };
        });

        assert.deepEqual(seen.refused, { name: 'SaliencyError', code: 'MODEL_INVALID' });
        assert.equal(seen.inputs, 1);
      });
    });
  });
}
