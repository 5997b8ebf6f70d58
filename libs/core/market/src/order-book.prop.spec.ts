import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { priceTicks, quantityLots } from '@portcullis/kernel';
import { formatPrice, formatQuantity, instrumentRules } from './instrument.ts';
import { OrderBook } from './order-book.ts';

const made = instrumentRules({
  venue: 'venuesim',
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.05',
  lotSize: '0.001',
  quantityMin: '0.001',
  quantityMax: '9000',
  priceMin: '0.05',
  priceMax: '1000000',
  notionalMin: '5',
});
if (!made.ok) throw new Error('the definition is right');
const rules = made.value;

const level = (low: number, high: number) =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: 0, max: 5 }));
const change = fc.record({
  bids: fc.array(level(1, 50), { maxLength: 6 }),
  asks: fc.array(level(51, 100), { maxLength: 6 }),
});
const strings = (levels: readonly (readonly [number, number])[]): [string, string][] =>
  levels.map(([p, q]) => [formatPrice(rules, priceTicks(p)), formatQuantity(rules, quantityLots(q))]);

function naive(side: Map<number, number>, levels: readonly (readonly [number, number])[]): void {
  for (const [price, quantity] of levels) {
    if (quantity === 0) side.delete(price);
    else side.set(price, quantity);
  }
}

describe('order book', () => {
  test('equals a plain map of price to quantity, whatever the deltas', () => {
    fc.assert(
      fc.property(change, fc.array(change, { maxLength: 40 }), (first, deltas) => {
        const book = new OrderBook(rules);
        const bids = new Map<number, number>();
        const asks = new Map<number, number>();
        expect(book.applySnapshot({ sequence: 7, bids: strings(first.bids), asks: strings(first.asks) }).ok).toBe(true);
        naive(bids, first.bids);
        naive(asks, first.asks);
        deltas.forEach((each, index) => {
          expect(
            book.applyDelta({
              firstSequence: 8 + index,
              lastSequence: 8 + index,
              bids: strings(each.bids),
              asks: strings(each.asks),
            }).kind,
          ).toBe('applied');
          naive(bids, each.bids);
          naive(asks, each.asks);
        });
        const sorted = (side: Map<number, number>, sign: number) =>
          [...side].sort((a, b) => sign * (a[0] - b[0])).map(([price, quantity]) => ({ price, quantity }));
        expect(book.levels('buy', 1000)).toEqual(sorted(bids, -1));
        expect(book.levels('sell', 1000)).toEqual(sorted(asks, 1));
        expect(book.bestBid()).toEqual(sorted(bids, -1)[0]);
        expect(book.bestAsk()).toEqual(sorted(asks, 1)[0]);
      }),
    );
  });

  test('a delta applies exactly when it reaches past the book without leaving a hole', () => {
    const number = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(number, number, number, (sequence, a, b) => {
        const book = new OrderBook(rules);
        book.applySnapshot({ sequence, bids: [], asks: [] });
        const [firstSequence, lastSequence] = a <= b ? [a, b] : [b, a];
        const { kind } = book.applyDelta({ firstSequence, lastSequence, bids: [], asks: [] });
        expect(kind).toBe(lastSequence <= sequence ? 'stale' : firstSequence <= sequence + 1 ? 'applied' : 'gap');
      }),
    );
  });
});
