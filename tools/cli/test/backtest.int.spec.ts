import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Command, EXIT, parseInvocation } from '../src/command.ts';
import { backtest } from '../src/commands/backtest.ts';
import { compare } from '../src/commands/compare.ts';
import { dataImport } from '../src/commands/data-import.ts';
import { replay } from '../src/commands/replay.ts';

const shared = process.env['PORTCULLIS_SHARED'] ?? join(import.meta.dirname, '../../../../shared/data');
const candles = join(shared, 'candles/binance-spot-BTCUSDT-1m/2021-01.csv.gz');
let folder = '';
let store = '';

/** Runs a command as the command line does: what it prints on standard output and how it ends. */
async function ran(command: Command, words: readonly string[]): Promise<{ code: number; text: string }> {
  const written: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    const code = await command.run(parseInvocation(command, words));
    return { code, text: written.join('') };
  } finally {
    write.mockRestore();
  }
}

/** The one object of `--json`. */
async function json(command: Command, words: readonly string[]): Promise<Record<string, unknown> & { code: number }> {
  const { code, text } = await ran(command, [...words, '--json']);
  return { code, ...(JSON.parse(text.trim().split('\n').at(-1) ?? '') as Record<string, unknown>) };
}

/** Two days of minute candles in cents, that rise and fall in waves of several lengths. */
function waves(): { readonly open: number; readonly close: number }[] {
  const priceAt = (minute: number) =>
    Math.round(
      3_000_000 + 20_000 * Math.sin(minute / 17) + 35_000 * Math.sin(minute / 71) + 900 * Math.sin(minute * 1.7),
    );
  return Array.from({ length: 2 * 1440 }, (_, minute) => ({ open: priceAt(minute), close: priceAt(minute + 0.9) }));
}

function decimal(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-cli-backtest-'));
  store = `file://${join(folder, 'store')}`;
  const start = Date.UTC(2021, 0, 30);
  const rows = waves().map(({ open, close }, minute) => {
    const [high, low] = [Math.max(open, close) + 500, Math.min(open, close) - 500];
    return [start + minute * 60_000, ...[open, high, low, close].map(decimal), '12.5'].join(',');
  });
  const file = join(folder, 'waves.csv');
  writeFileSync(file, rows.join('\n'));
  const words = [
    '--format',
    'binance-klines',
    '--venue',
    'binance-spot',
    '--symbol',
    'BTCUSDT',
    '--store',
    store,
    file,
  ];
  expect((await ran(dataImport, words)).code).toBe(EXIT.ok);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cross = [
  '--strategy',
  'sma-cross',
  '--param',
  'fast=5',
  '--param',
  'slow=20',
  '--fill',
  'next-open',
  '--quantity',
  '1',
];
const least = () => [...cross, '--data', store];

/** Profit in cents and closed trips of the same in a plain loop over the candles themselves. */
function plainLoop(bars: readonly { readonly open: number; readonly close: number }[], fast: number, slow: number) {
  const mean = (end: number, length: number) =>
    (bars.slice(end + 1 - length, end + 1).reduce((sum, { close }) => sum + close, 0) * (fast * slow)) / length;
  let [side, entry, roundTrips, cents] = [0, -1, 0, 0];
  let wish = 0;
  bars.forEach(({ open }, at) => {
    if (wish > 0) entry = open;
    else if (wish < 0) {
      cents += open - entry;
      roundTrips += 1;
      entry = -1;
    }
    wish = 0;
    if (at < slow - 1) return;
    const now = Math.sign(Math.round(mean(at, fast)) - Math.round(mean(at, slow)));
    if (now === 0) return;
    if (side !== 0 && now !== side && now > 0 !== entry >= 0) wish = now;
    side = now;
  });
  return { roundTrips, cents };
}

describe('backtest', () => {
  test('gives what a plain loop gives, the same each time, and rates', async () => {
    const first = await json(backtest, least());
    const { roundTrips, cents } = plainLoop(waves(), 5, 20);
    expect(first).toMatchObject({ code: EXIT.ok, status: 'finished', state: 'completed', events: 2880, roundTrips });
    expect(Number(first['pnl'])).toBeCloseTo(cents / 100, 6);
    expect(roundTrips).toBeGreaterThan(20);
    expect(first['decisionHash']).toMatch(/^[0-9a-f]{64}$/);
    for (const rate of ['barsPerSecond', 'eventsPerSecond']) expect(Number(first[rate])).toBeGreaterThan(0);
    for (const time of ['seconds', 'dataSeconds', 'replaySeconds']) {
      expect(Number(first[time])).toBeGreaterThanOrEqual(0);
    }
    const again = await json(backtest, [...least(), '--fees', '0']);
    expect(again['decisionHash']).toBe(first['decisionHash']);
    expect((await json(backtest, [...least(), '--fees', '10']))['pnl']).not.toBe(first['pnl']);
  });

  test('tells people the same in words, with a picture', async () => {
    const { code, text } = await ran(backtest, least());
    expect(code).toBe(EXIT.ok);
    for (const word of ['sma-cross on BTCUSDT', 'realised', 'round trips', 'inferred', 'events/s', 'decisions ', '█']) {
      expect(text).toContain(word);
    }
  });

  test('writes a report and keeps the run, which compare finds again', async () => {
    const lab = `file://${join(folder, 'lab')}`;
    const report = join(folder, 'reports/one.html');
    const one = await json(backtest, [...least(), '--store', lab, '--report', report]);
    expect(one['report']).toBe(report);
    expect(readFileSync(report, 'utf8')).toContain('<html');
    const names = readdirSync(join(folder, 'lab/runs', String(one['runId']))).sort();
    expect(names).toEqual([
      ...['cash.ndjson', 'denials.ndjson', 'equity.json', 'fills.ndjson', 'log.ndjson', 'manifest.json', 'report.html'],
      ...['round-trips.ndjson', 'statistics.json', 'summary.json'],
    ]);
    const other = await json(backtest, [...least(), '--param', 'allowShort=true', '--store', lab]);
    const found = await json(compare, [String(one['runId']), String(other['runId']), '--store', lab]);
    expect(found).toMatchObject({ code: EXIT.ok, sameDecisions: false, digests: [{ field: 'config' }] });
    expect(found['config']).toMatchObject([{ field: 'parameters.allowShort', other: true }]);
    expect(found['first']).toMatchObject({ list: expect.any(String) as unknown as string });
    const folderOf = (run: Record<string, unknown>) => join(folder, 'lab/runs', String(run['runId']));
    const { text } = await ran(compare, [folderOf(one), folderOf(other)]);
    expect(text).toMatch(/maxDrawdownFrom +2021-01-\d\d \d\d:\d\d:\d\d/);
    expect(text).toMatch(/the decisions differ[\s\S]*parameters.allowShort[\s\S]*they part at 2021-01-30/);
    expect(await json(compare, [folderOf(one), folderOf(one)])).toMatchObject({ sameDecisions: true, summary: [] });
  });

  test('compares what it printed', async () => {
    const [a, b] = [join(folder, 'a.json'), join(folder, 'b.json')];
    writeFileSync(a, (await ran(backtest, [...least(), '--json'])).text);
    writeFileSync(b, (await ran(backtest, [...least(), '--seed', '1', '--json'])).text);
    expect(await json(compare, [a, b])).toMatchObject({ digests: [{ field: 'config' }], code: EXIT.ok });
    writeFileSync(b, 'no run');
    await expect(ran(compare, [a, b])).rejects.toThrow(/b.json is no run/);
    await expect(ran(compare, ['rp-none', a])).rejects.toThrow(/there is no file rp-none/);
    await expect(ran(compare, [a])).rejects.toThrow(/which runs/);
    const lab = `file://${join(folder, 'empty-lab')}`;
    await expect(ran(compare, ['rp-none', a, '--store', lab])).rejects.toThrow(/has no whole run rp-none/);
  });

  test('stops and goes on as if nothing had been', async () => {
    const state = join(folder, 'run.state');
    const straight = await json(backtest, least());
    const stopped = await json(backtest, [...least(), '--state', state, '--stop-after', '1234']);
    expect(stopped).toMatchObject({ code: EXIT.ok, status: 'paused', events: 1234 });
    expect(statSync(state).size).toBeGreaterThan(100);
    await expect(json(backtest, [...least(), '--seed', '2', '--state', state, '--resume'])).rejects.toThrow(
      /its configuration has digest [0-9a-f]{64}, that of this run is [0-9a-f]{64}/,
    );
    const report = join(folder, 'resumed.html');
    const resumed = await json(backtest, [...least(), '--state', state, '--resume', '--report', report]);
    for (const field of ['decisionHash', 'pnl', 'fills', 'statistics', 'events']) {
      expect({ field, value: resumed[field] }).toEqual({ field, value: straight[field] });
    }
    expect(existsSync(state)).toBe(false);
    expect(existsSync(`${state}.run`)).toBe(false);
  });

  test.each([
    [['--strategy', 'sma'], /strategy is "sma", expected one of/],
    [['--param', 'fats=5'], /--param fats: sma-cross has no such parameter, expected one of fast, slow/],
    [['--param', 'slow=4'], /parameters.fast is .*5.*, expected/],
    [
      ['--fill', 'quotes'],
      /fill is "quotes", expected next-open, .*quotes needs quote events, of which the data has none/,
    ],
    [['--symbols', 'ETHUSDT'], /data.symbols is "ETHUSDT", expected some of/],
    [['--resume'], /--resume needs --state/],
    [['--stop-after', '5'], /--stop-after needs --state/],
    [['--data', 'file:///nowhere/at/all'], /data is "file:.*at.all", expected a store that .* filled/],
    [['--data', 'nowhere'], /nowhere is no store/],
  ] as [string[], RegExp][])('with %j is refused', async (words, expected) => {
    const flag = words[0] ?? '';
    const at = least().indexOf(flag);
    const base = flag === '--param' || at < 0 ? least() : least().toSpliced(at, 2);
    const own =
      flag === '--param' && words[1]?.startsWith('slow') === true ? base.filter((word) => word !== 'slow=20') : base;
    const clean = own.filter((word, index) => !(word === '--param' && own[index + 1]?.startsWith('--') === true));
    await expect(ran(backtest, [...clean, ...words])).rejects.toThrow(expected);
  });
});

describe('replay', () => {
  test('streams what happens as it happens', async () => {
    const { code, text } = await ran(replay, [...least(), '--stream']);
    expect(code).toBe(EXIT.ok);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; at?: number });
    const summary = lines.at(-1) as unknown as { kind: string; fills: number; roundTrips: number };
    expect(summary.kind).toBe('summary');
    expect(lines.filter(({ kind }) => kind === 'fill')).toHaveLength(summary.fills);
    expect(lines.filter(({ kind }) => kind === 'round-trip')).toHaveLength(summary.roundTrips);
  });

  test('shows the dashboard what observer would', async () => {
    const said: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    const ended = ran(replay, [...least(), '--listen', '0', '--speed', 'asap', '--json']);
    try {
      while (!said.some((text) => text.includes('the replay is over'))) {
        await new Promise((done) => setTimeout(done, 20));
      }
      const address = /http:\/\/127\.0\.0\.1:\d+\//.exec(said.join(''))?.[0] ?? '';
      const get = async (path: string) => (await fetch(`${address}${path}`)).json() as Promise<Record<string, unknown>>;
      expect(await (await fetch(address)).text()).toContain('<title>Portcullis</title>');
      expect((await fetch(`${address}web/lightweight-charts.js`)).status).toBe(200);
      expect((await fetch(`${address}web/../package.json`)).status).toBe(404);
      expect((await fetch(`${address}v1/kill`, { method: 'POST' })).status).toBe(405);
      expect(await get('v1/status')).toMatchObject({
        version: 1,
        runs: [{ strategy: 'sma-cross', stage: 'replay', state: 'completed' }],
        markets: [{ symbol: 'BTCUSDT', lastPrice: expect.any(String) as unknown as string }],
        counters: { marketEvents: 2880 },
      });
      const { fills } = (await get('v1/fills')) as { fills: unknown[] };
      expect(fills.length).toBeGreaterThan(20);
      const { runs } = (await get('v1/status')) as { runs: { netProfit: string }[] };
      // With nothing to begin with, equity is the profit.
      expect(runs[0]?.netProfit).toBe((await json(backtest, [...least(), '--capital', '0']))['endEquity']);
      expect(((await get('v1/market'))['markets'] as { series: unknown[] }[])[0]?.series.length).toBeGreaterThan(100);
    } finally {
      process.emit('SIGINT');
      await ended;
      write.mockRestore();
    }
  });
});

describe('a month of real candles', () => {
  test('agrees with a plain loop over the file itself', async () => {
    if (!existsSync(candles)) {
      process.stderr.write(`left out: ${candles} is not there\n`);
      return;
    }
    const real = `file://${join(folder, 'real')}`;
    const words = [
      '--format',
      'binance-klines',
      '--venue',
      'binance-spot',
      '--symbol',
      'BTCUSDT',
      '--store',
      real,
      candles,
    ];
    expect((await ran(dataImport, words)).code).toBe(EXIT.ok);
    const cents = (text = '') => Math.round(Number(text) * 100);
    const bars = gunzipSync(readFileSync(candles))
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(','))
      .map(([, open, , , close]) => ({ open: cents(open), close: cents(close) }));
    const flags = [
      '--strategy',
      'sma-cross',
      '--param',
      'fast=20',
      '--param',
      'slow=50',
      '--fill',
      'next-open',
      '--quantity',
      '1',
    ];
    const found = await json(backtest, [...flags, '--data', real]);
    const plain = plainLoop(bars, 20, 50);
    expect(found).toMatchObject({
      state: 'completed',
      roundTrips: plain.roundTrips,
      eventsByKind: { bar: bars.length },
    });
    expect(Number(found['pnl'])).toBeCloseTo(plain.cents / 100, 6);
  }, 120_000);
});
