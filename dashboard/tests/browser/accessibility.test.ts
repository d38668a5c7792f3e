// What everybody is promised: no violation that axe-core finds, in any view, dark or light, wide or narrow; all of it with keys.

import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, launch, open, says, until } from './browser';
import { Service, square } from './service';

/** What axe-core finds wrong, in few words. */
async function violations(page: Page, rules?: string[]): Promise<string[]> {
  // Evaluated from outside: the content security policy lets no script of others in.
  await page.evaluate(axe.source);
  const options = rules ? { runOnly: { type: 'rule' as const, values: rules } } : {};
  const { violations: found } = await page.evaluate(
    chosen => (globalThis as unknown as { axe: typeof axe }).axe.run(chosen),
    options,
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.map(node => `${id}: ${node.html.slice(0, 120)} ${node.failureSummary}`),
  );
}

describe.skipIf(!hasBrowser)('everybody', () => {
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.start(), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  test('can read an empty service', async () => {
    const { page } = await open(browser, `${service.url}/`);
    await says(page, '#welcome', 'No missions yet');
    expect(await violations(page)).toEqual([]);
    await page.close();
  });

  test('can read every view in dark and light', async () => {
    const network = await service.importNetwork('square', square());
    const mission = await service.createMission(network);
    await service.report(mission, 4, 'blocked', { blockage_offset_m: 300 });
    for (const dark of [false, true]) {
      // What dark changes is the colours.
      const rules = dark ? ['color-contrast'] : undefined;
      const { page } = await open(browser, `${service.url}/#networks`, { dark });
      await says(page, '#networks', 'square');
      expect(await violations(page, rules), `networks, dark: ${dark}`).toEqual([]);
      await page.goto(`${service.url}/#new`);
      await says(page, '#hint', 'Click where');
      await page.locator('#new-strategy').selectOption('adaptive');
      expect(await violations(page, rules), `new, dark: ${dark}`).toEqual([]);
      await page.goto(`${service.url}/#missions`);
      await says(page, '#missions', 'across');
      expect(await violations(page, rules), `missions, dark: ${dark}`).toEqual([]);
      await page.goto(`${service.url}/#mission/${mission}`);
      await until(page, { forecastSeq: /\d/ });
      await page.locator('#find-text').fill('4');
      await page.keyboard.press('Enter');
      await says(page, '#segment-title', 'Segment 4');
      expect(await violations(page, rules), `mission, dark: ${dark}`).toEqual([]);
      await page.locator('#change-strategy summary').click();
      await page.locator('#tab-log').click();
      await says(page, '#log', 'Segment 4');
      expect(await violations(page, rules), `log, dark: ${dark}`).toEqual([]);
      await page.locator('#tab-compare').click();
      await until(page, { compared: /\d/ });
      expect(await violations(page, rules), `compare, dark: ${dark}`).toEqual([]);
      await page.locator('#open-replay').click();
      await until(page, { replay: /playing|stopped/ });
      expect(await violations(page, rules), `replay, dark: ${dark}`).toEqual([]);
      await page.locator('#replay-live').click();
      await page.locator('#help').click();
      expect(await violations(page, rules), `help, dark: ${dark}`).toEqual([]);
      await page.close();
    }
  }, 120_000);

  test('has room on a tablet: nothing is wider than the screen', async () => {
    for (const [width, height] of [
      [1280, 800],
      [1024, 768],
      [820, 1180],
    ] as const) {
      const { page } = await open(browser, `${service.url}/`, { width, height });
      await until(page, { view: 'mission', forecastSeq: /\d/ });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, `${width} × ${height}`).toBeLessThanOrEqual(width);
      expect(await violations(page), `${width} × ${height}`).toEqual([]);
      await page.close();
    }
  });

  test('can create a mission with keys alone', async () => {
    const { page } = await open(browser, `${service.url}/#new`);
    await says(page, '#hint', 'Click where the UGV starts');
    await until(page, { network: /./ });
    const map = page.locator('canvas.maplibregl-canvas');
    await map.focus();
    await page.keyboard.press('Enter');
    await says(page, '#hint', 'must get to');
    for (const key of ['ArrowRight', 'ArrowUp']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(600);
    }
    await page.keyboard.press('Enter');
    await says(page, '#hint', 'Click where a UAV starts');
    await page.locator('#create').focus();
    await page.keyboard.press('Enter');
    await until(page, { view: 'mission', status: 'active', segments: /\d/ });
    await page.locator('#tab-now').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#tab-log').getAttribute('aria-selected')).toBe('true');
    await page.close();
  });
});
