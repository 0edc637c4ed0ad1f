// The demo page as a visitor uses it.
import { readFile } from 'node:fs/promises';

const seconds = 1000;

/** Opens the page with some choices, as in its address, and waits for its first map. */
export async function withDemo(withPage, choices, body, options) {
  await withPage(
    `/${choices}`,
    async (page, problems) => {
      page.setDefaultTimeout(60 * seconds);
      await mapOf(page);
      await body(page, problems);
    },
    options,
  );
}

/** Waits for the map of what is chosen; resolves to what is being said about it. */
export async function mapOf(page) {
  await page.waitForSelector('#save-json:enabled, #status:text-is("Stopped.")');
  const status = await page.textContent('#status');
  if (status === 'Stopped.') throw new Error(`No map: ${await page.textContent('#problem')}`);
  return status;
}

/** Chooses a radio button as a visitor does: by its face. */
export async function chooseRadio(page, name, value) {
  await page.locator(`label:has(> input[name="${name}"][value="${value}"])`).click();
}

/** How many different colours a canvas shows, on a grid of places. */
export function colorsIn(page, canvas) {
  return page.evaluate((id) => {
    const element = document.getElementById(id);
    const { width, height } = element;
    const { data } = element.getContext('2d').getImageData(0, 0, width, height);
    const seen = new Set();
    for (let i = 0; i < width * height; i += 97) seen.add(data.subarray(4 * i, 4 * i + 4).join());
    return seen.size;
  }, canvas);
}

/** The downloaded numbers of the map. */
export async function savedMask(page) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-json')]);
  return JSON.parse(await readFile(await download.path(), 'utf8'));
}

/** Drops a file on the page. */
export async function drop(page, name, type, bytes) {
  const transfer = await page.evaluateHandle(
    ([fileName, fileType, numbers]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(numbers)], fileName, { type: fileType }));
      return data;
    },
    [name, type, [...bytes]],
  );
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent('main', kind, { dataTransfer: transfer });
  }
}

/** The code that the panel for problems shows. */
export async function problemCode(page) {
  await page.waitForSelector('#problem:not([hidden])');
  return page.textContent('#problem .code');
}
