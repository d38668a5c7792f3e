// What becomes of the page when the service goes away and comes back.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, launch, open, says, until } from './browser';
import { Service, square } from './service';

describe.skipIf(!hasBrowser)('a link that breaks', () => {
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.start(), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  test('is told with the age of the newest data, and resumes by itself with nothing lost or doubled', async () => {
    const mission = await service.createMission(await service.importNetwork('square', square()));
    const { page } = await open(browser, `${service.url}/`);
    await until(page, { mission, connection: 'live', segments: /4/ });
    const first = await service.report(mission, 0, 'clear');
    await until(page, { revision: '1' });

    await service.halt();
    await until(page, { connection: 'reconnecting' });
    await says(page, '#connection', /reconnecting, newest \d+ s ago/);
    // What there is stays on the screen.
    await until(page, { mission, segments: /4/ });

    await service.run();
    await until(page, { connection: 'live' });
    const seq = await service.report(mission, 4, 'blocked', { blockage_offset_m: 500 });
    expect(seq).toBeGreaterThan(first);
    const plan = await service.planAfter(mission, seq);
    await until(page, { planSeq: String(plan.seq), revision: '2' });
    await says(page, '#connection', 'live');
    await page.locator('#tab-log').click();
    await says(page, '#log', 'Segment 4');
    const numbers = await page.locator('#log li').evaluateAll(rows => rows.map(row => Number(row.dataset.seq)));
    expect(numbers).toEqual(Array.from({ length: plan.seq as number }, (_, i) => (plan.seq as number) - i));
  });

  test('is told while only lists are shown, too', async () => {
    const { page } = await open(browser, `${service.url}/#missions`);
    await says(page, '#missions', 'across');
    await until(page, { connection: 'live' });
    await service.halt();
    await until(page, { connection: 'reconnecting' });
    await service.run();
    await until(page, { connection: 'live' });
    await says(page, '#missions', 'across');
  });
});
