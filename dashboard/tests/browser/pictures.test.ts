// The README's pictures, of the demo as it runs: `PICTURES=1 .ci/page browser`. Not part of the checks, as it takes its time.

import { join } from 'node:path';
import { describe, test } from 'vitest';
import { hasBrowser, launch, open, until } from './browser';
import { Service } from './service';

const DOCS = join(import.meta.dirname, '../../../docs');
const SIZE = { width: 1440, height: 900 };

describe.skipIf(!hasBrowser || !process.env.PICTURES)('the README', () => {
  test('has pictures', async () => {
    const [service, browser] = await Promise.all([Service.start('demo'), launch()]);
    try {
      const { page } = await open(browser, `${service.url}/`, SIZE);
      await until(page, { status: 'active', segments: /\d/ });
      // Two roads that changed the route, and the second change still fading out.
      await page.waitForFunction(() => document.querySelectorAll('#events li[data-tone="bad"]').length >= 2, null, {
        timeout: 150_000,
      });
      await page.waitForTimeout(1_500);
      await page.screenshot({ path: join(DOCS, 'page.png') });
      await page.close();

      const { page: dark } = await open(browser, `${service.url}/`, { ...SIZE, dark: true });
      await until(dark, { status: 'active', forecastSeq: /\d/ });
      await dark.locator('#tab-compare').click();
      await until(dark, { compared: /\d/ });
      await dark.locator('#open-replay').click();
      await until(dark, { replay: /playing|stopped/ });
      await dark.locator('#replay-slider').fill('620');
      await dark.waitForTimeout(1_200);
      await dark.screenshot({ path: join(DOCS, 'page-dark.png') });
    } finally {
      await browser.close();
      await service.stop();
    }
  }, 300_000);
});
