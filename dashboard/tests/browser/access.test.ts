// What a closed service promises at its page: a login, a name, only what one may do, and a way out.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasBrowser, launch, open, says, until } from './browser';
import { type Json, quiet, Service, square } from './service';

const BINARY = process.env.OUTRIDER_BINARY ?? join(import.meta.dirname, '../../../target/debug/outrider');

describe.skipIf(!hasBrowser)('a service with keys', () => {
  let service: Service;
  let browser: Browser;
  let admin: string;

  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.start(), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.stop();
  });

  /** A request with a key; what is answered. */
  async function ask(key: string, method: string, path: string, body?: Json): Promise<Json> {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await fetch(service.url + path, { method, headers, body: body ? JSON.stringify(body) : null });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    const text = await answer.text();
    return text ? JSON.parse(text) : {};
  }

  async function logIn(page: Page, key: string) {
    await page.locator('#login-key').fill(key);
    await page.keyboard.press('Enter');
  }

  test('asks for a key, says who is logged in, offers what the role may do, and lets one out', async () => {
    const network = await service.importNetwork('square', square());
    const mission = await service.createMission(network);
    // Somebody looks on while the first key is made at the command line.
    const { page } = await open(browser, `${service.url}/#mission/${mission}`);
    await until(page, { mission, connection: 'live', may: 'operate' });
    expect(await page.locator('#who').isVisible()).toBe(false);
    const keys = ['keys', 'create', '--name', 'chief', '--role', 'admin', '--json'];
    const made = execFileSync(BINARY, [...keys, '--data-dir', join(service.folder, 'data')], { env: quiet() });
    admin = JSON.parse(made.toString()).secret;
    await says(page, 'dialog.login', 'Log in again');
    await logIn(page, admin);
    await until(page, { mission, connection: 'live', may: 'operate', role: 'admin' });
    await says(page, '#who', 'chief');
    await page.locator('#pause').click();
    await until(page, { status: 'paused' });
    await page.locator('#pause').click();
    await until(page, { status: 'active' });
    await page.locator('#log-out').click();
    await says(page, 'dialog.login', 'Log in to Outrider');
    await page.context().close();
  });

  test('shows a viewer everything and offers nothing that a viewer may not do', async () => {
    const viewer = await ask(admin, 'POST', '/v1/keys', { name: 'visitor', role: 'viewer' });
    const { page } = await open(browser, `${service.url}/`);
    await says(page, 'dialog.login', 'Log in to Outrider');
    await page.evaluate(axe.source);
    const found = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    expect(found.violations.map(({ id }) => id)).toEqual([]);
    // Escape leads nowhere, and a wrong key is told.
    await page.keyboard.press('Escape');
    await logIn(page, 'outrider_nonsense');
    await says(page, '#login-message', 'this is no key of Outrider');
    await logIn(page, viewer.secret as string);
    await until(page, { role: 'viewer', connection: 'live', segments: /\d/ });
    await says(page, '#who', 'visitor');
    expect(await page.locator('[data-needs="operate"]:visible').count()).toBe(0);
    for (const [view, needed] of [
      ['#networks', 'Import a road network'],
      ['#missions', 'New mission'],
    ] as const) {
      await page.goto(`${service.url}/${view}`);
      await until(page, { view: view.slice(1) });
      expect(await page.getByText(needed, { exact: true }).filter({ visible: true }).count(), view).toBe(0);
    }
    await page.goto(`${service.url}/#new`);
    await until(page, { view: 'missions' });
    // The cookie is out of reach for scripts.
    expect(await page.evaluate(() => document.cookie)).toBe('');
    // Revoked, it is over at once.
    await ask(admin, 'DELETE', `/v1/keys/${viewer.id}`);
    await says(page, 'dialog.login', 'Log in again');
    await page.context().close();
  });
});
