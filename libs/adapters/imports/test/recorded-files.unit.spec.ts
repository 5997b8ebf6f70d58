import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { NumberedEvent } from '@portcullis/market';
import { klineImporter } from '../src/klines/kline-import.ts';
import { leanImporter } from '../src/lean/lean-import.ts';
import { type TableKind, parseColumnMap } from '../src/table/column-map.ts';
import { tableImporter } from '../src/table/table-import.ts';
import { collected } from './collected.ts';
import { sharedData, sharedFiles } from './shared-data.ts';

const MINUTE = 60_000_000;

/** Numbers grow and times stand: what every import promises. */
function inOrder(events: readonly NumberedEvent[]): boolean {
  return events.every((event, index) => index === 0 || event.seq > (events[index - 1]?.seq ?? 0));
}

async function table(format: 'csv' | 'parquet', kind: TableKind, path: string, columns: string) {
  const file = sharedData(path);
  if (file === undefined) return undefined;
  const map = parseColumnMap(kind, columns);
  return collected(tableImporter({ format, map, symbol: 'BTCUSDT', period: MINUTE, files: [file] }));
}

describe('recorded tables', () => {
  test('451,466 trades from GZIP pages: every number as its shortest text', async () => {
    const all = await table(
      'parquet',
      'trade',
      'trades/hftframework/binance-btcusdt-trades-2022-01-15.parquet',
      'ts=timestamp:ms,price=price,quantity=quantity',
    );
    if (all === undefined) return;
    expect(all.refusals).toEqual([]);
    expect(all.events).toHaveLength(451_466);
    expect(inOrder(all.events)).toBe(true);
    expect(all.events[0]).toMatchObject({
      kind: 'trade',
      tsEvent: 1_642_204_800_000_000,
      price: 4_305_997,
      priceScale: 2,
      quantity: 713,
      quantityScale: 5,
      tradeId: '1642204800000000',
      aggressor: 'unknown',
    });
  });

  test('2,001 trades from BROTLI pages: ids, sides, times of their own, traces of computing rounded', async () => {
    const all = await table(
      'parquet',
      'trade',
      'trades/nautilus/binance-btcusdt-trades.parquet',
      'ts=timestamp,price=price,quantity=quantity,side=buyer_maker:maker,id=trade_id',
    );
    if (all === undefined) return;
    expect(all).toMatchObject({ refusals: [], duplicates: 0 });
    expect(all.events).toHaveLength(2001);
    expect(all.events[0]).toMatchObject({ tradeId: '553287559', aggressor: 'sell', tsEvent: 1_610_064_000_278_000 });
    expect(all.events[2]).toMatchObject({ quantity: 311, quantityScale: 6 });
    expect(all.findings.count('rounded')).toBe(1);
  });

  test('451 quotes', async () => {
    const all = await table(
      'parquet',
      'quote',
      'trades/nautilus/binance-btcusdt-quotes.parquet',
      'ts=timestamp,bid=bid,ask=ask,bidQuantity=bid_size,askQuantity=ask_size',
    );
    if (all === undefined) return;
    expect(all.refusals).toEqual([]);
    expect(all.events).toHaveLength(451);
    expect(all.events[0]).toMatchObject({ bidPrice: 3_943_299, askPrice: 3_943_362, priceScale: 2 });
  });

  test('1,000 trades of a CSV without names', async () => {
    const all = await table(
      'csv',
      'trade',
      'trades/gocryptotrader/binance_BTCUSDT_24h-trades_2020_11_16.csv',
      'ts=#1:s,price=#2,quantity=#3,side=#4',
    );
    if (all === undefined) return;
    expect(all.refusals).toEqual([]);
    expect(all.events).toHaveLength(1000);
    expect(inOrder(all.events)).toBe(true);
    expect(all.events.at(-1)?.tsEvent).toBe(Date.UTC(2020, 10, 16, 4, 13, 50) * 1000);
  });

  test('a column that is not there is named with those that are', async () => {
    await expect(
      table(
        'parquet',
        'trade',
        'trades/nautilus/binance-btcusdt-trades.parquet',
        'ts=time,price=price,quantity=quantity',
      ),
    ).rejects.toThrow(/no column "time" for ts/);
    await expect(
      table(
        'parquet',
        'trade',
        'trades/hftframework/binance-btcusdt-trades-2022-01-15.parquet',
        'ts=timestamp,price=price,quantity=quantity',
      ),
    ).rejects.toThrow(/does not say its unit/);
  });
});

test('two years of candles: 1,050,373 bars and exactly the known outages', async () => {
  const first = sharedFiles('candles/binance-spot-BTCUSDT-1m-ohlcv');
  const second = sharedFiles('candles/binance-spot-BTCUSDT-1m');
  if (first === undefined || second === undefined) return;
  // In the wrong order, because the importer finds the right one.
  const all = await collected(
    klineImporter({ symbol: 'BTCUSDT', period: MINUTE, files: [...second, ...first.reverse()] }),
  );
  expect(all.refusals).toEqual([]);
  const gaps = all.events.flatMap((event) => (event.kind === 'gap' ? [event] : []));
  expect(all.events.length - gaps.length).toBe(1_050_373);
  const minutesOf = (year: number): number[] =>
    gaps
      .filter(({ from }) => new Date(from / 1000).getUTCFullYear() === year)
      .map(({ from, to }) => (to - from) / MINUTE);
  expect(minutesOf(2020)).toHaveLength(8);
  expect(minutesOf(2020).reduce((sum, one) => sum + one, 0)).toBe(1274);
  expect(minutesOf(2021)).toHaveLength(6);
  expect(minutesOf(2021).reduce((sum, one) => sum + one, 0)).toBe(993);
  expect(inOrder(all.events)).toBe(true);
});

test('LEAN: all trade bars and quote bars', async () => {
  const minutes = sharedFiles('lean/crypto/coinbase/minute/btcusd');
  const seconds = sharedFiles('lean/crypto/coinbase/second/btcusd');
  if (minutes === undefined || seconds === undefined) return;
  const all = await collected(leanImporter({ symbol: 'BTCUSD', files: [...minutes, ...seconds] }), 'coinbase');
  expect(all.refusals).toEqual([]);
  const count = (kind: string, period?: number): number =>
    all.events.filter((event) => event.kind === kind && (event.kind !== 'bar' || event.period === period)).length;
  // One more for each file than a count of line ends: the last lines have none.
  expect([count('bar', MINUTE), count('bar', 1_000_000), count('quote')]).toEqual([12_423, 11_520, 7188]);
  expect(all.files).toBe(minutes.length + seconds.length);
  await expect(
    collected(leanImporter({ symbol: 'X', files: [join(import.meta.dirname, 'collected.ts')] })),
  ).rejects.toThrow(/no name of a LEAN/);
});
