import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { UserError } from '@portcullis/config';
import { sharedData, sharedFiles } from '../../test/shared-data.ts';
import { checkCaptures } from './check-captures.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-captures-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, lines: readonly string[] | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, lines instanceof Uint8Array ? lines : `${lines.join('\n')}\n`);
  return path;
}

const START = 1_723_161_253_000_000_000n;
const at = (millis: number): string => String(START + BigInt(millis) * 1_000_000n);
const trade = (millis: number, id: number): string =>
  `${at(millis)} {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161254331,"s":"BTCUSDT","t":${id},"p":"61837.63000000","q":"0.00100000","T":1723161254330,"m":true,"M":true}}`;
const depth = (millis: number, first: number, last: number): string =>
  `${at(millis)} {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255208,"s":"BTCUSDT","U":${first},"u":${last},"b":[["61837.00000000","${last}.00000000"]],"a":[]}}`;
const quote = (millis: number, sequence: number, quantity: number): string =>
  `${at(millis)} {"stream":"btcusdt@bookTicker","data":{"u":${sequence},"s":"BTCUSDT","b":"61837.00000000","B":"${quantity}.00000000","a":"61838.00000000","A":"2.00000000"}}`;
const snapshot = (millis: number, sequence: number): string =>
  `${at(millis)} {"lastUpdateId":${sequence},"bids":[["61837.00000000","1.00000000"]],"asks":[["61838.00000000","2.00000000"]]}`;

const good = [
  depth(0, 8, 9),
  depth(10, 10, 12),
  snapshot(20, 10),
  depth(40, 13, 14),
  quote(50, 14, 14),
  trade(60, 100),
  depth(70, 15, 16),
  quote(80, 16, 16),
  depth(90, 17, 18),
  quote(95, 18, 18),
  quote(98, 19, 19),
];

describe('captures that hold', () => {
  test('frames, events, the snapshot of the stream and the top of the book are counted', async () => {
    const report = await checkCaptures([fileOf('good', good)], { dialect: 'binance-spot' });
    expect(report).toMatchObject({ ok: true, messages: 10, gaps: 0, malformed: 0, symbols: ['BTCUSDT'], snapshots: 1 });
    expect(report.events).toMatchObject({ trade: 1, snapshot: 1 });
    expect(report.topOfBook.checked).toBeGreaterThan(0);
    expect(report.from).toBe(1_723_161_253_000_000);
  });

  test('a capture without a snapshot is no error, and says so', async () => {
    const report = await checkCaptures(
      [
        fileOf(
          'none',
          good.filter((line) => !line.includes('lastUpdateId')),
        ),
      ],
      {
        dialect: 'binance-spot',
      },
    );
    expect(report.ok).toBe(true);
    expect(report.findings.map(({ about }) => about)).toEqual(['no-snapshot']);
  });

  test('files of one capture in any order are one capture', async () => {
    const parts = [fileOf('b', good.slice(5)), fileOf('a', good.slice(0, 5))];
    const together = await checkCaptures(parts, { dialect: 'binance-spot' });
    const whole = await checkCaptures([fileOf('whole', good)], { dialect: 'binance-spot' });
    const counts = ({ messages, events, topOfBook, gaps }: typeof whole) => ({ messages, events, topOfBook, gaps });
    expect(counts(together)).toEqual(counts(whole));
  });
});

describe('captures that do not', () => {
  test('a gzip file that is cut off is used up to the cut; file, line and byte are told', async () => {
    const noise = Array.from({ length: 5000 }, (_, i) => trade(100 + i, 200 + ((i * 7919) % 100_000)));
    const whole = gzipSync([...good, ...noise].join('\n'));
    const path = fileOf('cut.gz', whole.subarray(0, Math.floor(whole.length * 0.7)));
    const report = await checkCaptures([path], { dialect: 'binance-spot' });
    const cut = report.findings.find(({ about }) => about === 'cut-off');
    expect(cut).toMatchObject({ severity: 'bad', file: path, byte: Math.floor(whole.length * 0.7) });
    expect(cut?.line).toBeGreaterThan(good.length);
    expect(report.messages).toBeGreaterThan(good.length);
    expect(report.ok).toBe(false);
  });

  test('half a line of JSON is skipped, counted and told with its place', async () => {
    const half = (good[3] ?? '').slice(0, 120);
    const path = fileOf('half', [...good.slice(0, 4), half, 'x', ...good.slice(4)]);
    const report = await checkCaptures([path], { dialect: 'binance-spot' });
    const malformed = report.findings.filter(({ about }) => about === 'malformed');
    expect(malformed.map(({ file, line }) => `${file}:${line}`).sort()).toEqual([`${path}:5`, `${path}:6`]);
    expect(report).toMatchObject({ malformed: 2, ok: false, gaps: 0, messages: 11 });
  });

  test('lines out of the order of receipt are counted', async () => {
    const swapped = [...good.slice(0, 6), good[7] ?? '', good[6] ?? '', ...good.slice(8)];
    const report = await checkCaptures([fileOf('swapped', swapped)], { dialect: 'binance-spot' });
    expect(report).toMatchObject({ disorder: 1, ok: true });
  });

  test('frames twice are duplicates, frames that are missing a gap', async () => {
    const twice = await checkCaptures([fileOf('twice', [...good, trade(99, 100)])], { dialect: 'binance-spot' });
    expect(twice).toMatchObject({ duplicates: 1, ok: true });
    const path = fileOf(
      'missing',
      good.filter((line) => !line.includes('"U":15')),
    );
    const missing = await checkCaptures([path], { dialect: 'binance-spot' });
    expect(missing).toMatchObject({ gaps: 1, ok: false });
    expect(missing.findings.find(({ about }) => about === 'gap')).toMatchObject({ file: path, line: 8 });
  });

  test('a book that is not whole again by the end is said, with the place where it was lost', async () => {
    const lost = [...good.slice(0, 3), depth(70, 15, 16), depth(90, 17, 18), trade(91, 100)];
    const { findings } = await checkCaptures([fileOf('lost', lost)], { dialect: 'binance-spot' });
    expect(findings).toMatchObject([
      { severity: 'bad', about: 'gap', line: 4 },
      { severity: 'note', about: 'no-snapshot', line: 4, text: expect.stringContaining('were not checked') },
    ]);
    const mended = await checkCaptures([fileOf('mended', [...lost, snapshot(92, 18)])], { dialect: 'binance-spot' });
    expect(mended.findings.map(({ about }) => about)).toEqual(['gap']);
  });

  test('a snapshot older than the deltas that were kept never joins them', async () => {
    const late = good.map((line) => (line.includes('lastUpdateId') ? snapshot(20, 5) : line));
    const report = await checkCaptures([fileOf('late', late)], { dialect: 'binance-spot' });
    expect(report).toMatchObject({ ok: false, events: { snapshot: 0, delta: 0 } });
    expect(report.findings.map(({ severity, about }) => [severity, about])).toEqual([['bad', 'snapshot']]);
  });

  test('a file that is no capture, or none at all, is a clear error', async () => {
    await expect(checkCaptures([fileOf('csv', ['1577836800000,7195.2'])], { dialect: 'binance-spot' })).rejects.toThrow(
      UserError,
    );
    await expect(checkCaptures([join(folder, 'nowhere')], { dialect: 'binance-spot' })).rejects.toThrow(
      /cannot be read/,
    );
  });
});

describe('the checks that are built into recorded captures', () => {
  test('Binance spot, USD-M and COIN-M: the top of the book', async () => {
    const expected = [
      ['binance-spot', 'binance-spot', 6492, 6490],
      ['binance-usdm', 'binance-usdm', 6544, 6544],
      ['binance-cm', 'binance-coinm', 39_094, 39_094],
    ] as const;
    for (const [name, dialect, checked, equal] of expected) {
      const files = sharedFiles(`ws-raw/hftbacktest/${name}`);
      if (files === undefined) return;
      const report = await checkCaptures(files, { dialect });
      expect({ name, ...report.topOfBook, gaps: report.gaps, ok: report.ok }).toEqual({
        name,
        checked,
        equal,
        gaps: 0,
        ok: true,
      });
    }
  });

  test('OKX and Kraken: the checksums of the book; Binance with its REST answers', async () => {
    const of = (names: readonly string[]): string[] | undefined => {
      const found = names.map((name) => sharedData(`ws-raw/cryptofeed/${name}.gz`));
      return found.every((path) => path !== undefined) ? found : undefined;
    };
    const okx = of(['OKX.0', 'OKX.ws.1.0']);
    const kraken = of(['KRAKEN.0', 'KRAKEN.ws.48.0', 'KRAKEN.ws.49.0', 'KRAKEN.ws.50.0']);
    const binance = of(['BINANCE.0', 'BINANCE.http.0.0', 'BINANCE.ws.1.0']);
    if (okx === undefined || kraken === undefined || binance === undefined) return;
    expect(await checkCaptures(okx, { dialect: 'okx' })).toMatchObject({ checksums: { ok: 290, bad: 0 }, ok: true });
    expect(await checkCaptures(kraken, { dialect: 'kraken' })).toMatchObject({
      checksums: { ok: 4269, bad: 0 },
      ok: true,
    });
    expect(await checkCaptures(binance, { dialect: 'binance-spot' })).toMatchObject({
      snapshots: 4,
      resyncs: 4,
      ok: true,
    });
  });
});
