// The replay of a mission that is over, and the forecasts under every strategy of one that is not.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, launch, open, says, until } from './browser';
import { Service, square } from './service';

describe.skipIf(!hasBrowser)('a mission', () => {
  let service: Service;
  let browser: Browser;
  let network: string;

  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.start(), launch()]);
    network = await service.importNetwork('square', square());
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  test('is replayed from its log: backwards, forwards and fast', async () => {
    const mission = await service.createMission(network);
    const positions = (offset_m: number) =>
      service.post(`/v1/missions/${mission}/positions`, [
        { vehicle: 'ugv', observed_at: new Date().toISOString(), segment: 4, offset_m },
      ]);
    await positions(100);
    await service.planAfter(mission, await service.report(mission, 1, 'clear'));
    await new Promise(resolve => setTimeout(resolve, 1_500));
    await positions(200);
    await service.planAfter(mission, await service.report(mission, 4, 'blocked', { blockage_offset_m: 600 }));
    await new Promise(resolve => setTimeout(resolve, 1_500));
    await service.post(`/v1/missions/${mission}/cancel`);

    const { page, account } = await open(browser, `${service.url}/#mission/${mission}`);
    await until(page, { status: 'cancelled' });
    await page.locator('#replay-play').waitFor({ state: 'hidden' });
    await page.keyboard.press('r');
    await until(page, { replay: /playing|stopped/ });
    await page.locator('#replay-speed').selectOption('1');
    const slide = (value: number) => page.locator('#replay-slider').fill(String(value));
    await slide(0);
    await until(page, { status: 'active', revision: '0', planSeq: '' });
    await slide(1000);
    await until(page, { status: 'cancelled', revision: '2' });
    const after = await page.evaluate(() => document.body.dataset.segments);
    await slide(400);
    await until(page, { status: 'active', revision: '1', segments: '4' });
    expect(after).not.toBe('4');
    await says(page, '#events', 'First route of');
    expect(await page.locator('#events').textContent()).not.toContain('blocked');
    // Operators act on what is, not on what was.
    expect(await page.locator('#pause').isDisabled()).toBe(true);

    // The vehicle is where it was: about 100 m along the diagonal, on its way to 200 m.
    const at = (vehicle: string) => page.locator(`[data-vehicle="${vehicle}"]`).boundingBox();
    const before = await at('ugv');
    await slide(480);
    await page.waitForFunction(
      x => document.querySelector('[data-vehicle="ugv"]')!.getBoundingClientRect().x > x + 1,
      before!.x,
    );
    expect(await page.locator('[data-vehicle="uav-1"]').count()).toBe(1);

    await slide(0);
    await page.locator('#replay-speed').selectOption('60');
    if ((await page.evaluate(() => document.body.dataset.replay)) === 'stopped')
      await page.locator('#replay-play').click();
    await until(page, { replay: 'stopped', status: 'cancelled', revision: '2' });
    await page.locator('#replay-live').click();
    await until(page, { replay: 'closed', status: 'cancelled' });
    expect(account.complaints).toEqual([]);
  });

  test('is forecast under every strategy side by side, and another one is chosen', async () => {
    const mission = await service.createMission(network);
    const { page, account } = await open(browser, `${service.url}/#mission/${mission}`);
    await until(page, { status: 'active', forecastSeq: /\d/ });
    await page.locator('#tab-compare').click();
    const { strategies } = (await service.get('/v1/strategies')) as { strategies: { name: string }[] };
    await until(page, { compared: String(strategies.length) });
    for (const { name } of strategies) {
      await says(page, `#compare [data-strategy="${name}"]`, /\d\d:\d\d:\d\d.*between/);
    }
    await says(page, '#compare .current', 'flown now');
    await page.getByRole('button', { name: 'Use bidirectional' }).click();
    await says(page, '#compare .current', 'bidirectional');
    expect(await service.get(`/v1/missions/${mission}`)).toMatchObject({ strategy: { name: 'bidirectional' } });
    expect(account.complaints).toEqual([]);
  });
});
