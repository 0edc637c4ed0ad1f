// Workers on behalf of alone.mjs: start(…) gives the number of one, time(…) its times in milliseconds.
const workers = [];

const ask = (worker, request) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.result));
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(request);
  });

window.start = async (request) => {
  const worker = new Worker(new URL('worker.js', import.meta.url), { type: 'module' });
  workers.push(worker);
  await ask(worker, request);
  return workers.length - 1;
};
window.time = ({ id, ...request }) => ask(workers[id], request);
window.stop = () => {
  for (const worker of workers) worker.terminate();
};
