import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { priceTicks, quantityLots } from '@portcullis/kernel';
import { type Bar, type OpenBar, type PricePoint, addToBars, closeBarAt } from './bars.ts';

const PERIOD = 60;
const points = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 1000 }),
      price: fc.integer({ min: 1, max: 99 }),
      quantity: fc.integer({ min: 0, max: 9 }),
    }),
    { maxLength: 60 },
  )
  .map((all) =>
    [...all]
      .sort((a, b) => a.at - b.at)
      .map(({ at, price, quantity }): PricePoint => ({
        at,
        price: priceTicks(price),
        quantity: quantityLots(quantity),
      })),
  );

function barsOf(all: readonly PricePoint[]): Bar[] {
  const bars: Bar[] = [];
  let open: OpenBar;
  const keep = (closed: Bar | undefined): void => void (closed !== undefined && bars.push(closed));
  for (const point of all) {
    const step = addToBars(open, PERIOD, point);
    open = step.open;
    keep(step.closed);
  }
  keep(closeBarAt(open, 10_000).closed);
  return bars;
}

describe('bars', () => {
  test('are the first, highest, lowest and last price of each period that has prices', () => {
    fc.assert(
      fc.property(points, (all) => {
        const periods = [...new Set(all.map(({ at }) => Math.floor(at / PERIOD)))];
        const expected = periods.map((period) => {
          const inside = all.filter(({ at }) => Math.floor(at / PERIOD) === period);
          const prices = inside.map(({ price }) => price);
          const volume = inside.reduce((sum, { quantity }) => sum + quantity, 0);
          return {
            start: period * PERIOD,
            end: (period + 1) * PERIOD,
            open: prices[0],
            high: Math.max(...prices),
            low: Math.min(...prices),
            close: prices.at(-1),
            volume,
            count: inside.length,
          };
        });
        expect(barsOf(all)).toEqual(expected);
      }),
    );
  });

  test('a bar closes when its period is over, not before', () => {
    const { open } = addToBars(undefined, PERIOD, { at: 65, price: priceTicks(5), quantity: quantityLots(1) });
    expect(closeBarAt(open, 119)).toEqual({ open, closed: undefined });
    expect(closeBarAt(open, 120)).toEqual({ open: undefined, closed: open });
  });
});
