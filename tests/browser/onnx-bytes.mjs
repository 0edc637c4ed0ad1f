// Small ONNX files, encoded by hand. https://protobuf.dev/programming-guides/encoding, field numbers from onnx.proto.

const text = (value) => [...new TextEncoder().encode(value)];

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

const whole = (field, value) => [...varint(field * 8), ...varint(value)];
const block = (field, bytes) => [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes];

function node({ type, name, inputs, outputs }) {
  return [
    ...inputs.flatMap((input) => block(1, text(input))),
    ...outputs.flatMap((output) => block(2, text(output))),
    ...block(3, text(name)),
    ...block(4, text(type)),
  ];
}

// A float32 tensor; a size that is a text is open.
function value(name, shape) {
  const dimensions = shape.flatMap((size) =>
    block(1, typeof size === 'string' ? block(2, text(size)) : whole(1, size)),
  );
  return [...block(1, text(name)), ...block(2, block(1, [...whole(1, 1), ...block(2, dimensions)]))];
}

/** An ONNX file of opset 13: nodes as {type, name, inputs, outputs}, values as {name: shape}. */
export function onnxBytes({ nodes, inputs, outputs }) {
  const graph = [
    ...nodes.flatMap((one) => block(1, node(one))),
    ...block(2, text('graph')),
    ...Object.entries(inputs).flatMap(([name, shape]) => block(11, value(name, shape))),
    ...Object.entries(outputs).flatMap(([name, shape]) => block(12, value(name, shape))),
  ];
  return Uint8Array.from([...whole(1, 8), ...block(8, whole(2, 13)), ...block(7, graph)]);
}
