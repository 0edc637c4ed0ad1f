// Writes small ONNX files. Protocol buffers: a field is its number and wire type, then the value; messages nest.
// https://protobuf.dev/programming-guides/encoding/ · https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

type Field = readonly [number: number, value: number | string | Uint8Array];

export interface Node {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** Numbers, or the name of another file that begins with them. */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: readonly number[] | Float32Array | string;
}

export interface Network {
  readonly nodes: readonly Node[];
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly weights?: Readonly<Record<string, Weight>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

export function onnx(network: Network): Uint8Array {
  const graph = message([
    ...network.nodes.map((node): Field => [1, nodeMessage(node)]),
    [2, 'test'],
    ...Object.entries(network.weights ?? {}).map(
      ([name, { shape, data }]): Field => [
        5,
        message([
          ...shape.map((size): Field => [1, size]),
          [2, 1],
          [8, name],
          ...(typeof data === 'string' ? external(data) : [[9, bytesOf(data)] as const]),
        ]),
      ],
    ),
    ...Object.entries(network.inputs).map(([name, shape]): Field => [11, valueMessage(name, shape)]),
    ...Object.entries(network.outputs).map(([name, shape]): Field => [12, valueMessage(name, shape)]),
  ]);
  return message([
    [1, 8],
    [7, graph],
    [8, message([[2, 13]])],
    ...Object.entries(network.metadata ?? {}).map(
      ([key, value]): Field => [
        14,
        message([
          [1, key],
          [2, value],
        ]),
      ],
    ),
  ]);
}

function nodeMessage({ type, inputs, outputs, attributes }: Node): Uint8Array {
  return message([
    ...inputs.map((name): Field => [1, name]),
    ...outputs.map((name): Field => [2, name]),
    [4, type],
    ...Object.entries(attributes ?? {}).map(
      ([name, value]): Field => [
        5,
        typeof value === 'number'
          ? message([
              [1, name],
              [3, value],
              [20, 2],
            ])
          : message([[1, name], ...value.map((item): Field => [8, item]), [20, 7]]),
      ],
    ),
  ]);
}

function valueMessage(name: string, shape: readonly (number | string)[]): Uint8Array {
  const dimensions = shape.map((size): Field => [1, message([[typeof size === 'number' ? 1 : 2, size]])]);
  return message([
    [1, name],
    [
      2,
      message([
        [
          1,
          message([
            [1, 1],
            [2, message(dimensions)],
          ]),
        ],
      ]),
    ],
  ]);
}

const bytesOf = (data: readonly number[] | Float32Array) => new Uint8Array(Float32Array.from(data).buffer);

function external(location: string): readonly Field[] {
  const entry = message([
    [1, 'location'],
    [2, location],
  ]);
  return [
    [13, entry],
    [14, 1],
  ];
}

function message(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) {
    if (typeof value === 'number') {
      parts.push(Uint8Array.from([...varint(number << 3), ...varint(value)]));
    } else {
      const content = typeof value === 'string' ? new TextEncoder().encode(value) : value;
      parts.push(Uint8Array.from([...varint((number << 3) | 2), ...varint(content.length)]), content);
    }
  }
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}
