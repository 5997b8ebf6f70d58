import { describe, expect, test } from '@jest/globals';
import { instrumentRules } from './instrument.ts';
import { OrderBook } from './order-book.ts';

const made = instrumentRules({
  venue: 'venuesim',
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.001',
  quantityMin: '0.001',
  quantityMax: '9000',
  priceMin: '0.01',
  priceMax: '1000000',
  notionalMin: '5',
});
if (!made.ok) throw new Error('the definition is right');
const rules = made.value;

function bookAt(sequence: number, levelsMax?: number): OrderBook {
  const book = new OrderBook(rules, levelsMax);
  expect(
    book.applySnapshot({
      sequence,
      bids: [
        ['10.00', '1'],
        ['9.99', '2'],
      ],
      asks: [
        ['10.02', '3'],
        ['10.03', '4'],
      ],
    }).ok,
  ).toBe(true);
  return book;
}

const delta = (
  firstSequence: number,
  lastSequence: number,
  bids: [string, string][] = [],
  asks: [string, string][] = [],
) => ({ firstSequence, lastSequence, bids, asks });

describe('order book', () => {
  test('knows nothing before its first snapshot', () => {
    const book = new OrderBook(rules);
    expect(book.applyDelta(delta(1, 2))).toEqual({ kind: 'invalid' });
    expect(book.bestBid()).toBeUndefined();
    expect(book.levels('buy', 5)).toEqual([]);
  });

  test('the first delta may begin before the snapshot ends, but must reach past it', () => {
    const book = bookAt(100);
    expect(book.applyDelta(delta(90, 100))).toEqual({ kind: 'stale' });
    expect(book.applyDelta(delta(95, 101, [['10.01', '5']]))).toEqual({ kind: 'applied' });
    expect(book.bestBid()).toEqual({ price: 1001, quantity: 5000 });
    expect(book.sequence).toBe(101);
  });

  test('a hole in the numbers is a gap, and nothing is known until the next snapshot', () => {
    const book = bookAt(100);
    expect(book.applyDelta(delta(102, 103))).toEqual({ kind: 'gap', expected: 101, got: 102 });
    expect(book.valid).toBe(false);
    expect(book.bestAsk()).toBeUndefined();
    expect(book.applyDelta(delta(101, 104))).toEqual({ kind: 'invalid' });
    expect(book.applySnapshot({ sequence: 104, bids: [['9', '1']], asks: [['11', '1']] }).ok).toBe(true);
    expect(book.bestBid()).toEqual({ price: 900, quantity: 1000 });
  });

  test('zero removes a level, and removing one that is not there changes nothing', () => {
    const book = bookAt(1);
    expect(
      book.applyDelta(
        delta(
          2,
          2,
          [
            ['10.00', '0.000'],
            ['5.00', '0'],
          ],
          [['10.02', '0']],
        ),
      ),
    ).toEqual({ kind: 'applied' });
    expect(book.levels('buy', 9)).toEqual([{ price: 999, quantity: 2000 }]);
    expect(book.levels('sell', 9)).toEqual([{ price: 1003, quantity: 4000 }]);
  });

  test('a crossed book and numbers off the increments make the book invalid', () => {
    expect(bookAt(1).applyDelta(delta(2, 2, [['10.02', '1']]))).toEqual({ kind: 'crossed', bid: 1002, ask: 1002 });
    const outcome = bookAt(1).applyDelta(delta(2, 2, [['10.005', '1']]));
    expect(outcome).toMatchObject({ kind: 'malformed', error: { field: 'price', value: '10.005' } });
    expect(new OrderBook(rules).applySnapshot({ sequence: 1, bids: [['10', '1']], asks: [['10', '1']] }).ok).toBe(
      false,
    );
  });

  test('keeps a bounded number of levels: the worst goes first', () => {
    const book = bookAt(1, 2);
    book.applyDelta(delta(2, 2, [['10.01', '1']]));
    expect(book.levels('buy', 9).map(({ price }) => price)).toEqual([1001, 1000]);
  });
});
