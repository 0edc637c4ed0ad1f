// One contender: loads a model, then times calls, as many as fit into `burst` milliseconds, after one that is not timed.
const target = 243;
let contender;

// Smooth, about as large as the numbers of a normalised photograph.
const image = Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => Math.sin(i / 17) + Math.cos(i / 1013));

async function load({ module, model, threads }) {
  const bytes = new Uint8Array(await (await fetch(model)).arrayBuffer());
  contender = await (await import(module)).load(bytes, threads);
}

async function time({ task, burst }) {
  await contender[task](image, target);
  const times = [];
  const end = performance.now() + burst;
  do {
    const begin = performance.now();
    await contender[task](image, target);
    times.push(performance.now() - begin);
  } while (performance.now() < end);
  return times;
}

self.onmessage = async ({ data }) => {
  try {
    postMessage({ result: await (data.module ? load(data) : time(data)) });
  } catch (error) {
    postMessage({ error: String(error?.stack ?? error) });
  }
};
