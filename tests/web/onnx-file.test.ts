import assert from 'node:assert/strict';
import { test } from 'node:test';
import { externalLocations, kThisFile, withoutWeights } from '#web/onnx-file.js';
import { onnx, type Weight } from './support/onnx.js';

const network = (weights: Readonly<Record<string, Weight>>) =>
  onnx({
    nodes: [{ type: 'Identity', inputs: ['x'], outputs: ['y'] }],
    inputs: { x: [1] },
    outputs: { y: [1] },
    weights,
    metadata: { labels: '[]' },
  });
const large = { shape: [8192], data: new Float32Array(8192).fill(1.5) };

test('small weights stay in the file', () => {
  const file = network({ w: { shape: [2], data: [1, 2] } });

  assert.deepEqual(withoutWeights(file), file);
});

test('of large weights a name, a place and a size are left', () => {
  const file = network({ small: { shape: [2], data: [1, 2] }, large });

  const skeleton = withoutWeights(file);
  const text = new TextDecoder('latin1').decode(skeleton).replace(/[^ -~]+/g, ' ');
  const [, offset, length] = text.match(/offset (\d+).*length (\d+)/) ?? [];

  assert.ok(skeleton.length < 1000);
  assert.ok(text.includes(kThisFile));
  assert.equal(Number(length), 4 * 8192);
  const weights = file.slice(Number(offset), Number(offset) + Number(length));
  assert.deepEqual(new Float32Array(weights.buffer), large.data);
});

test('names each further file once', () => {
  const file = network({
    a: { shape: [1], data: 'one.bin' },
    b: { shape: [1], data: 'two.bin' },
    c: { shape: [1], data: 'one.bin' },
    large,
  });

  assert.deepEqual(externalLocations(file), ['one.bin', 'two.bin']);
});

test('what is no ONNX file comes back as it is', () => {
  const cut = network({ large }).subarray(0, 5000);
  const noise = Uint8Array.from({ length: 999 }, (_, i) => (i * i * 31 + 7) % 256);
  for (const file of [new Uint8Array(), noise, cut]) {
    assert.equal(withoutWeights(file).length, file.length);
    assert.deepEqual(externalLocations(file), []);
  }
});
