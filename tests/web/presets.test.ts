import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Preset, presets, withPreset } from '#web/presets.js';
import { rejectsWith } from './support/errors.js';

test('a preset sets the other library’s options', () => {
  assert.deepEqual(withPreset('captum', 'IntegratedGradients', false, {}), {
    steps: 50,
    rule: 'gauss-legendre',
    baseline: 'zero',
  });
  assert.deepEqual(withPreset('xplique', 'VanillaGradients', true, {}), { stdev: 0.2, samples: 50, reduce: 'mean' });
  assert.deepEqual(withPreset('zennit', 'IntegratedGradients', true, {}), {
    steps: 20,
    rule: 'right',
    baseline: 'zero',
    stdevSpread: 0.1,
    samples: 20,
    reduce: 'mean',
  });
  assert.deepEqual(withPreset(undefined, 'Lime', false, { ridge: 2 }), { ridge: 2 });
});

test('given options win, also where they say the same in another way', () => {
  assert.deepEqual(withPreset('captum', 'IntegratedGradients', false, { steps: 7 }).steps, 7);
  assert.deepEqual(withPreset('captum', 'VanillaGradients', true, { stdevSpread: 0.3, magnitude: true }), {
    samples: 5,
    stdevSpread: 0.3,
    magnitude: true,
  });
});

test('what a preset does not know is refused, naming what it knows', async () => {
  await rejectsWith('INVALID_OPTION', /'captum' says nothing about Lime/, () =>
    withPreset('captum', 'Lime', false, {}),
  );
  await rejectsWith('INVALID_OPTION', /nothing about VanillaGradients/, () =>
    withPreset('zennit', 'VanillaGradients', false, {}),
  );
  await rejectsWith('INVALID_OPTION', /'keras' is not known/, () =>
    withPreset('keras' as Preset, 'VanillaGradients', true, {}),
  );
  await rejectsWith('INVALID_OPTION', /needs the option 'samples'/, () =>
    withPreset('tf-keras-vis', 'VanillaGradients', true, {}),
  );
  assert.equal(withPreset('tf-keras-vis', 'VanillaGradients', true, { samples: 20 }).reduce, 'magnitude');
});

test('each preset says something', () => {
  for (const [name, { smoothing, methods }] of Object.entries(presets)) {
    assert.ok(smoothing !== undefined || Object.keys(methods).length > 0, name);
  }
});
