import { describe, expect, test } from '@jest/globals';
import { leanFile } from './lean-name.ts';
import { leanEvent } from './lean-row.ts';

const trades = leanFile('x/20170903_trade.zip!20170903_btcusd_minute_trade.csv');
const quotes = leanFile('x/20170903_quote.zip!20170903_btcusd_minute_quote.csv');
const midnight = Date.UTC(2017, 8, 3) * 1000;

describe('rows of LEAN', () => {
  test('a trade bar is a bar', () => {
    expect(leanEvent(trades, 'BTCUSD', '60000,4652.68,4654.99,4645.28,4654.33,1.36132358')).toMatchObject({
      kind: 'bar',
      start: midnight + 60_000_000,
      tsEvent: midnight + 119_999_999,
      open: 465_268,
      priceScale: 2,
      volume: 136_132_358,
      quantityScale: 8,
    });
  });

  test('a quote bar is the quote at its end; traces of floating point are rounded away', () => {
    const row = '0,4626.04,4627,4620,4626.05,6.1153319800000006,4626.06,4630,4625,4626.07,11.649296019999998';
    expect(leanEvent(quotes, 'BTCUSD', row)).toMatchObject({
      kind: 'quote',
      tsEvent: midnight + 59_999_999,
      bidPrice: 462_605,
      askPrice: 462_607,
      bidQuantity: 611_533_198,
      askQuantity: 1_164_929_602,
      quantityScale: 8,
    });
  });

  test('a quote bar with an empty side is no quote', () => {
    expect(leanEvent(quotes, 'BTCUSD', '0,,,,,,4626.05,4626.05,4626.05,4626.05,11')).toBeUndefined();
  });

  test('ticks, hours and days', () => {
    const tick = leanFile('a.zip!20170903_btcusd_tick_trade.csv');
    expect(leanEvent(tick, 'BTCUSD', '86399,232.40,93.1')).toMatchObject({
      kind: 'trade',
      tsEvent: midnight + 86_399_000,
    });
    const daily = leanFile('crypto/coinbase/daily/btcusd_trade.zip!btcusd.csv');
    expect(leanEvent(daily, 'BTCUSD', '20170903 00:00,40.10,45.99,40.05,45.50,209342')).toMatchObject({
      start: midnight,
      period: 86_400_000_000,
    });
  });

  test('what does not fit says why', () => {
    expect(leanEvent(trades, 'BTCUSD', '60000,1,2,1')).toMatch(/4 columns: expected 6/);
    expect(leanEvent(trades, 'BTCUSD', '86400000,1,1,1,1,1')).toMatch(/milliseconds since midnight/);
    expect(leanEvent(trades, 'BTCUSD', '60001,1,1,1,1,1')).toMatch(/not on the grid/);
    expect(leanEvent(trades, 'BTCUSD', '60000,1,1,2,1,1')).toMatch(/expected 0 < low/);
    expect(leanEvent(trades, 'BTCUSD', '60000,x,1,1,1,1')).toMatch(/column 2 is "x"/);
    expect(() => leanFile('candles.zip!BTCUSDT-1m.csv')).toThrow(/no name of a LEAN/);
  });
});
