import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type Page, chromium } from 'playwright-core';
import { type Stage, openStage } from './stage.ts';

const executablePath = '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
/** A folder for pictures of the page, for people who change it; without it none are made. */
const pictures = process.env['PORTCULLIS_PICTURES'];
const sizes = {
  desk: { width: 1280, height: 800 },
  wide: { width: 1920, height: 1080 },
  phone: { width: 390, height: 844 },
};
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let stage: Stage;
let browser: Browser;
beforeAll(async () => {
  if (!hasBrowser) return;
  stage = await openStage();
  browser = await chromium.launch({ executablePath, args: flags });
});
afterAll(async () => {
  if (!hasBrowser) return;
  await browser.close();
  await stage.close();
});

async function open(viewport: { width: number; height: number }): Promise<{ page: Page; troubles: string[] }> {
  const page = await browser.newPage({ viewport });
  const troubles: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on(
    'request',
    (request) => void (request.url().startsWith(stage.url) || troubles.push(`request to ${request.url()}`)),
  );
  await page.goto(stage.url);
  await page.locator('#runs tr').nth(1).waitFor();
  await page.locator('#services li').nth(4).waitFor();
  await page.locator('#chart canvas').first().waitFor();
  return { page, troubles };
}

/** How many different colours the chart's pixels have: one when nothing is drawn. */
function coloursOf(page: Page): Promise<number> {
  return page.evaluate(() => {
    interface Canvas {
      readonly width: number;
      readonly height: number;
      getContext(kind: '2d'): {
        getImageData(x: number, y: number, w: number, h: number): { readonly data: Uint8ClampedArray };
      };
    }
    const { document } = globalThis as unknown as {
      document: { querySelectorAll(selector: string): Iterable<Canvas> };
    };
    const colours = new Set<string>();
    for (const canvas of document.querySelectorAll('#chart canvas')) {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      for (let i = 0; i < data.length; i += 4) colours.add(data.slice(i, i + 4).join());
    }
    return colours.size;
  });
}

const absent = `there is no ${executablePath} on this machine (apt-get install chromium)`;
if (!hasBrowser) process.stderr.write(`the page is not looked at: ${absent}\n`);

/** Without a browser one test says so by its name. */
const describeWithBrowser = (tests: () => void): void =>
  hasBrowser
    ? describe('the page', tests)
    : test(`the page is not looked at: ${absent}`, () => expect(existsSync(executablePath)).toBe(false));

describeWithBrowser(() => {
  test.each(Object.entries(sizes))(
    '%s: chart, runs, orders, verdicts and services of the seeded session',
    async (name, viewport) => {
      const { page, troubles } = await open(viewport);
      expect(troubles).toEqual([]);
      await expect(coloursOf(page)).resolves.toBeGreaterThan(20);
      expect(await page.locator('#runs tr').count()).toBe(2);
      expect(await page.locator('#orders tr').count()).toBeGreaterThan(20);
      expect(await page.locator('#feed [data-tone="no"]').count()).toBeGreaterThan(3);
      expect(await page.locator('#feed').innerText()).toContain('Position exceeded: worst 0.0063, limit 0.006');
      expect(await page.locator('#state-name').innerText()).toBe('Active');
      expect(await page.locator('#link').innerText()).toBe('live');
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(overflow).toBeLessThanOrEqual(0);
      if (pictures !== undefined) {
        await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: name === 'phone' });
      }
      expect(troubles).toEqual([]);
      await page.close();
    },
  );

  test('text from the bus is shown as text', async () => {
    const { page, troubles } = await open(sizes.desk);
    await stage.say([
      {
        by: 'operator',
        subject: 'ctl.kill.run.sma-1',
        body: { reason: '<img src=x onerror="document.title=1">', by: '<b>ann</b>' },
      },
    ]);
    await page.locator('#feed', { hasText: '<img src=x' }).waitFor();
    expect(await page.locator('#feed img').count()).toBe(0);
    expect(await page.title()).toBe('Portcullis');
    expect(troubles).toEqual([]);
    await page.close();
  });

  test('the kill button asks first, and says what came of it', async () => {
    const { page } = await open(sizes.desk);
    await page.locator('#kill').click();
    await page.locator('#kill-scope').selectOption('run.sma-1');
    await page.locator('#kill-reason').fill('drill');
    await page.locator('#kill-by').fill('ann');
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'kill.png') });
    await page.locator('#kill-confirm').click();
    await page.locator('#feed', { hasText: 'drill, by ann' }).waitFor();
    // Nobody here plays riskd, so that the latch never shows; the page has to say so.
    await page.locator('#kill-failure', { hasText: 'has not shown its latch' }).waitFor();
    await page.close();
  });
});
