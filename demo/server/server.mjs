// A static file server for the page: the headers that make it cross-origin isolated, which threads need, a strict
// content security policy, and right media types. No caching, so that a rebuilt page is what one sees.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve, sep } from 'node:path';

const mediaTypes = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.onnx': 'application/octet-stream',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

/**
 * Serves `folders`, the first that has the file, at `port` (0: any free one) of this machine.
 * Resolves to {url, port, close}.
 */
export async function serve({ folders, port = 0, isolated = true, host = '127.0.0.1' }) {
  const roots = folders.map((folder) => resolve(folder));
  const server = createServer((request, response) => {
    answer(roots, isolated, request, response).catch((error) => {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    });
  });
  await new Promise((listening, failed) => {
    server.once('error', failed);
    server.listen(port, host, listening);
  });
  const actual = server.address().port;
  return {
    port: actual,
    url: `http://localhost:${actual}/`,
    close: () =>
      new Promise((closed) => {
        server.close(closed);
        server.closeAllConnections();
      }),
  };
}

async function answer(roots, isolated, request, response) {
  const headers = {
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    ...(isolated && { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }),
  };
  const refuse = (status, text) => {
    response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' });
    response.end(`${text}\n`);
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET and HEAD.');
  let path;
  try {
    path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
  } catch {
    return refuse(400, 'This address cannot be read.');
  }
  if (path.endsWith(sep)) path += 'index.html';
  for (const folder of roots) {
    const file = join(folder, path);
    if (!file.startsWith(folder + sep)) continue;
    const info = await stat(file).catch(() => undefined);
    if (!info?.isFile()) continue;
    response.writeHead(200, {
      ...headers,
      'content-type': mediaTypes[extname(file)] ?? 'application/octet-stream',
      'content-length': info.size,
    });
    if (request.method === 'HEAD') return response.end();
    return createReadStream(file).pipe(response);
  }
  return refuse(404, `There is no ${path} here.`);
}
