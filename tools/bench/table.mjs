// Measured rows as a Markdown table: milliseconds, and ours as a share of the fastest peer's.

const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const short = (number) => (Number.isFinite(number) ? number.toFixed(number < 10 ? 2 : 0) : '–');
const runsOf = (row) => Object.values(row?.runs ?? {}).filter(({ times }) => times.length > 0);
const timeOf = (row) => median(runsOf(row).flatMap(({ times }) => times));

/** The median over rounds of a's time as a share of b's, in the same round: drifts of the machine cancel. */
function ratio(a, b) {
  const shares = [];
  for (const [run, { rounds }] of Object.entries(a?.runs ?? {})) {
    const others = b?.runs[run]?.rounds ?? [];
    shares.push(...rounds.map((time, i) => time / others[i]).filter(Number.isFinite));
  }
  return shares.length ? median(shares) : Number.NaN;
}

/** Rows {model, task, name, T, runs: {run: {times, rounds}}}. */
export function table(rows) {
  const find = (like, name) =>
    rows.find((row) => row.name === name && ['model', 'task', 'T'].every((key) => row[key] === like[key]));
  const lines = [
    '| model | task | threads | relaxed, ms | plain, ms | LiteRT.js, ms | ONNX Runtime Web, ms | relaxed / LiteRT.js | plain / relaxed |',
    '|---|---|---|---|---|---|---|---|---|',
  ];
  for (const ours of rows.filter(({ name }) => name === 'ours')) {
    const forward = ours.task === 'forward';
    const plain = find(ours, 'plain');
    const litert = find(ours, forward ? 'litert' : 'litertgrad');
    const ort = find(ours, forward ? 'ort' : 'ortgrad');
    const times = [ours, plain, litert, ort].map((row) => short(timeOf(row)));
    const shares = [ratio(ours, litert), ratio(plain, ours)].map((share) => (share ? share.toFixed(2) : '–'));
    lines.push(`| ${[ours.model, ours.task, ours.T, ...times, ...shares].join(' | ')} |`);
  }
  return `${lines.join('\n').replaceAll('NaN', '–')}\n`;
}
