// A small PNG reader for Node, which has no picture decoder: 8-bit grey, RGB, palette, with or without alpha, not
// interlaced. https://www.w3.org/TR/png-3/

import { SaliencyError } from './errors.js';
import type { PixelImage } from './pixels.js';

const kSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const kMaxPixels = 1 << 28;
// Bytes of a pixel by colour type: grey, -, RGB, palette, grey + alpha, -, RGBA.
const kChannels = [1, 0, 3, 1, 2, 0, 4];

interface Header {
  readonly width: number;
  readonly height: number;
  readonly colorType: number;
}

export async function decodePng(bytes: Uint8Array): Promise<PixelImage> {
  if (!kSignature.every((byte, i) => bytes[i] === byte)) throw unreadable('it does not begin like a PNG file');
  const { header, palette, transparency, compressed } = readChunks(bytes);
  const channels = kChannels[header.colorType] ?? 0;
  const rows = await inflate(compressed);
  const stride = header.width * channels;
  if (rows.length < (stride + 1) * header.height) throw unreadable('its pixels are incomplete');
  const samples = unfilter(rows, header.height, stride, channels);
  return { ...toRgba(samples, header, palette, transparency) };
}

function readChunks(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | undefined;
  let palette = new Uint8Array();
  let transparency = new Uint8Array();
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) throw unreadable('it is cut off');
    const data = bytes.slice(at + 8, at + 8 + length);
    if (type === 'IHDR') header = readHeader(view, at + 8, length);
    if (type === 'PLTE') palette = data;
    if (type === 'tRNS') transparency = data;
    if (type === 'IDAT') parts.push(data);
    if (type === 'IEND') break;
    at += 12 + length;
  }
  if (header === undefined) throw unreadable('it has no header');
  return { header, palette, transparency, compressed: new Blob(parts as BlobPart[]) };
}

function readHeader(view: DataView, at: number, length: number): Header {
  if (length !== 13) throw unreadable('its header is broken');
  const width = view.getUint32(at);
  const height = view.getUint32(at + 4);
  const colorType = view.getUint8(at + 9);
  if (width < 1 || height < 1 || width * height > kMaxPixels) throw unreadable(`it claims ${width}×${height} pixels`);
  if (!kChannels[colorType]) throw unreadable(`its colour type ${colorType} does not exist`);
  if (view.getUint8(at + 8) !== 8) throw unreadable(`it has ${view.getUint8(at + 8)} bits a channel, not 8`);
  if (view.getUint8(at + 12) !== 0) throw unreadable('it is interlaced');
  return { width, height, colorType };
}

async function inflate(compressed: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(
      await new Response(compressed.stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer(),
    );
  } catch {
    throw unreadable('its pixels are damaged');
  }
}

// Each row begins with the number of its filter, which predicts a byte from those at left (a), above (b), and above
// left (c).
function unfilter(rows: Uint8Array, height: number, stride: number, channels: number): Uint8Array {
  const out = new Uint8Array(height * stride);
  for (let y = 0; y < height; ++y) {
    const filter = rows[y * (stride + 1)] ?? 0;
    const source = y * (stride + 1) + 1;
    const target = y * stride;
    for (let i = 0; i < stride; ++i) {
      const a = i < channels ? 0 : (out[target + i - channels] ?? 0);
      const b = y === 0 ? 0 : (out[target + i - stride] ?? 0);
      const c = i < channels || y === 0 ? 0 : (out[target + i - stride - channels] ?? 0);
      out[target + i] = (rows[source + i] ?? 0) + prediction(filter, a, b, c);
    }
  }
  return out;
}

function prediction(filter: number, a: number, b: number, c: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return a;
    case 2:
      return b;
    case 3:
      return (a + b) >> 1;
    case 4: {
      const [da, db, dc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
      return da <= db && da <= dc ? a : db <= dc ? b : c;
    }
    default:
      throw unreadable(`its row filter ${filter} does not exist`);
  }
}

function toRgba(samples: Uint8Array, header: Header, palette: Uint8Array, transparency: Uint8Array): PixelImage {
  const { width, height, colorType } = header;
  const data = new Uint8ClampedArray(width * height * 4);
  const channels = kChannels[colorType] ?? 1;
  const isPalette = colorType === 3;
  const isGrey = colorType === 0 || colorType === 4;
  for (let i = 0; i < width * height; ++i) {
    const at = i * channels;
    for (let c = 0; c < 3; ++c) {
      data[i * 4 + c] = (isPalette ? palette[(samples[at] ?? 0) * 3 + c] : samples[isGrey ? at : at + c]) ?? 0;
    }
    const alpha = isPalette ? transparency[samples[at] ?? 0] : colorType >= 4 ? samples[at + channels - 1] : 255;
    data[i * 4 + 3] = alpha ?? 255;
  }
  return { data, width, height };
}

function unreadable(why: string): SaliencyError {
  return new SaliencyError('INVALID_OPTION', `The picture cannot be read here: ${why}`, {
    expected: 'in Node, a PNG with 8 bits a channel that is not interlaced',
    actual: why,
    remedy: 'Decode it with a library of your choice and pass {data, width, height} with RGBA bytes.',
  });
}
