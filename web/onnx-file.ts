// The wire format of an ONNX file, as far as it takes to hand large weights to the core one after the other: a file of
// 100 MB would otherwise lie in the core's memory twice.
// https://protobuf.dev/programming-guides/encoding/ · https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

/** The `location` under which the core asks for weights of the file itself. */
export const kThisFile = '(this file)';

// Smaller ones stay in the file that the core reads.
const kLargeBytes = 1 << 14;

enum Wire {
  Varint = 0,
  Fixed64 = 1,
  Bytes = 2,
  Fixed32 = 5,
}

// Field numbers: ModelProto 7 graph; GraphProto 5 initializer; TensorProto 9 raw_data, 13 external_data (1 key,
// 2 value), 14 data_location.
const kGraph = 7;
const kInitializer = 5;
const kRawData = 9;
const kExternalData = 13;
const kDataLocation = 14;
const kExternal = 1;

interface Field {
  readonly tag: number;
  /** Of the whole field. */
  readonly start: number;
  readonly end: number;
  /** Where its bytes begin; they last to `end`. For a number: the number. */
  readonly value: number;
}

/**
 * The file without its large weights, which it then names as external data of `kThisFile`. A file that is no ONNX comes
 * back as it is: the core says what is wrong with it.
 */
export function withoutWeights(file: Uint8Array): Uint8Array {
  return readable(() => rewritten(file, 0, file.length, kGraph, withoutInitializers)) ?? file;
}

/** Names of the other files that hold weights, each once. */
export function externalLocations(file: Uint8Array): readonly string[] {
  const locations = new Set<string>();
  readable(() => {
    for (const graph of fieldsOf(file, 0, file.length, kGraph)) {
      for (const tensor of fieldsOf(file, graph.value, graph.end, kInitializer)) {
        if (!isExternal(file, tensor)) continue;
        for (const entry of fieldsOf(file, tensor.value, tensor.end, kExternalData)) {
          const [key, value] = [1, 2].map((tag) => textOf(file, entry, tag));
          if (key === 'location' && value) locations.add(value);
        }
      }
    }
  });
  return [...locations];
}

function withoutInitializers(file: Uint8Array, graph: Field): Uint8Array {
  return rewritten(file, graph.value, graph.end, kInitializer, withoutRawData);
}

function withoutRawData(file: Uint8Array, tensor: Field): Uint8Array | undefined {
  const [raw] = fieldsOf(file, tensor.value, tensor.end, kRawData);
  if (raw === undefined || raw.end - raw.value < kLargeBytes || isExternal(file, tensor)) return undefined;
  const entry = (key: string, value: string) =>
    bytesField(kExternalData, joined([bytesField(1, utf8(key)), bytesField(2, utf8(value))]));
  return joined([
    file.subarray(tensor.value, raw.start),
    file.subarray(raw.end, tensor.end),
    entry('location', kThisFile),
    entry('offset', String(raw.value)),
    entry('length', String(raw.end - raw.value)),
    Uint8Array.of(kDataLocation * 8 + Wire.Varint, kExternal),
  ]);
}

// The message with each field `tag` replaced by what `change` makes of it; undefined leaves one as it is.
function rewritten(
  file: Uint8Array,
  from: number,
  to: number,
  tag: number,
  change: (file: Uint8Array, field: Field) => Uint8Array | undefined,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let kept = from;
  for (const field of fieldsOf(file, from, to, tag)) {
    const changed = change(file, field);
    if (changed === undefined) continue;
    parts.push(file.subarray(kept, field.start), bytesField(tag, changed));
    kept = field.end;
  }
  parts.push(file.subarray(kept, to));
  return joined(parts);
}

function isExternal(file: Uint8Array, tensor: Field): boolean {
  return fieldsOf(file, tensor.value, tensor.end, kDataLocation, Wire.Varint).some(({ value }) => value === kExternal);
}

function textOf(file: Uint8Array, message: Field, tag: number): string {
  const [field] = fieldsOf(file, message.value, message.end, tag);
  return field === undefined ? '' : new TextDecoder().decode(file.subarray(field.value, field.end));
}

function fieldsOf(file: Uint8Array, from: number, to: number, tag: number, wire = Wire.Bytes): Field[] {
  const found: Field[] = [];
  for (let at = from; at < to; ) {
    const start = at;
    const key = varint(file, at, to);
    const kind = key.value % 8;
    const first = kind === Wire.Varint || kind === Wire.Bytes ? varint(file, key.end, to) : key;
    const size = kind === Wire.Bytes ? first.value : kind === Wire.Fixed64 ? 8 : kind === Wire.Fixed32 ? 4 : 0;
    at = first.end + size;
    if (at > to || (kind > Wire.Bytes && kind !== Wire.Fixed32)) throw new RangeError('no protocol buffer');
    if (Math.floor(key.value / 8) !== tag || kind !== wire) continue;
    found.push({ tag, start, end: at, value: kind === Wire.Varint ? first.value : first.end });
  }
  return found;
}

function varint(file: Uint8Array, from: number, to: number): { readonly value: number; readonly end: number } {
  let value = 0;
  let factor = 1;
  for (let at = from; at < to && at < from + 10; ++at, factor *= 128) {
    const byte = file[at] ?? 0;
    value += (byte % 128) * factor;
    if (byte < 128) return { value, end: at + 1 };
  }
  throw new RangeError('no protocol buffer');
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function bytesField(tag: number, content: Uint8Array): Uint8Array {
  const head: number[] = [tag * 8 + Wire.Bytes];
  let size = content.length;
  for (; size >= 128; size = Math.floor(size / 128)) head.push((size % 128) + 128);
  return joined([Uint8Array.from([...head, size]), content]);
}

const utf8 = (text: string) => new TextEncoder().encode(text);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
