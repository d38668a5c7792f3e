// A headless Chromium that draws in software, and pages in it that keep account of what went wrong.

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { SOON_MS } from './service';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const program = process.env.CHROMIUM ?? PROGRAMS.find(path => existsSync(path));

/** Without a browser the tests are skipped, but not on CI. */
export const hasBrowser = program !== undefined;
if (!hasBrowser && process.env.CI) throw new Error(`none of ${PROGRAMS.join(', ')} is installed`);
if (!hasBrowser) console.warn(`skipped: none of ${PROGRAMS.join(', ')} is installed`);

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: program!,
    args: [
      '--headless',
      '--no-sandbox',
      '--use-angle=swiftshader',
      '--enable-unsafe-swiftshader',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-dev-shm-usage',
      '--disable-sync',
      '--no-first-run',
      '--no-proxy-server',
    ],
  });
}

export interface Account {
  /** Errors and warnings on the console, uncaught exceptions, violations of the content security policy. */
  complaints: string[];
  /** Every address the page asked for. */
  requests: string[];
}

/** A warning of the software renderer that says nothing about the page. */
const NOISE = /GPU stall due to ReadPixels|GL Driver Message/;

export async function open(
  browser: Browser,
  url: string,
  look: { width?: number; height?: number; dark?: boolean } = {},
): Promise<{ page: Page; account: Account }> {
  const { width = 1280, height = 800, dark = false } = look;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
  const page = await context.newPage();
  page.setDefaultTimeout(SOON_MS);
  const account: Account = { complaints: [], requests: [] };
  page.on('console', message => {
    const bad = message.type() === 'error' || message.type() === 'warning';
    if (bad && !NOISE.test(message.text())) account.complaints.push(message.text());
  });
  page.on('pageerror', error => account.complaints.push(String(error.stack)));
  page.on('request', request => account.requests.push(request.url()));
  await page.goto(url);
  return { page, account };
}

/** Waits until the page says so of itself: attributes of the body tell its state. */
export async function until(page: Page, what: Record<string, string | RegExp>) {
  const wanted = Object.entries(what).map(([key, value]) =>
    value instanceof RegExp ? ([key, value.source, true] as const) : ([key, value, false] as const),
  );
  await page
    .waitForFunction(
      all =>
        all.every(([key, value, isPattern]) => {
          const is = document.body.dataset[key] ?? '';
          return isPattern ? new RegExp(value).test(is) : is === value;
        }),
      wanted,
    )
    .catch(async error => {
      const is = await page.evaluate(() => JSON.stringify(document.body.dataset));
      throw new Error(`the page does not come to ${JSON.stringify(wanted)} but is ${is}`, { cause: error });
    });
}

/** Waits for a text somewhere in an element. */
export async function says(page: Page, selector: string, text: string | RegExp) {
  await page.locator(selector).filter({ hasText: text }).first().waitFor();
}

/** Where a position is on the screen while the map shows all of a network: the page's own padding is known. */
export async function onScreen(
  page: Page,
  box: { west: number; east: number; south: number; north: number },
  at: { lon: number; lat: number },
): Promise<{ x: number; y: number }> {
  const map = (await page.locator('#surface').boundingBox())!;
  const mercator = (lat: number) => (Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) * 180) / Math.PI;
  const [south, north] = [mercator(box.south), mercator(box.north)];
  const padding = { top: 56, bottom: 72, left: 40, right: 40 };
  const [width, height] = [map.width - padding.left - padding.right, map.height - padding.top - padding.bottom];
  const scale = Math.min(width / (box.east - box.west), height / (north - south));
  return {
    x: map.x + padding.left + width / 2 + (at.lon - (box.west + box.east) / 2) * scale,
    y: map.y + padding.top + height / 2 - (mercator(at.lat) - (south + north) / 2) * scale,
  };
}

/** The colours about a point of the screen, as [red, green, blue] of a square of 9 by 9 pixels. */
export async function colours(page: Page, { x, y }: { x: number; y: number }): Promise<number[][]> {
  const clip = { x: Math.round(x) - 4, y: Math.round(y) - 4, width: 9, height: 9 };
  const picture = (await page.screenshot({ clip })).toString('base64');
  // Decoded on an empty page: the content security policy of ours forbids it.
  const blank = await page.context().newPage();
  const found = await blank.evaluate(async base64 => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext('2d')!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    const pixels: number[][] = [];
    for (let i = 0; i < data.length; i += 4) pixels.push([data[i]!, data[i + 1]!, data[i + 2]!]);
    return pixels;
  }, picture);
  await blank.close();
  return found;
}

/** Whether some of the colours are near to one of the palette. */
export function has(found: number[][], colour: string, reach = 40): boolean {
  const [r, g, b] = [1, 3, 5].map(i => Number.parseInt(colour.slice(i, i + 2), 16));
  return found.some(([x, y, z]) => Math.abs(x! - r!) + Math.abs(y! - g!) + Math.abs(z! - b!) < reach);
}

/** Waits until the colour is there, or is gone. */
export async function shows(page: Page, at: { x: number; y: number }, colour: string, wanted = true) {
  const end = Date.now() + SOON_MS;
  let found: number[][] = [];
  while (Date.now() < end) {
    found = await colours(page, at);
    if (has(found, colour) === wanted) return;
    await page.waitForTimeout(100);
  }
  const kinds = [...new Set(found.map(pixel => pixel.join()))].slice(0, 12).join(' ');
  throw new Error(`at ${JSON.stringify(at)} there ${wanted ? 'is no' : 'still is'} ${colour}, but ${kinds}`);
}
