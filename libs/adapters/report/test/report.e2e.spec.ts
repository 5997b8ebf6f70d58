import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type Page, chromium } from 'playwright-core';
import { type ReportData, renderReport } from '../src/index.ts';
import { reportData } from './report-fixture.ts';

const executablePath = '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
/** A folder for pictures of the page, for people who change it; without it none are made. */
const pictures = process.env['PORTCULLIS_PICTURES'];
const folder = mkdtempSync(join(tmpdir(), 'portcullis-report-'));
let browser: Browser;

beforeAll(async () => {
  if (!hasBrowser) return;
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'];
  browser = await chromium.launch({ executablePath, args });
});
afterAll(async () => {
  if (hasBrowser) await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly troubles: string[];
  readonly requests: string[];
}

async function open(
  data: ReportData,
  options: { width?: number; colorScheme?: 'light' | 'dark' } = {},
): Promise<Opened> {
  const file = join(folder, 'report.html');
  writeFileSync(file, await renderReport(data));
  const { width = 1280, colorScheme = 'light' } = options;
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, offline: true });
  const page = await context.newPage();
  const troubles: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('request', (request) => void (request.url().startsWith('http') && requests.push(request.url())));
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector('html[data-ready=true]', { state: 'attached' });
  return { page, troubles, requests };
}

/** Different colours in a picture of an element: a blank one has a handful. */
async function coloursOf(page: Page, selector: string): Promise<number> {
  const png = (await page.locator(selector).screenshot()).toString('base64');
  return page.evaluate(COLOURS.replace('SOURCE', `data:image/png;base64,${png}`));
}

/** Runs in the page, which has what it takes to read a picture. */
const COLOURS = `(async () => {
  const image = new Image();
  image.src = 'SOURCE';
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) colours.add(data[at] * 65536 + data[at + 1] * 256 + data[at + 2]);
  return colours.size;
})()`;

const absent = `there is no ${executablePath} on this machine (apt-get install chromium)`;
if (!hasBrowser) process.stderr.write(`the report is not looked at: ${absent}\n`);

/** Without a browser one test says so by its name. */
const describeWithBrowser = (tests: () => void): void =>
  hasBrowser
    ? describe('the report', tests)
    : test(`the report is not looked at: ${absent}`, () => expect(existsSync(executablePath)).toBe(false));

describeWithBrowser(() => {
  test.each([
    ['desk', { width: 1280, colorScheme: 'light' as const }],
    ['night', { width: 1280, colorScheme: 'dark' as const }],
    ['phone', { width: 390, colorScheme: 'dark' as const }],
  ])('%s: opens without a network and shows what the run came to', async (name, options) => {
    const { page, troubles, requests } = await open(reportData(), options);
    const text = (await page.locator('body').textContent()) ?? '';
    const sections = ['Equity', 'Drawdown', 'Price, fills and denials', 'Statistics', "The gate's denials"];
    for (const words of [
      ...sections,
      'Other histories',
      'Data quality used',
      'Digests',
      'Round trips',
      'Configuration',
    ]) {
      expect(text).toContain(words);
    }
    for (const label of [
      'Return',
      'CAGR',
      'Sharpe ratio',
      'Sortino ratio',
      'Profit factor',
      'Turnover',
      'Exposure',
      'Fees',
    ]) {
      expect(text).toContain(label);
    }
    expect(text).toContain('POSITION_EXCEEDED');
    expect(text).toContain('mean(r) / s(r) × √365');
    expect(text).toContain('1 to 25 of 60');
    for (const chart of ['#equity', '#drawdown', '#price']) expect(await coloursOf(page, chart)).toBeGreaterThan(20);
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `report-${name}.png`), fullPage: true });
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await page.locator('.pager').textContent()).toContain('26 to 50 of 60');
    await page.getByRole('button', { name: 'Profit', exact: true }).click();
    expect(await page.locator('#trades th[aria-sort=ascending]').textContent()).toContain('Profit');
    expect(troubles).toEqual([]);
    expect(requests).toEqual([]);
    await page.context().close();
  });

  test('counts fees into the profit of a round trip, and says where its fills end', async () => {
    const data = reportData();
    const [trip] = data.roundTrips.shown;
    const small = { ...trip!, profit: '3.83', fees: '14.36435' };
    const { page, troubles } = await open({
      ...data,
      // Buys and sells in turn: every eighth would be a buy, and 600 are drawn at most.
      fills: { total: 10_000, shown: Array.from({ length: 40 }, () => data.fills.shown).flat() },
      denials: { total: 0, shown: [] },
      roundTrips: { total: 1, shown: [small] },
    });
    const cells = await page.locator('#trades tbody tr').first().locator('td').allTextContents();
    expect(cells.slice(-3)).toEqual(['3.83', '14.36435', '-10.53435']);
    expect(await page.locator('#trades tbody .down').count()).toBe(1);
    const note = await page.locator('#price-note').textContent();
    expect(note).toContain(`${Math.ceil(4800 / 9)} of 10,000 are drawn`);
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test('of a run that did nothing says so', async () => {
    const data = reportData();
    const none = { total: 0, shown: [] };
    const summary = { ...data.summary, fills: 0, roundTrips: 0, denied: 0, denials: {} };
    const empty = { ...data, summary, fills: none, denials: none, roundTrips: none, equity: [], monteCarlo: null };
    const { page, troubles } = await open({ ...empty, quality: [] });
    const text = (await page.locator('body').textContent()) ?? '';
    expect(text).toContain('denied none');
    expect(text).toContain('No position was opened and closed.');
    expect(text).toContain('There is no quality ledger for this data.');
    expect(troubles).toEqual([]);
    await page.context().close();
  });

  test('shows hostile texts as texts', async () => {
    const hostile = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>$&';
    const data = reportData();
    const [denial] = data.denials.shown;
    const denials = { total: 1, shown: [{ ...denial!, detail: { scope: hostile } }] };
    const { page, troubles } = await open({ ...data, title: hostile, denials });
    expect(await page.title()).toBe(`${hostile} – Portcullis`);
    expect(await page.locator('h1').textContent()).toBe(hostile);
    expect(await page.locator('img').count()).toBe(0);
    expect(troubles).toEqual([]);
    await page.context().close();
  });
});
