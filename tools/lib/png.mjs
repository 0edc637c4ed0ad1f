// PNG files of at most 256 colours. https://www.w3.org/TR/png-3/
import { deflateSync } from 'node:zlib';

/** `indices`: one byte a pixel, its place in `colors` (red, green, blue, red, …). */
export function encodePng({ indices, width, height, colors }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height); // each after a 0: not filtered
  for (let y = 0; y < height; ++y) rows.set(indices.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const body = deflateSync(rows, { level: 9 });
  const parts = [chunk('IHDR', header), chunk('PLTE', colors), chunk('IDAT', body), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

/** The picture in 256 colours of its own, by median cut: the widest box of colours is halved, 255 times. */
export function quantized({ data, width, height }) {
  const counts = new Map(); // by colour, in steps of 2: eyes do not see the rest
  const keyOf = (i) => ((data[i] >> 1) << 14) | ((data[i + 1] >> 1) << 7) | (data[i + 2] >> 1);
  for (let i = 0; i < data.length; i += 4) counts.set(keyOf(i), (counts.get(keyOf(i)) ?? 0) + 1);
  const pixels = [...counts].map(([key, count]) => ({ key, count, rgb: [key >> 14, (key >> 7) & 127, key & 127] }));
  const boxes = [boxOf(pixels)];
  while (boxes.length < 256) {
    const widest = boxes.reduce((best, box) => (box.spread > best.spread ? box : best));
    if (widest.spread === 0) break;
    boxes.splice(boxes.indexOf(widest), 1, ...halves(widest));
  }
  const places = new Map(boxes.flatMap(({ members }, place) => members.map(({ key }) => [key, place])));
  const colors = Uint8Array.from(
    boxes.flatMap(({ mean }) => mean.map((value) => Math.min(255, Math.round(2 * value)))),
  );
  const indices = new Uint8Array(width * height);
  for (let i = 0; i < indices.length; ++i) indices[i] = places.get(keyOf(4 * i));
  return { indices, width, height, colors };
}

// `axis` has the largest variance, of which `spread` is the sum over the pixels.
function boxOf(members) {
  const total = members.reduce((sum, { count }) => sum + count, 0);
  const mean = [0, 1, 2].map((axis) => members.reduce((sum, { rgb, count }) => sum + rgb[axis] * count, 0) / total);
  const spreads = mean.map((middle, axis) =>
    members.reduce((sum, { rgb, count }) => sum + (rgb[axis] - middle) ** 2 * count, 0),
  );
  const spread = members.length > 1 ? Math.max(...spreads) : 0;
  return { members, mean, spread, axis: spreads.indexOf(Math.max(...spreads)) };
}

function halves({ members, mean, axis }) {
  const [low, high] = [[], []];
  for (const member of members) (member.rgb[axis] <= mean[axis] ? low : high).push(member);
  return [boxOf(low), boxOf(high)];
}

function chunk(type, data) {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(content.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(content, 4);
  framed.writeUInt32BE(crc32(content), content.length + 4);
  return framed;
}

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; ++bit) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
