import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MARKET_KINDS, type MarketKind } from '@portcullis/contracts';
import { SeededRandom } from '@portcullis/kernel';
import type { NumberedEvent } from '@portcullis/market';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { boundsOf, fileKey, listPartitions, openDuck, sqlText } from '../src/index.ts';

export const DATE = '2024-03-09';
export const DAY = boundsOf(DATE).from;
export const VENUE = 'binance';

/** A folder that goes after the test, and a file store in it. */
export function testPlace(): { folder: string; store: ObjectStore; url: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'archive-write-'));
  const url = pathToFileURL(join(folder, 'store')).href;
  return {
    folder,
    store: openObjectStore(url),
    url,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const levels = (random: SeededRandom): number[] =>
  Array.from({ length: random.integer(0, 4) }, () => [
    random.integer(1, 9_000_000),
    random.integer(0, 5_000_000),
  ]).flat();

/** An event of `kind`, the `index`th of its stream; equal arguments give equal events. */
export function eventOf(kind: MarketKind, index: number, seed = 'events'): NumberedEvent {
  const random = SeededRandom.stream(seed, `${kind}-${index}`);
  const tsEvent = DAY + index * 1000 + random.integer(0, 900);
  const common = {
    symbol: 'BTC/USDT',
    tsEvent,
    tsEventNanos: random.integer(0, 999),
    seq: 1000 + index * 8 + MARKET_KINDS.indexOf(kind),
    tsInit: tsEvent + random.integer(-500, 5000),
  };
  const scales = { priceScale: random.integer(0, 18), quantityScale: random.integer(0, 18) };
  const value = (): number => random.integer(0, 2 ** 40) * random.integer(1, 4000);
  switch (kind) {
    case 'quote':
      return {
        ...common,
        ...scales,
        kind,
        sequence: index,
        bidPrice: value(),
        bidQuantity: value(),
        askPrice: value(),
        askQuantity: value(),
      };
    case 'trade':
      return {
        ...common,
        ...scales,
        kind,
        tradeId: String(700_000 + index),
        price: value(),
        quantity: value(),
        aggressor: random.pick(['buy', 'sell', 'unknown'] as const),
      };
    case 'delta':
      return {
        ...common,
        ...scales,
        kind,
        firstSequence: index * 2,
        lastSequence: index * 2 + 1,
        previousSequence: -1,
        bids: levels(random),
        asks: levels(random),
      };
    case 'snapshot':
      return { ...common, ...scales, kind, sequence: index, bids: levels(random), asks: levels(random) };
    case 'bar':
      return {
        ...common,
        ...scales,
        kind,
        period: 60_000_000,
        start: tsEvent - 59_999_999 + index,
        open: value(),
        high: value(),
        low: value(),
        close: value(),
        volume: value(),
        takerVolume: random.pick([-1, 7]),
        quoteVolume: random.pick(['', '123456789012345678901234.5']),
        count: random.pick([-1, 12]),
      };
    case 'mark':
      return { ...common, kind, priceScale: scales.priceScale, price: value(), index: random.pick([-1, 5]) };
    case 'funding':
      return {
        ...common,
        kind,
        rateScale: 8,
        rate: random.integer(-90_000, 90_000),
        nextAt: random.pick([0, tsEvent]),
      };
    case 'gap':
      return {
        ...common,
        kind,
        reason: 'gap',
        detail: random.pick(['', 'Sprünge: 3 → 9', `it's "longer than twelve bytes"`]),
        stream: random.pick(['book', 'all'] as const),
        from: 0,
        to: index,
      };
    default:
      return kind satisfies never;
  }
}

/** The rows that an event shall be in a file, as plain values. */
export function expectedRows(event: NumberedEvent): Record<string, unknown>[] {
  const { kind: _kind, symbol: _symbol, ...fields } = event;
  if (event.kind === 'trade') return [{ ...fields, aggressor: { buy: 1, sell: -1, unknown: 0 }[event.aggressor] }];
  if (event.kind !== 'delta' && event.kind !== 'snapshot') return [fields];
  const {
    bids,
    asks,
    checksum: _checksum,
    previousSequence: _previous,
    ...rest
  } = fields as typeof event & { previousSequence?: number };
  const pairs = (flat: readonly number[], side: number): object[] =>
    Array.from({ length: flat.length / 2 }, (_, at) => ({ side, price: flat[at * 2], quantity: flat[at * 2 + 1] }));
  const all = [...pairs(bids, 1), ...pairs(asks, -1)];
  const { kind: _k, symbol: _s, ...common } = rest as Record<string, unknown>;
  if (all.length === 0) return [{ ...common, index: 0, count: 0, side: 0, price: 0, quantity: 0 }];
  return all.map((level, index) => ({ ...common, index, count: all.length, ...level }));
}

/** Everything the archive holds by its manifests, read by plain DuckDB, as comparable lines in file order. */
export async function archivedRows(store: ObjectStore, folder: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  const tmpDir = mkdtempSync(join(folder, 'read-'));
  const duck = await openDuck({ memoryMb: 200, threads: 1, tmpDir });
  for await (const { partition, manifest } of listPartitions(store)) {
    for (const file of manifest.files) {
      const path = join(tmpDir, file.name);
      await store.getFile(fileKey(partition, file.name), path);
      for (const row of await duck.rows(`SELECT * FROM read_parquet(${sqlText(path)}, hive_partitioning = false)`)) {
        rows.push({ kind: partition.kind, date: partition.date, ...plain(row) });
      }
    }
  }
  duck.close();
  return rows;
}

function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}

/** Lines to compare without regard to order. */
export function sortedLines(rows: readonly Record<string, unknown>[]): string[] {
  return rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
}

/** What {@link archivedRows} shall give for events. */
export function linesOf(events: readonly NumberedEvent[], date = DATE): string[] {
  return sortedLines(events.flatMap((event) => expectedRows(event).map((row) => ({ kind: event.kind, date, ...row }))));
}
