import { readFile } from 'node:fs/promises';
import type { Tensor } from '#web/index.js';

const kPreamble = 10; // magic, version, and the length of the header that follows

/** A tensor of an .npy file, version 1, little-endian float32 in C order. */
export async function readNpy(file: URL): Promise<Tensor> {
  const bytes = await readFile(file);
  const begin = kPreamble + bytes.readUInt16LE(kPreamble - 2);
  const header = bytes.toString('latin1', kPreamble, begin);
  const sizes = header.match(/'descr': '<f4', 'fortran_order': False, 'shape': \(([\d, ]*)\)/)?.[1];
  if (sizes === undefined) throw new Error(`${file.href}: expected little-endian float32 in C order, got ${header}`);
  const data = Float32Array.from({ length: (bytes.length - begin) / 4 }, (_, i) => bytes.readFloatLE(begin + 4 * i));
  return { data, shape: sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)])) };
}
