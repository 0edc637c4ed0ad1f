import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { readPixels } from '#web/pixels.js';
import { decodePng } from '#web/png.js';
import { rejectsWith } from './support/errors.js';

const kSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

// A PNG of these filtered rows; checksums are not looked at.
function png(
  width: number,
  height: number,
  colorType: number,
  rows: readonly number[],
  extra: readonly Uint8Array[] = [],
) {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, colorType, 0, 0, 0], 8);
  const body = deflateSync(Uint8Array.from(rows));
  return Buffer.concat([
    Uint8Array.from(kSignature),
    chunk('IHDR', header),
    ...extra,
    chunk('IDAT', body),
    chunk('IEND', new Uint8Array()),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  new DataView(bytes.buffer).setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  return bytes;
}

test('all row filters are undone', async () => {
  // Two grey pixels a row; each row is 10, 20 after its filter.
  const filters = [0, 10, 20, 1, 10, 10, 2, 0, 0, 3, 5, 5, 4, 0, 0];

  const image = await decodePng(png(2, 5, 0, filters));

  const grey = Array.from({ length: 10 }, (_, i) => image.data[i * 4]);
  assert.deepEqual(grey, [10, 20, 10, 20, 10, 20, 10, 20, 10, 20]);
});

test('palettes and transparency become RGBA', async () => {
  const palette = chunk('PLTE', Uint8Array.of(1, 2, 3, 200, 100, 50));
  const alpha = chunk('tRNS', Uint8Array.of(0));

  const image = await decodePng(png(2, 1, 3, [0, 1, 0], [palette, alpha]));

  assert.deepEqual([...image.data], [200, 100, 50, 255, 1, 2, 3, 0]);
});

test('a Blob is read in Node, with transparent parts on white', async () => {
  const image = await readPixels(new Blob([new Uint8Array(png(1, 1, 6, [0, 0, 100, 200, 0]))]));

  assert.deepEqual([...image.data], [255, 255, 255, 255]);
});

test('broken and foreign files are refused with a reason', async () => {
  const good = png(2, 1, 0, [0, 1, 2]);

  await rejectsWith('INVALID_OPTION', /does not begin like a PNG/, () => decodePng(Uint8Array.of(0xff, 0xd8)));
  await rejectsWith('INVALID_OPTION', /cut off/, () => decodePng(good.subarray(0, 50)));
  await rejectsWith('INVALID_OPTION', /incomplete/, () => decodePng(png(2, 3, 0, [0, 1, 2])));
  await rejectsWith('INVALID_OPTION', /filter 9/, () => decodePng(png(2, 1, 0, [9, 1, 2])));
  await rejectsWith('INVALID_OPTION', /colour type 5/, () => decodePng(png(2, 1, 5, [0, 1, 2])));
});
