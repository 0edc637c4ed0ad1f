// Real Chromium, driven by playwright-core, and the demo's server.
import { dirname, join, resolve } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../../demo/server/server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const site = resolve(here, '../../build/site');
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * One Chromium and one server for the tests of a file. `withPage(path, body)` opens a page of the site, or of
 * tests/browser/pages, and fails where the page asked another host, or wrote an error that `body` did not expect.
 */
export function useBrowser({ isolated }) {
  let browser;
  let server;
  before(async () => {
    server = await serve({ folders: [site, join(here, 'pages')], isolated });
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  return {
    async withPage(path, body, { viewport = { width: 1280, height: 900 } } = {}) {
      const context = await browser.newContext({ viewport });
      const page = await context.newPage();
      const problems = [];
      page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
      page.on('console', (message) => message.type() === 'error' && problems.push(`console: ${message.text()}`));
      page.on('request', (request) => {
        const { protocol, host } = new URL(request.url());
        if (protocol.startsWith('http') && host !== new URL(server.url).host) problems.push(`request to ${host}`);
      });
      try {
        await page.goto(new URL(path, server.url).href);
        await body(page, problems);
      } catch (error) {
        error.message += `\nThe page said: ${problems.join(' · ') || 'nothing'}`;
        throw error;
      } finally {
        await context.close();
      }
      if (problems.length) throw new Error(`The page was not quiet:\n${problems.join('\n')}`);
    },
  };
}
