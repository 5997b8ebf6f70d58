import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ScaledEvent, ScaledBook, formatScaled } from '@portcullis/market';
import { type WholeBook, bookDiff } from './book-diff.ts';
import { CcxtInstrument } from './ccxt-instrument.ts';
import { decimalOf } from './ccxt-members.ts';

const AT = 1_700_000_000_000_000;
const MILLIS = AT / 1000;
const instrument = () => new CcxtInstrument('BTCUSDT', 3);

describe('numbers', () => {
  test('a decimal of up to fifteen digits comes out as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), fc.integer({ min: 0, max: 18 }), (value, scale) => {
        const text = formatScaled(value, scale);
        const read = decimalOf(Number(text), 'price');
        expect(formatScaled(read.value, read.scale)).toBe(text);
      }),
    );
  });

  test('the noise of a sum is gone; what is no number is refused', () => {
    expect(decimalOf(0.1 + 0.2, 'volume')).toMatchObject({ value: 3, scale: 1 });
    expect(decimalOf('0.3', 'volume')).toMatchObject({ value: 3, scale: 1 });
    for (const wrong of [Number.NaN, Infinity, -1, undefined, '1,5']) {
      expect(() => decimalOf(wrong, 'price')).toThrow('price');
    }
  });
});

const side = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5 })), {
    selector: ([price]) => price,
  })
  .map((levels) => levels.toSorted(([a], [b]) => a - b).flatMap(([price, quantity]) => [price / 8, quantity / 2]));

test('the difference of two books, put on the first, gives the second', () => {
  const applied = (levels: readonly number[], changes: readonly number[]): Map<number, number> => {
    const prices = new Map<number, number>();
    for (const list of [levels, changes]) {
      for (let at = 0; at < list.length; at += 2) {
        if (list[at + 1] === 0) prices.delete(list[at] as number);
        else prices.set(list[at] as number, list[at + 1] as number);
      }
    }
    return prices;
  };
  fc.assert(
    fc.property(side, side, side, side, (bids, asks, nextBids, nextAsks) => {
      const changes = bookDiff({ bids, asks }, { bids: nextBids, asks: nextAsks });
      expect(applied(bids, changes.bids)).toEqual(applied(nextBids, []));
      expect(applied(asks, changes.asks)).toEqual(applied(nextAsks, []));
      expect(bookDiff({ bids, asks }, { bids, asks })).toEqual({ bids: [], asks: [] });
    }),
  );
});

const pairs = (flat: readonly number[]): number[][] =>
  flat.flatMap((price, at) => (at % 2 === 0 ? [[price, flat[at + 1] as number]] : []));
const answer = ({ bids, asks }: WholeBook, timestamp: number | undefined = MILLIS) => ({
  bids: pairs(bids),
  asks: pairs(asks),
  timestamp,
});

describe('books', () => {
  test('a snapshot, then what changed, cut to the levels that are told', () => {
    const its = instrument();
    const first = { bids: [10, 1, 9.5, 2, 9, 3, 8, 4], asks: [11, 1] };
    expect(its.book(answer(first), AT)).toEqual([
      {
        kind: 'snapshot',
        symbol: 'BTCUSDT',
        tsEvent: AT,
        tsEventNanos: 0,
        priceScale: 1,
        quantityScale: 0,
        sequence: 1,
        bids: [100, 1, 95, 2, 90, 3],
        asks: [110, 1],
      },
      expect.objectContaining({ kind: 'gap', reason: 'resync', stream: 'book' }),
    ]);
    expect(its.book(answer(first), AT)).toEqual([]);
    // A level that moves up into what is told is a new one, and what falls out of it is gone. Times do not go back.
    const second = { bids: [9.5, 2, 9, 3, 8, 4], asks: [11, 1.25] };
    expect(its.book(answer(second, MILLIS - 5), AT)).toMatchObject([
      {
        kind: 'delta',
        tsEvent: AT,
        firstSequence: 2,
        lastSequence: 2,
        quantityScale: 2,
        bids: [80, 400, 100, 0],
        asks: [110, 125],
      },
    ]);
  });

  test('a book that is crossed is lost, said once, and comes back whole', () => {
    const its = instrument();
    its.book(answer({ bids: [10, 1], asks: [11, 1] }), AT);
    const crossed = answer({ bids: [11, 1], asks: [11, 1] });
    expect(its.book(crossed, AT)).toMatchObject([{ kind: 'gap', reason: 'gap', stream: 'book', from: AT }]);
    expect(its.book(crossed, AT)).toEqual([]);
    const events = its.book(answer({ bids: [10, 2], asks: [11, 1] }), AT);
    expect(events).toMatchObject([
      { kind: 'snapshot', sequence: 2 },
      { kind: 'gap', reason: 'resync' },
    ]);
  });

  test('the events make the book that ccxt has', () => {
    const book = fc.record({ bids: side, asks: side.map((levels) => levels.map((n, at) => (at % 2 ? n : n + 100))) });
    fc.assert(
      fc.property(fc.array(book, { minLength: 1, maxLength: 8 }), (books) => {
        const its = new CcxtInstrument('X', 100);
        const scaled = new ScaledBook();
        for (const { bids, asks } of books) {
          const reversed = pairs(bids).toReversed().flat();
          for (const event of its.book(answer({ bids: reversed, asks }), AT)) apply(scaled, event);
          const told = (which: 'buy' | 'sell') =>
            scaled
              .levels(which, 100)
              .map(({ price, quantity }) => [price / 10 ** scaled.priceScale, quantity / 10 ** scaled.quantityScale]);
          expect(told('buy')).toEqual(pairs(reversed));
          expect(told('sell')).toEqual(pairs(asks));
        }
      }),
    );
  });
});

function apply(book: ScaledBook, event: ScaledEvent): void {
  if (event.kind === 'snapshot') book.replace(event);
  else if (event.kind === 'delta') expect(book.apply(event)).toBe('applied');
}

describe('the rest', () => {
  const trade = { id: '7', timestamp: MILLIS, price: 100.5, amount: 0.001, side: 'sell' };

  test('trades: each once, in order of time, with a name where the venue gives none', () => {
    const its = instrument();
    const later = { ...trade, id: 8, timestamp: MILLIS + 1, side: undefined };
    expect(its.trades([later, trade], AT)).toEqual([
      {
        kind: 'trade',
        symbol: 'BTCUSDT',
        tsEvent: AT,
        tsEventNanos: 0,
        priceScale: 1,
        quantityScale: 3,
        tradeId: '7',
        price: 1005,
        quantity: 1,
        aggressor: 'sell',
      },
      expect.objectContaining({ tradeId: '8', aggressor: 'unknown' }),
    ]);
    expect(its.trades([trade], AT)).toEqual([]);
    const unnamed = { ...trade, id: undefined };
    expect(its.trades([unnamed, unnamed], AT)).toMatchObject([{ tradeId: `${AT}-0` }, { tradeId: `${AT}-1` }]);
  });

  test('quotes: not without quantities, not the same twice, at their receipt where they have no time', () => {
    const its = instrument();
    const ticker = { bid: 1.5, ask: 1.6, bidVolume: 2, askVolume: 3, timestamp: undefined };
    expect(its.quotes(ticker, AT + 7)).toMatchObject([
      { kind: 'quote', tsEvent: AT + 7, priceScale: 1, bidPrice: 15, askPrice: 16, bidQuantity: 2, askQuantity: 3 },
    ]);
    expect(its.quotes(ticker, AT + 8)).toEqual([]);
    expect(its.quotes({ ...ticker, bid: undefined }, AT)).toEqual([]);
    expect(its.quotes({ ...ticker, askVolume: null }, AT)).toEqual([]);
  });

  test('bars: finished when a later one begins', () => {
    const its = instrument();
    const minute = Math.floor(MILLIS / 60_000) * 60_000;
    expect(its.bars([[minute, 1, 3, 0.5, 2, 10]])).toEqual([]);
    expect(
      its.bars([
        [minute, 1, 3, 0.5, 2.5, 11],
        [minute + 60_000, 2, 2, 2, 2, 1],
      ]),
    ).toMatchObject([
      {
        kind: 'bar',
        start: minute * 1000,
        tsEvent: minute * 1000 + 59_999_999,
        period: 60_000_000,
        priceScale: 1,
        open: 10,
        high: 30,
        low: 5,
        close: 25,
        volume: 11,
      },
    ]);
    expect(its.bars([[minute, 1, 3, 0.5, 2.5, 12]])).toEqual([]);
  });

  test('a loss is told once, not before what was told, and its end with what comes next', () => {
    const its = instrument();
    its.trades([trade], AT);
    const loss = { reason: 'disconnect', detail: 'NetworkError' } as const;
    expect(its.lose('trade', loss, AT - 9)).toMatchObject([{ kind: 'gap', tsEvent: AT, from: AT, stream: 'trade' }]);
    expect(its.lose('trade', loss, AT)).toEqual([]);
    expect(its.quotes({ bid: 1, ask: 2, bidVolume: 2, askVolume: 3 }, AT)).toMatchObject([{ kind: 'quote' }]);
    expect(its.trades([{ ...trade, id: '9' }], AT)).toMatchObject([
      { kind: 'gap', reason: 'resync' },
      { kind: 'trade' },
    ]);
  });

  test.each([
    ['trades', {}],
    ['trades', [{ ...trade, price: 0 }]],
    ['trades', [{ ...trade, timestamp: 5 }]],
    ['trades', [{ ...trade, id: 'a b' }]],
    ['quotes', null],
    ['quotes', { bid: 'x', ask: 1, bidVolume: 1, askVolume: 1 }],
    ['book', { bids: [[1]], asks: [] }],
    ['book', { bids: [[1, Number.NaN]], asks: [] }],
    ['bars', [[MILLIS, 1, 2]]],
    ['bars', [['x', 1, 2, 3, 4, 5]]],
  ] as const)('%s that cannot be read are refused: %j', (what, wrong) => {
    expect(() => instrument()[what](wrong, AT)).toThrow();
  });
});
