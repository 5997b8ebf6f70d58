import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ScaledBook } from './scaled-book.ts';

const level = (low: number, high: number, most = 5) =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: 0, max: most }));
const change = fc.record({
  bids: fc.array(level(1, 400), { maxLength: 60 }),
  asks: fc.array(level(401, 800), { maxLength: 60 }),
  priceScale: fc.integer({ min: 0, max: 2 }),
  quantityScale: fc.integer({ min: 0, max: 2 }),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** The naive book, in thousandths: every scale above fits. */
class Naive {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  apply({ bids, asks, priceScale, quantityScale }: Change): void {
    const [price, quantity] = [10 ** (3 - priceScale), 10 ** (3 - quantityScale)];
    for (const [side, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const [p, q] of levels) {
        if (q === 0) side.delete(p * price);
        else side.set(p * price, q * quantity);
      }
    }
  }

  levels(side: 'buy' | 'sell'): number[][] {
    const levels = [...(side === 'buy' ? this.bids : this.asks)];
    return levels.sort((a, b) => (side === 'buy' ? b[0] - a[0] : a[0] - b[0]));
  }

  get crossed(): boolean {
    return (this.levels('buy')[0]?.[0] ?? -Infinity) >= (this.levels('sell')[0]?.[0] ?? Infinity);
  }
}

const scaled = ({ bids, asks, priceScale, quantityScale }: Change) => ({
  bids: bids.flat(),
  asks: asks.flat(),
  priceScale,
  quantityScale,
});

function contentOf(book: ScaledBook, side: 'buy' | 'sell'): number[][] {
  const [price, quantity] = [10 ** (3 - book.priceScale), 10 ** (3 - book.quantityScale)];
  return book.levels(side, Infinity).map((each) => [each.price * price, each.quantity * quantity]);
}

describe('scaled book', () => {
  test('equals a plain map of price to quantity, whatever the deltas and their scales', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), fc.integer({ min: 0, max: 30 }), (changes, renewedAt) => {
        const book = new ScaledBook();
        let naive = new Naive();
        for (const [at, each] of changes.entries()) {
          if (at === renewedAt) naive = new Naive();
          // A price twice in one snapshot has no meaning.
          const unique =
            at !== renewedAt ? each : { ...each, bids: firstOfEach(each.bids), asks: firstOfEach(each.asks) };
          const did = at === renewedAt ? book.replace(scaled(unique)) : book.apply(scaled(unique));
          naive.apply(unique);
          expect(did).toBe(naive.crossed ? 'crossed' : 'applied');
          expect(contentOf(book, 'buy')).toEqual(naive.levels('buy'));
          expect(contentOf(book, 'sell')).toEqual(naive.levels('sell'));
          expect(book.size('buy')).toBe(naive.bids.size);
          const [best] = book.levels('sell', 1);
          expect(book.askPrice).toBe(best?.price ?? NaN);
          expect(book.askQuantity).toBe(best?.quantity ?? NaN);
          expect(book.top() === undefined).toBe(naive.bids.size === 0 || naive.asks.size === 0);
        }
      }),
    );
  });

  test('keeps as many of the best levels as it was told to', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), fc.integer({ min: 1, max: 20 }), (changes, levelsMax) => {
        const book = new ScaledBook(levelsMax);
        for (const each of changes) {
          const before = new Map(book.levels('buy', Infinity).map(({ price, quantity }) => [price, quantity]));
          const at = { ...each, priceScale: 0, quantityScale: 0 };
          book.apply(scaled(at));
          for (const [price, quantity] of each.bids) {
            if (quantity === 0) before.delete(price);
            else before.set(price, quantity);
          }
          const expected = [...before].sort((a, b) => b[0] - a[0]).slice(0, levelsMax);
          expect(book.levels('buy', Infinity).map(({ price, quantity }) => [price, quantity])).toEqual(expected);
          expect(book.flat('buy', 3)).toEqual(expected.slice(0, 3).flat());
        }
      }),
    );
  });

  test('a number that leaves the safe integers, or is none, is refused', () => {
    const none = { asks: [], quantityScale: 0 };
    const book = new ScaledBook();
    expect(book.replace({ ...none, bids: [9_000_000_000_000, 1], priceScale: 0 })).toBe('applied');
    expect(book.apply({ ...none, bids: [1, 1], priceScale: 4 })).toBe('unsafe');
    expect(new ScaledBook().apply({ ...none, bids: [-1, 1], priceScale: 0 })).toBe('unsafe');
    expect(new ScaledBook().apply({ ...none, bids: [1, NaN], priceScale: 0 })).toBe('unsafe');
    const fine = new ScaledBook();
    expect(fine.replace({ ...none, bids: [1, 1], priceScale: 4 })).toBe('applied');
    expect(fine.apply({ ...none, bids: [9_000_000_000_000, 1], priceScale: 0 })).toBe('unsafe');
  });
});

function firstOfEach(levels: readonly [number, number][]): [number, number][] {
  const seen = new Set<number>();
  return levels.filter(([price]) => !seen.has(price) && seen.add(price));
}
