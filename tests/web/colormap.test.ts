import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Colormap, colorIndex, colormapOf, colormaps } from '#web/colormap.js';
import { colorize } from '#web/draw.js';
import { visualizeImageGrayscale } from '#web/visualize.js';
import { rejectsWith } from './support/errors.js';

// Lightness L* of a row of a map.
function lightness({ colors }: Colormap, row: number): number {
  const [red = 0, green = 0, blue = 0] = Array.from(colors.subarray(row * 3, row * 3 + 3), (byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126729 * red + 0.7151522 * green + 0.072175 * blue;
  return luminance > 216 / 24389 ? 116 * Math.cbrt(luminance) - 16 : (24389 / 27) * luminance;
}

test('sequential maps grow lighter in even steps', () => {
  for (const map of [colormaps.ember, colormaps.gray]) {
    const span = lightness(map, 255) - lightness(map, 0);
    for (let row = 1; row < 256; ++row) {
      const step = lightness(map, row) - lightness(map, row - 1);
      assert.ok(step >= 0 && step < (3 * span) / 255, `${map.name}[${row}]: ${step}`);
    }
  }
});

test('the diverging map is lightest in the middle, and as dark at both ends', () => {
  const { tide } = colormaps;

  assert.ok(Math.abs(lightness(tide, 0) - lightness(tide, 255)) < 2);
  for (let row = 1; row < 127; ++row) {
    assert.ok(lightness(tide, row) > lightness(tide, row - 1));
    assert.ok(lightness(tide, 255 - row) > lightness(tide, 256 - row));
  }
});

test('positions are clipped', () => {
  assert.equal(colorIndex(colormaps.ember, -3), 0);
  assert.equal(colorIndex(colormaps.ember, 3), 255);
  assert.equal(colorIndex(colormaps.ember, Number.NaN), 0);
  assert.equal(colorIndex(colormaps.tide, -1), 0);
  assert.equal(colorIndex(colormaps.tide, 1), 255);
});

test('a picture is coloured opaquely, or by its strength', () => {
  const picture = visualizeImageGrayscale({ data: Float32Array.of(0, 1, 2), shape: [1, 3] }, 100);

  const { data, width, height } = colorize(picture, 'gray');
  assert.deepEqual([width, height], [3, 1]);
  assert.deepEqual([...data.subarray(0, 4)], [0, 0, 0, 255]);
  assert.deepEqual([...data.subarray(8)], [255, 255, 255, 255]);
  assert.deepEqual([...colorize(picture, 'gray', 0.5).data.filter((_, i) => i % 4 === 3)], [0, 64, 128]);
});

test('unknown names are refused', async () => {
  await rejectsWith('INVALID_OPTION', /'embers'/, () => colormapOf('embers' as 'ember'));
});
