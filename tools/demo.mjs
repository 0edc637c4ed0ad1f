// npm run demo [-- --port 8000 --host 127.0.0.1]: sets up, builds and serves the demo page.
import { networkInterfaces } from 'node:os';
import { parseArgs } from 'node:util';
import { serve } from '../demo/server/server.mjs';
import { buildPackage, buildSite, fastVariants } from './lib/package.mjs';
import { Failure, runMain } from './lib/process.mjs';
import { setUp } from './lib/setup.mjs';

const usualPort = 8000;

await runMain(async (args) => {
  const { port, host } = options(args);
  setUp('build');
  console.log('Building the package and the page');
  buildPackage(fastVariants);
  const site = { folders: [buildSite()], host };
  const server = await serve({ ...site, port: port ?? usualPort }).catch((error) => {
    if (error.code === 'EADDRINUSE' && port === undefined) return serve({ ...site, port: 0 });
    throw new Failure(`Port ${port} cannot be used (${error.code}). Take another one: npm run demo -- --port 8123`);
  });
  console.log(`\n  saliency-wasm demo: ${server.url}\n`);
  if (host !== '127.0.0.1') {
    const addresses = Object.values(networkInterfaces())
      .flat()
      .filter((entry) => entry.family === 'IPv4' && !entry.internal);
    for (const { address } of addresses)
      console.log(`  also at http://${address}:${server.port}/ (one thread: browsers isolate only secure origins)`);
  }
  console.log('  Ctrl+C ends it.');
});

function options(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: { port: { type: 'string' }, host: { type: 'string', default: '127.0.0.1' } },
    }));
  } catch (error) {
    throw new Failure(`${error.message}\nUsage: npm run demo [-- --port 8000 --host 127.0.0.1]`);
  }
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536)) {
    throw new Failure(`--port expects a number from 0 to 65535, got '${values.port}'.`);
  }
  return { port, host: values.host };
}
