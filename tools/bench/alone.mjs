// The package against itself: networks with random weights, one worker for each build and number of threads, all loaded
// at once and measured in turn, so that slow drifts of the machine meet them alike.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { serve } from '../../demo/server/server.mjs';
import { root } from '../lib/process.mjs';
import { networkFile } from './networks.mjs';

const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const contenders = { ours: '/tools/bench/contender.mjs', plain: '/tools/bench/contender-plain.mjs' };
const list = (text) => text.split(',').filter(Boolean);

/** Rows {model, task, name, T, runs: {1: {times, rounds}}}, as the harness of the peers writes them. */
export async function measureAlone(options, networks) {
  const models = list(options.models);
  mkdirSync(networks, { recursive: true });
  for (const model of models) {
    const file = join(networks, `${model}.onnx`);
    if (!existsSync(file)) writeFileSync(file, networkFile(model));
  }
  const server = await serve({ folders: [root, networks] });
  const revectorize = options.revectorize ? ['--js-flags=--wasm-revectorize'] : [];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...flags, ...revectorize] });
  try {
    const page = await browser.newPage();
    await page.goto(new URL('tools/bench/page.html', server.url).href);
    const rows = [];
    for (let run = 1; run <= Number(options.runs); ++run) {
      for (const model of models) rows.push(...(await measureModel(page, model, run, options)));
    }
    return merged(rows);
  } finally {
    await browser.close();
    await server.close();
  }
}

async function measureModel(page, model, run, { tasks, threads, rounds, burst }) {
  const workers = [];
  for (const [name, module] of Object.entries(contenders)) {
    for (const T of list(threads).map(Number)) {
      const id = await page.evaluate((request) => window.start(request), {
        module,
        model: `/${model}.onnx`,
        threads: T,
      });
      workers.push({ name, T, id });
    }
  }
  const rows = [];
  for (const task of list(tasks)) {
    const measured = workers.map(({ name, T }) => ({ model, task, name, T, run, times: [], rounds: [] }));
    for (let round = 0; round < Number(rounds); ++round) {
      for (let i = 0; i < workers.length; ++i) {
        const at = (i + round) % workers.length; // another one starts each round
        const request = { id: workers[at].id, task, burst: Number(burst) };
        const times = await page.evaluate((one) => window.time(one), request);
        measured[at].times.push(...times);
        measured[at].rounds[round] = times.toSorted((a, b) => a - b)[times.length >> 1];
      }
    }
    rows.push(...measured);
  }
  await page.evaluate(() => window.stop());
  return rows;
}

function merged(rows) {
  const known = new Map();
  for (const { model, task, name, T, run, times, rounds } of rows) {
    const key = [model, task, name, T].join();
    if (!known.has(key)) known.set(key, { model, task, name, T, runs: {} });
    known.get(key).runs[run] = { times, rounds };
  }
  return [...known.values()];
}
