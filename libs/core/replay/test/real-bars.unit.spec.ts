import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { type PriceTicks, type QuantityLots, formatDecimal } from '@portcullis/kernel';
import type { BarInput } from '@portcullis/market';
import { MINUTE, configOf, prepared, replayed } from './language.ts';
import { plainCross } from './plain-loop.ts';

const shared = process.env['PORTCULLIS_SHARED'] ?? join(import.meta.dirname, '../../../../../shared/data');
const folders = ['binance-spot-BTCUSDT-1m-ohlcv', 'binance-spot-BTCUSDT-1m'].map((name) =>
  join(shared, 'candles', name),
);

function isThere(): boolean {
  const missing = folders.find((folder) => !existsSync(folder));
  if (missing === undefined) return true;
  process.stderr.write(`replay: no recorded bars at ${missing} (set PORTCULLIS_SHARED); nothing was checked\n`);
  return false;
}

/** Every recorded one-minute bar: open time in milliseconds, open, high, low, close, volume, … */
function recordedBars(): BarInput[] {
  const made: BarInput[] = [];
  for (const folder of folders) {
    for (const file of readdirSync(folder)
      .filter((name) => name.endsWith('.csv.gz'))
      .sort()) {
      const text = gunzipSync(readFileSync(join(folder, file))).toString('latin1');
      for (const line of text.split('\n')) if (line !== '') made.push(bar(line, made.length + 1));
    }
  }
  return made;
}

function bar(line: string, seq: number): BarInput {
  const [openTime, open, high, low, close, volume] = line.split(',', 6) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const start = Number(openTime) * 1000;
  // Prices of the file have two digits that are not zero, so rounding takes away the float's error alone.
  const ticks = (text: string): PriceTicks => Math.round(Number(text) * 100) as PriceTicks;
  return {
    kind: 'bar',
    slot: 0,
    seq,
    tsEvent: start + MINUTE - 1,
    tsInit: start + MINUTE,
    start,
    end: start + MINUTE,
    open: ticks(open),
    high: ticks(high),
    low: ticks(low),
    close: ticks(close),
    volume: Math.floor(Number(volume) * 100_000) as QuantityLots,
    count: 1,
  };
}

const name = 'two years of real bars: the round trips and profit of the plain loop';

test(isThere() ? name : `${name} (the bars are not there)`, () => {
  if (!isThere()) return;
  const data = recordedBars();
  const plain = plainCross(data, { fast: 20, slow: 50, quantity: 100_000, allowShort: false });
  const made = prepared(configOf({ parameters: { fast: 20, slow: 50, quantity: '1' } }));
  const { summary, records } = replayed(made, data);
  // The reference of the bars that were recorded first; on others the loop alone says what is right.
  if (data.length === 1_050_373) expect([plain.roundTrips, plain.profit]).toEqual([12_739, -793_155_800_000n]);
  const { roundTrips } = plain;
  // Ticks of 0.01 times lots of 0.00001.
  const pnl = formatDecimal(plain.profit, 7);
  expect(summary).toMatchObject({ roundTrips, pnl, events: data.length, denied: 0, malformed: 0 });
  expect(records.fills.map(({ price }) => Math.round(Number(price) * 100))).toEqual(
    plain.fills.map(({ price }) => price),
  );
});
