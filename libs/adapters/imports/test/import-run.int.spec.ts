import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ArchiveReader, QualityLedger, compactDay, listPartitions } from '@portcullis/archive';
import type { NumberedEvent } from '@portcullis/market';
import { type ObjectStore, ObjectStoreError, openObjectStore } from '@portcullis/objects';
import { captureImporter, klineImporter, parseColumnMap, runImport, tableImporter } from '../src/index.ts';
import { collected } from './collected.ts';
import { sharedFiles } from './shared-data.ts';

const MINUTE = 60_000_000;
const DAY_MILLIS = 86_400_000;
let folder = '';
let store: ObjectStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-imports-'));
  store = openObjectStore(`file://${join(folder, 'store')}`);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Candles of consecutive minutes; those in `left` are left out. */
function candles(from: number, count: number, left: readonly number[] = []): string {
  const rows = [];
  for (let i = 0; i < count; i += 1) {
    if (left.includes(i)) continue;
    const at = from + i * 60_000;
    rows.push(`${at},${100 + (i % 7)}.50,${110 + (i % 7)},${90 + (i % 3)}.25,${101 + (i % 5)},${i}.00100000`);
  }
  return `${rows.join('\n')}\n`;
}
const midnight = Date.UTC(2021, 0, 31);

function klines(files: readonly string[]) {
  return {
    importer: klineImporter({ symbol: 'BTCUSDT', period: MINUTE, files }),
    venue: 'binance-spot',
    files,
    expectedPeriod: MINUTE,
  };
}

async function held(): Promise<NumberedEvent[]> {
  const reader = new ArchiveReader({ store, cacheDir: join(folder, 'cache') });
  const events: NumberedEvent[] = [];
  for await (const { venue, ...event } of reader.events({})) {
    expect(venue).toBe('binance-spot');
    events.push(event);
  }
  await reader.close();
  return events;
}

async function digests(): Promise<string[]> {
  const found = [];
  for await (const { manifest } of listPartitions(store)) found.push(...manifest.files.map(({ sha256 }) => sha256));
  return found;
}

describe('an import', () => {
  test('puts every row into the archive, exact, with its gaps and its quality', async () => {
    const files = [
      fileOf('b.csv.gz', gzipSync(candles(midnight + DAY_MILLIS, 1440))),
      fileOf('a.csv', candles(midnight, 1440, [100, 101, 102, 1439])),
    ];
    const report = await runImport({ ...klines(files), store });
    expect(report).toMatchObject({
      ok: true,
      events: { bar: 2876, gap: 2 },
      gapsTotal: 2,
      partitions: { all: 4, written: 4, already: 0 },
      rowsWritten: 2878,
      qualityWindows: 192,
    });
    const expected = await collected(klines(files).importer);
    expect(await held()).toEqual([...expected.events].sort((a, b) => a.tsEvent - b.tsEvent || a.seq - b.seq));
    const windows = await new QualityLedger(store).read({
      venue: 'binance-spot',
      symbol: 'BTCUSDT',
      from: 0,
      to: 2e15,
    });
    expect(
      windows.filter(({ state }) => state !== 'GOOD').map(({ start, messages }) => [start / 1000, messages]),
    ).toEqual([
      [midnight + 90 * 60_000, 12],
      [midnight + DAY_MILLIS - 900_000, 14],
    ]);
  });

  test('of other prices at the same times is refused, not taken for the same rows', async () => {
    const rows = candles(midnight, 1440);
    await runImport({ ...klines([fileOf('a.csv', rows)]), store });
    const before = await digests();
    const files = [fileOf('b.csv', rows.replace(',103,7.00100000', ',104,7.00100000'))];
    expect(rows).toContain(',103,7.00100000');
    await expect(runImport({ ...klines(files), store })).rejects.toThrow(/other rows in the same range in 1 of 1/);
    expect(await digests()).toEqual(before);
    expect(await runImport({ ...klines(files), store, overlap: true })).toMatchObject({ ok: true, rowsWritten: 1440 });
  });

  test('that was broken off between two files of one day goes on where it was', async () => {
    const rows = candles(midnight, 1440).split('\n');
    const first = fileOf('a.csv', rows.slice(0, 700).join('\n'));
    const second = fileOf('b.csv', rows.slice(700).join('\n'));
    await runImport({ ...klines([first]), store });
    const both = { ...klines([first, second]), store };
    expect(await runImport(both)).toMatchObject({ ok: true, rowsWritten: 740, partitions: { all: 1, written: 1 } });
    expect(await runImport(both)).toMatchObject({ ok: true, rowsWritten: 0, partitions: { already: 1 } });
    expect(await held()).toHaveLength(1440);
  });

  test('twice is a no-op that says so, also after a compaction', async () => {
    const files = [fileOf('a.csv', candles(midnight, 1440))];
    await runImport({ ...klines(files), store });
    const before = await digests();
    expect(await runImport({ ...klines(files), store })).toMatchObject({
      ok: true,
      rowsWritten: 0,
      partitions: { already: 1 },
    });
    expect(await digests()).toEqual(before);
    const partition = { venue: 'binance-spot', kind: 'bar', symbol: 'BTCUSDT', date: '2021-01-31' } as const;
    await compactDay(store, partition, { tmpDir: join(folder, 'compact'), code: 'test' });
    expect(await runImport({ ...klines(files), store })).toMatchObject({
      ok: true,
      rowsWritten: 0,
      partitions: { already: 1 },
    });
    expect(await held()).toHaveLength(1440);
  });

  test('a dry run checks everything and writes nothing', async () => {
    const files = [fileOf('a.csv', candles(midnight, 1440, [5]))];
    expect(await runImport(klines(files))).toMatchObject({ dryRun: true, ok: true, events: { bar: 1439, gap: 1 } });
    expect(await digests()).toEqual([]);
  });

  test('one row that does not fit stops it before it writes; it can be left out', async () => {
    const good = candles(midnight, 60).split('\n');
    const path = fileOf('bad.csv', [...good.slice(0, 10), '1612051800000,1,2,3,4,5', ...good.slice(11)].join('\n'));
    const refused = await runImport({ ...klines([path]), store });
    expect(refused).toMatchObject({ ok: false, refused: 1, rowsWritten: 0 });
    expect(refused.findings).toEqual([expect.objectContaining({ about: 'refused', file: path, line: 11 })]);
    expect(await digests()).toEqual([]);
    expect(await runImport({ ...klines([path]), store, skipRefused: true })).toMatchObject({
      ok: true,
      events: { bar: 59, gap: 1 },
    });
  });

  test('a candle file that is cut off is refused with its place', async () => {
    const whole = gzipSync(candles(midnight, 1440));
    const path = fileOf('cut.csv.gz', whole.subarray(0, 3000));
    const report = await runImport({ ...klines([path]), store });
    expect(report).toMatchObject({ ok: false, rowsWritten: 0 });
    expect(report.findings[0]?.text).toMatch(/cut off at byte 3000/);
  });

  test('other rows of the same range are refused, unless they are wanted', async () => {
    await runImport({ ...klines([fileOf('a.csv', candles(midnight, 100))]), store });
    const more = klines([fileOf('b.csv', candles(midnight + 50 * 60_000, 100))]);
    await expect(runImport({ ...more, store })).rejects.toThrow(/other rows in the same range in 1 of 1 partitions/);
    expect(await runImport({ ...more, store, overlap: true })).toMatchObject({ ok: true, rowsWritten: 100 });
  });

  test('stopped half way it leaves whole segments only, and goes on when it is run again', async () => {
    const files = [0, 1, 2].map((day) => fileOf(`${day}.csv`, candles(midnight + day * DAY_MILLIS, 1440)));
    const stop = new AbortController();
    const onProgress = (share: number, phase: string): void => {
      if (phase === 'write' && share > 0.5) stop.abort(new Error('enough'));
    };
    await expect(runImport({ ...klines(files), store, onProgress, signal: stop.signal })).rejects.toThrow('enough');
    const some = await held();
    expect(some.length % 1440).toBe(0);
    expect(some.length).toBeLessThan(3 * 1440);
    expect(await runImport({ ...klines(files), store })).toMatchObject({ ok: true });
    expect(await held()).toHaveLength(3 * 1440);
  });

  test('a store without room is a clear error, and nothing of the file is visible', async () => {
    const full = new Proxy(store, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'putFile') return typeof value === 'function' ? value.bind(target) : value;
        return async () => {
          throw new ObjectStoreError('no space left on device', { trouble: 'full', outcomeKnown: true });
        };
      },
    });
    await expect(runImport({ ...klines([fileOf('a.csv', candles(midnight, 60))]), store: full })).rejects.toThrow(
      /did not take everything: .*no space left/,
    );
    expect(await digests()).toEqual([]);
  });

  test('the same trade twice is one; trades without an id get their number', async () => {
    const path = fileOf(
      't.csv',
      'time,px,qty,id\n1612051200000,1.5,2,7\n1612051200000,1.5,2,7\n1612051200001,1.25,1,8\n',
    );
    const map = parseColumnMap('trade', 'ts=time:ms,price=px,quantity=qty,id=id');
    const importer = tableImporter({ format: 'csv', map, symbol: 'BTCUSDT', period: MINUTE, files: [path] });
    expect(await runImport({ importer, venue: 'binance-spot', files: [path], store })).toMatchObject({
      ok: true,
      events: { trade: 2 },
      duplicates: 1,
    });
  });

  test('of quotes and one of trades of the same moments fit beside each other, whichever comes first', async () => {
    const quotes = fileOf(
      'q.csv',
      'time,b,bq,a,aq\n1612051200000,1,2,3,4\n1612051200000,1,2,3,5\n1612051200001,1,1,2,1\n',
    );
    const trades = fileOf('t.csv', 'time,px,qty\n1612051200000,1.5,2\n1612051200000,1.5,3\n1612051200001,1.25,1\n');
    const bid = 'ts=time:ms,bid=b,bidQuantity=bq,ask=a,askQuantity=aq';
    for (const [path, map] of [
      [quotes, parseColumnMap('quote', bid)],
      [trades, parseColumnMap('trade', 'ts=time:ms,price=px,quantity=qty')],
    ] as const) {
      const importer = tableImporter({ format: 'csv', map, symbol: 'BTCUSDT', period: MINUTE, files: [path] });
      expect(await runImport({ importer, venue: 'binance-spot', files: [path], store })).toMatchObject({ ok: true });
    }
    const events = await held();
    expect(events.map(({ kind }) => kind)).toEqual(['trade', 'trade', 'quote', 'quote', 'trade', 'quote']);
    expect(new Set(events.map(({ seq }) => seq)).size).toBe(events.length);
    expect(events.filter(({ kind }) => kind === 'trade').map(({ seq }) => seq)).toEqual([
      1_612_051_200_000_000, 1_612_051_200_000_001, 1_612_051_200_001_000,
    ]);
  });
});

test('a recorded capture over midnight: what is read back is what its normalizer gave', async () => {
  const files = sharedFiles('ws-raw/hftbacktest/binance-spot');
  if (files === undefined) return;
  const importer = captureImporter({ dialect: 'binance-spot', files });
  const report = await runImport({ importer, venue: 'binance-spot', files, store });
  expect(report).toMatchObject({
    ok: true,
    gapsTotal: 0,
    refused: 0,
    events: { delta: 6493, snapshot: 1, trade: 19_904 },
  });
  const expected = await collected(importer);
  const back = await held();
  expect(back).toHaveLength(expected.events.length);
  expect(back).toEqual(
    [...expected.events].map((event) => withoutChecksum(event)).sort((a, b) => a.tsEvent - b.tsEvent || a.seq - b.seq),
  );
  const dates = new Set<string>();
  for await (const { partition } of listPartitions(store)) dates.add(partition.date);
  expect([...dates].sort()).toEqual(['2024-08-08', '2024-08-09']);
});

/** The archive keeps no checksums: they were compared when the frames came. Nor the number of a quote's predecessor. */
function withoutChecksum(event: NumberedEvent): NumberedEvent {
  if (event.kind !== 'delta') return event;
  const { checksum: _, ...rest } = event;
  return rest;
}
