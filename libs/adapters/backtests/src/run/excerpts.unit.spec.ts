import { describe, expect, test } from '@jest/globals';
import type { DenialRecord, FillRecord } from '@portcullis/replay';
import { Excerpts } from './excerpts.ts';

const fill = (order: number): FillRecord => ({
  ...{ at: order, order, clientOrderId: `x${order}`, instrument: 'BTCUSDT.binance-spot', price: '100', quantity: '1' },
  ...{ side: order % 2 === 0 ? 'buy' : 'sell', fee: '0', feeCurrency: 'USDT', liquidity: 'taker', position: '0' },
});

describe('what a report shows of a run', () => {
  test('is all of a few fills, and of very many some from its beginning to its end, of both sides', () => {
    const excerpts = new Excerpts();
    for (let order = 0; order < 4000; order++) excerpts.fill(fill(order));
    expect(excerpts.shown.fills).toMatchObject({ total: 4000, shown: { length: 4000 } });
    for (let order = 4000; order < 100_000; order++) excerpts.fill(fill(order));
    const { total, shown } = excerpts.shown.fills;
    expect(total).toBe(100_000);
    expect(shown.length).toBeGreaterThan(1600);
    expect(shown.length).toBeLessThan(5000);
    const steps = new Set(shown.slice(1).map(({ order }, index) => order - (shown[index]?.order ?? 0)));
    expect([...steps]).toEqual([27]);
    expect(shown[0]?.order).toBe(0);
    expect(shown.at(-1)?.order).toBeGreaterThan(99_900);
    expect(new Set(shown.map(({ side }) => side)).size).toBe(2);
  });

  test('is the first of very many denials', () => {
    const excerpts = new Excerpts();
    for (let order = 0; order < 3000; order++) excerpts.denial({ order } as DenialRecord);
    expect(excerpts.shown.denials.total).toBe(3000);
    expect(excerpts.shown.denials.shown.map(({ order }) => order)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  });
});
