// What the TypeScript says twice must agree with the core.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { colormaps } from '#web/colormap.js';
import { type CoreModule, unwrap } from '#web/core.js';
import { loadCore } from '#web/loader.js';
import { methodNames } from '#web/method-names.js';
import * as methods from '#web/methods.js';
import { visualizeImageDiverging, visualizeImageGrayscale } from '#web/visualize.js';

let core: CoreModule;
before(async () => {
  ({ core } = await loadCore({ precision: 'float32', threads: 1, wasmUrl: undefined }));
});

test('each row of the core’s table has a class, and the reverse', () => {
  assert.deepEqual(
    [...methodNames].sort(),
    core
      .methodTable()
      .map(({ name }) => name)
      .sort(),
  );
  assert.deepEqual(Object.keys(methods).sort(), [...methodNames].sort());
});

test('each option has a type and a meaning', () => {
  for (const { name, summary, options, smoothedOptions } of core.methodTable()) {
    assert.ok(summary.length > 20, name);
    assert.ok(smoothedOptions.length > options.length);
    for (const option of smoothedOptions) {
      assert.ok(option.meaning !== '' && option.type !== '', `${name}.${option.name}`);
    }
  }
});

test('both visualizations have the core’s numbers', () => {
  const data = Float32Array.from({ length: 5 * 7 * 3 }, (_, i) => Math.sin(i * i) ** 3);
  const shape = [5, 7, 3];
  for (const percentile of [0, 50, 99, 100]) {
    const pictures: [Float32Array, Float32Array][] = [
      [
        visualizeImageGrayscale({ data, shape }, percentile).data,
        unwrap(core.visualizeGrayscale(data, shape, percentile)),
      ],
      ...(['none', 'pair'] as const).map((compat): [Float32Array, Float32Array] => [
        visualizeImageDiverging({ data, shape }, percentile, { compat }).data,
        unwrap(core.visualizeDiverging(data, shape, percentile, compat)),
      ]),
    ];
    for (const [ours, theirs] of pictures) {
      ours.forEach((value, i) => {
        assert.ok(Math.abs(value - (theirs[i] ?? 0)) < 1e-6);
      });
    }
  }
});

test('the colour maps have the core’s colours', () => {
  for (const [name, { colors }] of Object.entries(colormaps)) {
    const theirs = unwrap(core.colormap(name));
    assert.equal(colors.length, theirs.length);
    colors.forEach((byte, i) => {
      assert.ok(Math.abs(byte - (theirs[i] ?? -9)) <= 1, `${name}[${i}]: ${byte}, not ${theirs[i]}`);
    });
  }
});

test('an error arrives with all its parts', () => {
  const envelope = core.Model.load(new Uint8Array(4), {
    inputShapes: {},
    weights: () => undefined,
    onPrepared: () => {},
  });

  assert.equal(envelope.ok, false);
  assert.throws(() => unwrap(envelope), { name: 'SaliencyError', code: 'MODEL_INVALID' });
});
