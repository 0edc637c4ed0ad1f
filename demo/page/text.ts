// Numbers and places as people read them.

/** "99.8 %" */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '< 0.1 %';
  if (share < 1 && share > 0.9995) return '> 99.9 %';
  return `${(100 * share).toFixed(1)} %`;
}

/** "340 ms", "2.4 s" */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10000 ? 1 : 0)} s`;
}

/** Four significant digits, a true minus, no exponent for what has few zeros. */
export function number(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size < 1e-4 || size >= 1e7 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  return text.replaceAll('-', '−');
}

/** "882 KB" */
export function fileSize(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`;
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} KB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** "any × 3 × 128 × 128" */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'one number' : shape.map((size) => (size < 0 ? 'any' : String(size))).join(' × ');
}

/** Which ninth of a picture a place (0 … 1 each) lies in. */
export function placeText(x: number, y: number): string {
  const row = y < 1 / 3 ? 'upper' : y < 2 / 3 ? 'middle' : 'lower';
  const column = x < 1 / 3 ? 'left' : x < 2 / 3 ? 'centre' : 'right';
  return row === 'middle' && column === 'centre' ? 'centre' : `${row} ${column}`;
}
