// Networks from every kind of file that somebody may have, called off half-way, and deleted.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, launch, open, says } from './browser';
import { Service } from './service';

const OSM = `<?xml version="1.0"?><osm version="0.6">
  <node id="1" lat="50.0" lon="8.0"/><node id="2" lat="50.0" lon="8.01"/><node id="3" lat="50.008" lon="8.01"/>
  <way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
  <way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="footway"/></way>
</osm>`;

const file = (name: string, text: string) => ({ name, mimeType: '', buffer: Buffer.from(text) });

/** Roads along a line, so many that reading them takes a while. */
function line(roads: number): string {
  const at = (n: number) => [8 + n * 1e-6, 50];
  const road = (_: unknown, n: number) =>
    `{"type":"Feature","properties":{"id":${n},"name":"${n}"},"geometry":{"type":"LineString","coordinates":${JSON.stringify([at(n), at(n + 1)])}}}`;
  return `{"type":"FeatureCollection","features":[${Array.from({ length: roads }, road).join()}]}`;
}

describe.skipIf(!hasBrowser)('an operator', () => {
  let service: Service;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.start(), launch()]);
    ({ page } = await open(browser, `${service.url}/#networks`));
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  const names = async () => {
    const { networks } = (await service.get('/v1/networks')) as { networks: { name: string }[] };
    return networks.map(({ name }) => name);
  };

  test('imports a map with the roads of the vehicle that is chosen', async () => {
    await page.locator('#import-file').setInputFiles(file('quarter.osm', OSM));
    await says(page, '#import-message', '“quarter” is here: 1 segment,');
    await page.locator('#import-profile').selectOption('ugv');
    await page.locator('#import-file').setInputFiles(file('quarter.osm', OSM));
    await says(page, '#import-message', '“quarter 2” is here: ');
    // A footway is a road for it as well: one chain from end to end.
    const { networks } = (await service.get('/v1/networks')) as { networks: { name: string; length_m: number }[] };
    const length = (name: string) => networks.find(network => network.name === name)!.length_m;
    expect(length('quarter 2')).toBeGreaterThan(length('quarter') + 800);
  });

  test('imports the pair of files of the LineCoverage data set', async () => {
    const nodes = '0 0 0 50.0 8.0 0\n1 716.8 0 50.0 8.01 0\n2 716.8 890.6 50.008 8.01 0\n';
    await page.locator('#import-file').setInputFiles([file('node_data', nodes), file('req_edge_list', '0 1\n1 2\n')]);
    await says(page, '#import-message', '“line-coverage” is here: ');
    await page.locator('#import-file').setInputFiles([file('node_data', nodes), file('other', '')]);
    await says(page, '#import-message', 'Drop one file, or node_data and req_edge_list together.');
  });

  test('sees how far a large import is, and calls it off', async () => {
    await page.locator('#import-file').setInputFiles(file('large.geojson', line(120_000)));
    await says(page, '#import-message', 'Reading roads');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await says(page, '#import-message', 'Cancelled: nothing is stored.');
    expect(await names()).not.toContain('large');
  });

  test('deletes a network that no mission uses', async () => {
    await page.getByRole('button', { name: 'Delete the network quarter 2' }).click();
    await page.getByRole('button', { name: 'Delete the network', exact: true }).click();
    await says(page, '#import-message', '“quarter 2” is deleted.');
    expect(await names()).toEqual(['line-coverage', 'quarter']);
  });
});
