// What an hour costs, in a few seconds: a stand-in for the stream tells the page 72,000 positions (20 a second), and a report and
// a plan every five seconds, as fast as it takes them. Everything else is the real service.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, launch, open, until } from './browser';
import { type Json, Service, square } from './service';

const POSITIONS_PER_S = 20;
const HOUR_S = 3_600;
const REPORT_EVERY_S = 5;
/** The page may hold that much more after the hour than after its first ten minutes. */
const MORE_MB = 12;

/** A service's front whose event stream is made up; the clock of what it tells is of its own. */
class StandIn {
  #server: Server;
  #stream: ServerResponse | null = null;
  url = '';
  #s = 0;
  #seq: number;

  constructor(
    readonly service: Service,
    readonly snapshot: Json,
    readonly plan: Json,
  ) {
    this.#seq = snapshot.seq as number;
    this.#server = createServer(async (request, response) => {
      if (request.url?.includes('/events')) {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
        this.#stream = response;
        this.#tell('snapshot', this.snapshot, this.#seq);
        return;
      }
      const answer = await fetch(service.url + request.url, { headers: { accept: request.headers.accept ?? '*/*' } });
      const type = answer.headers.get('content-type') ?? 'text/plain';
      response.writeHead(answer.status, { 'content-type': type });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  }

  async listen() {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  #tell(event: string, data: unknown, id?: number) {
    this.#stream?.write(`${id ? `id: ${id}\n` : ''}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Tells so many seconds of the mission; gives the number of the last event. */
  async tell(seconds: number): Promise<number> {
    const begun = Date.parse('2026-05-04T09:00:00Z');
    for (const end = this.#s + seconds; this.#s < end; this.#s += 1) {
      const at = (part: number) => new Date(begun + (this.#s + part) * 1000).toISOString();
      for (let i = 0; i < POSITIONS_PER_S; i++) {
        const [vehicle, t] = [['ugv', 'uav-1', 'uav-2'][i % 3]!, this.#s + i / POSITIONS_PER_S];
        const lon = 8 + 0.01 * Math.abs(Math.sin(t / 50 + (i % 3)));
        this.#tell('position', {
          vehicle,
          observed_at: at(i / POSITIONS_PER_S),
          position: { lon, lat: 50 + (lon - 8) * 0.8 },
          ...(vehicle === 'ugv' ? { segment: 4, offset_m: ((lon - 8) / 0.01) * 1100 } : {}),
        });
      }
      if (this.#s % REPORT_EVERY_S === 0) this.#reportAndPlan(at(0));
      // The page keeps up with what it is told.
      if (this.#s % 30 === 0) await new Promise(resolve => setTimeout(resolve, 5));
    }
    return this.#seq;
  }

  #reportAndPlan(recorded_at: string) {
    const segment = (this.#s / REPORT_EVERY_S) % 4;
    const finding = this.#s % 20 ? 'clear' : 'blocked';
    const id = `01938a6e-0000-7000-8000-${String(this.#seq).padStart(12, '0')}`;
    const report = { id, segment, finding, observed_at: recorded_at, reported_by: 'uav-1', confidence: 1 };
    this.#seq += 1;
    const revision = this.#seq;
    this.#tell('report', { seq: this.#seq, kind: 'report', revision, recorded_at, body: report }, this.#seq);
    this.#seq += 1;
    const { seq, recorded_at: _, ...body } = this.plan;
    this.#tell('plan', { seq: this.#seq, kind: 'plan', revision, recorded_at, body }, this.#seq);
  }

  close() {
    this.#stream?.end();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function heap_mb(cdp: CDPSession): Promise<number> {
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value / 2 ** 20;
}

const elements = (page: Page) => page.evaluate(() => document.getElementsByTagName('*').length);

describe.skipIf(!hasBrowser)('a mission of an hour', () => {
  let service: Service;
  let browser: Browser;

  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.start(), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  test('does not grow the page', async () => {
    const id = await service.createMission(await service.importNetwork('square', square()));
    const [mission, plan] = [await service.get(`/v1/missions/${id}`), await service.get(`/v1/missions/${id}/plan`)];
    const knowledge = { revision: 0, segments: [], closures: [] };
    const snapshot = { seq: 2, reason: 'connected', mission, knowledge, plan, positions: [] };
    const standIn = new StandIn(service, snapshot, plan);
    await standIn.listen();
    try {
      const { page, account } = await open(browser, `${standIn.url}/#mission/${id}`);
      const cdp = await page.context().newCDPSession(page);
      await cdp.send('Performance.enable');
      await until(page, { mission: id, connection: 'live' });
      const begun = Date.now();
      await until(page, { planSeq: String(await standIn.tell(HOUR_S / 6)) });
      const [early_mb, earlyElements] = [await heap_mb(cdp), await elements(page)];
      await until(page, { planSeq: String(await standIn.tell((HOUR_S * 5) / 6)) });
      const [late_mb, lateElements] = [await heap_mb(cdp), await elements(page)];
      const took_s = (Date.now() - begun) / 1000;
      console.info(
        `${HOUR_S * POSITIONS_PER_S} positions and ${(2 * HOUR_S) / REPORT_EVERY_S} events in ${took_s.toFixed(1)} s: ` +
          `${early_mb.toFixed(1)} MB after ten minutes, ${late_mb.toFixed(1)} MB after the hour, ` +
          `${earlyElements} and ${lateElements} elements`,
      );
      expect(late_mb - early_mb).toBeLessThan(MORE_MB);
      // The story and the log have so many lines at the most.
      expect(lateElements).toBeLessThan(2_500);
      expect(account.complaints).toEqual([]);
    } finally {
      standIn.close();
    }
  });
});
