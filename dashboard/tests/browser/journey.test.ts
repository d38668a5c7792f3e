// From an empty service to a mission whose route changes on the map, by hand.

import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PALETTES } from '../../src/map/palette';
import { type Account, hasBrowser, launch, onScreen, open, says, shows, until } from './browser';
import { Service, SOON_MS, SQUARE, square } from './service';

/** The square's middle, on the diagonal. */
const MIDDLE = { lon: 8.005, lat: 50.004 };
/** Start and goal: on the diagonal too, near its ends. */
const START = { lon: 8.0005, lat: 50.0004 };
const GOAL = { lon: 8.0095, lat: 50.0076 };
const { light } = PALETTES;

/** The route's colour at half its strength on the ground. */
function band(colour: string, ground: string): string {
  const part = (text: string, i: number) => Number.parseInt(text.slice(i, i + 2), 16);
  const mix = [1, 3, 5].map(i => Math.round((part(colour, i) + part(ground, i)) / 2));
  return `#${mix.map(value => value.toString(16).padStart(2, '0')).join('')}`;
}

describe.skipIf(!hasBrowser)('an operator', () => {
  let service: Service;
  let browser: Browser;
  let page: Page;
  let account: Account;

  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.start(), launch()]);
    ({ page, account } = await open(browser, `${service.url}/`));
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  const click = async (at: { lon: number; lat: number }) => {
    const { x, y } = await onScreen(page, SQUARE, at);
    await page.mouse.click(x, y);
  };

  test('imports a network by dropping a file', async () => {
    await says(page, '#welcome', 'No missions yet');
    await page.evaluate(text => {
      const dropped = new DataTransfer();
      dropped.items.add(new File([text], 'square.geojson'));
      for (const type of ['dragenter', 'dragover', 'drop']) {
        document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: dropped }));
      }
    }, JSON.stringify(square()));
    await says(page, '#import-message', 'is here: 5 segments');
    await says(page, '#networks', 'square');
    await until(page, { view: 'networks', network: /./ });
    // A road that is probably blocked has dots; the others are plain.
    await shows(page, await onScreen(page, SQUARE, { lon: 8.01, lat: 50.004 }), light.probable);
    await shows(page, await onScreen(page, SQUARE, MIDDLE), light.unknown);
  });

  test('is told what is wrong with a file', async () => {
    const wrong = { name: 'wrong.geojson', mimeType: 'application/json', buffer: Buffer.from('{"type": "Feature"}') };
    await page.locator('#import-file').setInputFiles(wrong);
    await page.locator('#import-message.bad').waitFor();
    // The browser itself logs refused requests.
    expect(account.complaints.filter(complaint => !complaint.includes('422'))).toEqual([]);
    account.complaints.length = 0;
  });

  test('creates a mission by clicks on the map', async () => {
    await page.getByRole('link', { name: 'New mission here' }).click();
    await says(page, '#hint', 'Click where the UGV starts');
    await click(START);
    await says(page, '#new-start', 'Segment 4 (Road ac)');
    await says(page, '#hint', 'must get to');
    await click(GOAL);
    await says(page, '#hint', 'Click where a UAV starts');
    await click(MIDDLE);
    await page.locator('#add-uav').click();
    await says(page, '#new-uavs', 'with the UGV');
    await page.locator('#new-name').fill('by hand');
    await page.locator('#new-strategy').selectOption('k_shortest_paths');
    await page.locator('#new-k').fill('2');
    await page.locator('#create').click();
    await until(page, { view: 'mission', status: 'active', segments: '4', connection: 'live' });
    const id = (await page.evaluate(() => document.body.dataset.mission))!;
    const mission = await service.get(`/v1/missions/${id}`);
    expect(mission).toMatchObject({
      name: 'by hand',
      strategy: { name: 'k_shortest_paths', parameters: { k: 2 } },
      ugv_speed_mps: 10,
      uavs: [
        { id: 'uav-1', speed_mps: 18 },
        { id: 'uav-2', speed_mps: 18 },
      ],
    });
    const { start } = (mission.uavs as { start: { lon: number; lat: number } }[])[0]!;
    expect(Math.hypot(start.lon - MIDDLE.lon, start.lat - MIDDLE.lat)).toBeLessThan(1e-4);
  });

  test('reports a road blocked, and the route bends on the map', async () => {
    const quarter = await onScreen(page, SQUARE, { lon: 8.0025, lat: 50.002 });
    await page.mouse.click(quarter.x, quarter.y);
    await says(page, '#segment-title', 'Segment 4 (Road ac)');
    await says(page, '#segment-facts', 'unknown');
    await page.getByRole('button', { name: 'Blocked here' }).click();
    await until(page, { segments: /^4 \d \d 4$/ });
    await says(page, '#segment-facts', /blocked at \d+.m/);
    await says(page, '#segment-facts', 'blocked by operator');
    await says(page, '#events li', /^Segment 4 \(Road ac\) blocked: \+\d+.m, \+\d+.s/);
    await page.keyboard.press('Escape');
    await page.mouse.move(5, 5);
    // The road is drawn as blocked, and the route lies beside the cleared way round.
    await shows(page, await onScreen(page, SQUARE, { lon: 8.0075, lat: 50.006 }), light.blocked);
    const around = await page.evaluate(() => document.body.dataset.segments);
    // On the roads of the way round lies the route's band; on the other side there is none.
    const [south, west] = [
      { lon: 8.005, lat: SQUARE.south },
      { lon: SQUARE.west, lat: 50.004 },
    ];
    const [on, off] = around!.includes('0') ? [south, west] : [west, south];
    await shows(page, await onScreen(page, SQUARE, on), band(light.route, light.ground));
    await shows(page, await onScreen(page, SQUARE, off), band(light.route, light.ground), false);
    await page.locator('#p50').filter({ hasText: ':' }).waitFor();
  });

  test('changes strategy and goal, closes a road, pauses, resumes and cancels', async () => {
    const id = (await page.evaluate(() => document.body.dataset.mission))!;
    await page.locator('#change-strategy summary').click();
    await page.locator('#mission-strategy').selectOption('bidirectional');
    await page.locator('#apply-strategy').click();
    await says(page, '#events', 'Strategy changed to bidirectional');
    expect(await service.get(`/v1/missions/${id}`)).toMatchObject({ strategy: { name: 'bidirectional' } });

    await page.locator('#move-goal').click();
    await says(page, '#hint', 'where the goal is to be');
    await click({ lon: 8.009, lat: SQUARE.north });
    await until(page, { segments: '4 3 2' });
    await says(page, '#events', 'Goal changed');

    await page.keyboard.press('/');
    await page.keyboard.type('Road da');
    await page.keyboard.press('Enter');
    await says(page, '#segment-title', 'Segment 3 (Road da)');
    await page.locator('#segment-close').click();
    await says(page, '#segment-message', 'Say why');
    await page.locator('#segment-reason').fill('<b>flood</b>');
    await page.locator('#segment-close').click();
    await says(page, '#segment-facts', '<b>flood</b>');
    await until(page, { segments: '4 0 1 2' });
    await page.locator('#segment-reason').fill('dry');
    await page.locator('#segment-reopen').click();
    await until(page, { segments: '4 3 2' });

    // A forecast that is asked for now reaches the service when the mission is over, and would be refused.
    const late: Route[] = [];
    await page.route('**/forecast?*', route => void late.push(route));
    await page.locator('#pause').click();
    await until(page, { status: 'paused' });
    await page.locator('#pause').click();
    await until(page, { status: 'active' });
    await page.locator('#cancel').click();
    await page.getByRole('button', { name: 'Keep it going' }).click();
    expect(await service.get(`/v1/missions/${id}`)).toMatchObject({ status: 'active' });
    await expect.poll(() => late.length, { timeout: SOON_MS }).toBeGreaterThan(0);
    await page.locator('#cancel').click();
    await page.locator('#confirm-yes').click();
    await until(page, { status: 'cancelled' });
    for (const route of late) await route.continue();
    await page.unroute('**/forecast?*');
    await says(page, '#mission-outcome', 'cancelled');
  });

  test('finds everything that happened in the log', async () => {
    await page.locator('#tab-log').click();
    await says(page, '#log', 'operator: Segment 4 (Road ac) blocked');
    await page.locator('#log-filter').fill('road da');
    await page.waitForFunction(() => document.querySelectorAll('#log li').length === 2);
    await page.getByRole('button', { name: 'closures' }).click();
    await page.waitForFunction(() => document.querySelectorAll('#log li').length === 0);
    await page.getByRole('link', { name: 'Missions', exact: true }).click();
    await says(page, '#missions', 'by hand');
    await page.getByRole('button', { name: 'active' }).click();
    await says(page, '#view-missions', 'None is active');
  });

  test('was shown nothing of another host, and nothing went wrong', () => {
    expect(account.complaints).toEqual([]);
    expect(account.requests.filter(url => !url.startsWith(service.url) && !url.startsWith('blob:'))).toEqual([]);
    expect(account.requests.length).toBeGreaterThan(10);
  });
});
