// Writes ONNX files with large weights. https://protobuf.dev/programming-guides/encoding, field numbers from onnx.proto.

const text = (value) => new TextEncoder().encode(value);

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** A message of [field number, value]: whole numbers as they are, everything else as bytes. */
function message(fields) {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number') return [varint(number * 8), varint(value)];
      return [varint(number * 8 + 2), varint(value.length), value];
    }),
  );
}

// A whole number or a list of them.
function attribute([name, value]) {
  if (typeof value === 'number')
    return message([
      [1, text(name)],
      [3, value],
      [20, 2],
    ]);
  return message([[1, text(name)], ...value.map((one) => [8, one]), [20, 7]]);
}

const tensor = ([name, { shape, data }]) =>
  message([...shape.map((size) => [1, size]), [2, 1], [8, text(name)], [9, new Uint8Array(data.buffer)]]);

function value([name, shape]) {
  const sizes = message(shape.map((size) => [1, message([[1, size]])]));
  return message([
    [1, text(name)],
    [
      2,
      message([
        [
          1,
          message([
            [1, 1],
            [2, sizes],
          ]),
        ],
      ]),
    ],
  ]);
}

/**
 * An ONNX file of opset 13. Nodes are {type, inputs, output, attributes}, weights {name: {shape, data}}, inputs and
 * outputs {name: shape}.
 */
export function onnxFile({ nodes, weights, inputs, outputs }) {
  const node = ({ type, inputs: read, output, attributes = {} }) =>
    message([
      ...read.map((name) => [1, text(name)]),
      [2, text(output)],
      [3, text(output)],
      [4, text(type)],
      ...Object.entries(attributes).map((entry) => [5, attribute(entry)]),
    ]);
  const graph = message([
    ...nodes.map((one) => [1, node(one)]),
    [2, text('network')],
    ...Object.entries(weights).map((entry) => [5, tensor(entry)]),
    ...Object.entries(inputs).map((entry) => [11, value(entry)]),
    ...Object.entries(outputs).map((entry) => [12, value(entry)]),
  ]);
  return message([
    [1, 8],
    [8, message([[2, 13]])],
    [7, graph],
  ]);
}
