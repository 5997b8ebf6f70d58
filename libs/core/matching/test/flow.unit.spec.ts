import { describe, expect, test } from '@jest/globals';
import { type BookEvent, OrderBook, type Side } from '../src/index.ts';
import { depthOf, givenBook, limit, lots, market, ticks, told } from './language.ts';

const setLevel = (book: OrderBook, side: Side, quantity: number, price: number): BookEvent[] =>
  book.setLevel(side, ticks(price), lots(quantity));
const print = (book: OrderBook, quantity: number, price: number, aggressorSide: Side): string[] =>
  told(book.recordedTrade(ticks(price), lots(quantity), aggressorSide));

/** Flow of `ahead` lots, our order of 4 lots behind it, and flow of `behind` lots behind ours, all bids at 100. */
function givenQueue(ahead: number, behind: number): OrderBook {
  const book = OrderBook.empty();
  setLevel(book, 'buy', ahead, 100);
  book.submit(limit('a1', 'buy', 4, 100));
  setLevel(book, 'buy', ahead + behind, 100);
  return book;
}

describe('a flow level', () => {
  test('displays the absolute quantity that was set, beside the orders of parties', () => {
    const book = givenQueue(10, 5);
    expect(depthOf(book).bids).toEqual(['19@100']);
    expect(book.flowQuantity('buy', ticks(100))).toBe(15);
    setLevel(book, 'buy', 0, 100);
    expect(depthOf(book).bids).toEqual(['4@100']);
  });

  test('shrinks from the back: what is ahead of our order goes last', () => {
    const book = givenQueue(10, 5);
    setLevel(book, 'buy', 8, 100);
    expect(print(book, 8, 100, 'sell')).toEqual([]);
    expect(print(book, 1, 100, 'sell')).toEqual(['trade 1: 1@100 flow sells to a1, left ? and 3']);
  });

  test('grows at the back, behind our order', () => {
    const book = givenQueue(2, 0);
    setLevel(book, 'buy', 50, 100);
    expect(print(book, 3, 100, 'sell')).toEqual(['trade 1: 1@100 flow sells to a1, left ? and 3']);
  });

  test('is a maker for takers of parties', () => {
    const book = givenQueue(2, 5);
    expect(told(book.submit(market('b1', 'sell', 7)))).toEqual([
      'accepted b1',
      'trade 1: 2@100 b1 sells to flow, left 5 and ?',
      'trade 2: 4@100 b1 sells to a1, left 1 and 0',
      'filled a1 4',
      'trade 3: 1@100 b1 sells to flow, left 0 and ?',
      'filled b1 7',
    ]);
    expect(book.flowQuantity('buy', ticks(100))).toBe(4);
  });

  test('stays one piece where the order between two pieces was canceled', () => {
    const book = givenQueue(2, 5);
    book.cancel('a1');
    expect(book.snapshot().bids).toEqual([{ price: 100, queue: [{ flow: 7 }] }]);
  });

  test('that crosses our orders trades with them as makers and shows the rest', () => {
    const book = givenBook(limit('a1', 'sell', 2, 99), limit('b1', 'sell', 3, 100), limit('a2', 'sell', 1, 101));
    expect(told(setLevel(book, 'buy', 9, 100))).toEqual([
      'trade 1: 2@99 flow buys from a1, left ? and 0',
      'filled a1 2',
      'trade 2: 3@100 flow buys from b1, left ? and 0',
      'filled b1 3',
    ]);
    expect(depthOf(book)).toEqual({ bids: ['4@100'], asks: ['1@101'] });
  });

  test('that our orders absorb shows nothing', () => {
    const book = givenBook(limit('a1', 'sell', 5, 99));
    expect(told(setLevel(book, 'buy', 2, 100))).toEqual(['trade 1: 2@99 flow buys from a1, left ? and 3']);
    expect(depthOf(book)).toEqual({ bids: [], asks: ['3@99'] });
  });

  test('that crosses flow removes all of it that is crossed, without a trade', () => {
    const book = OrderBook.empty();
    for (const price of [99, 100, 101]) setLevel(book, 'sell', 7, price);
    book.submit(limit('a1', 'sell', 5, 99));
    expect(told(setLevel(book, 'buy', 2, 100))).toEqual(['trade 1: 2@99 flow buys from a1, left ? and 3']);
    expect(depthOf(book)).toEqual({ bids: [], asks: ['3@99', '7@101'] });
  });

  test('beyond the limit of levels pushes the worst one out, or is left out itself', () => {
    const book = OrderBook.empty({ flowLevelCountMax: 2 });
    book.submit(limit('a1', 'buy', 1, 90));
    for (const price of [100, 99, 98, 101]) setLevel(book, 'buy', 7, price);
    expect(depthOf(book).bids).toEqual(['7@101', '7@100', '1@90']);
  });
});

describe('a recorded print', () => {
  test('consumes the flow ahead of our order first, then ours, then what is behind', () => {
    const book = givenQueue(3, 5);
    expect(print(book, 2, 100, 'sell')).toEqual([]);
    expect(print(book, 9, 100, 'sell')).toEqual(['trade 1: 4@100 flow sells to a1, left ? and 0', 'filled a1 4']);
    expect(depthOf(book).bids).toEqual(['1@100']);
    expect(book.lastTradePrice()).toBe(100);
  });

  test('through our price fills us at our price, at most with its own quantity, and clears the stale flow there', () => {
    const book = givenQueue(3, 5);
    expect(print(book, 3, 98, 'sell')).toEqual(['trade 1: 3@100 flow sells to a1, left ? and 1']);
    expect(depthOf(book).bids).toEqual(['1@100']);
    expect(book.lastTradePrice()).toBe(98);
  });

  test('fills nobody on the side of its aggressor, nor behind its price', () => {
    const book = givenBook(limit('a1', 'buy', 4, 100), limit('b1', 'sell', 4, 102));
    expect(print(book, 9, 101, 'buy')).toEqual([]);
    expect(print(book, 9, 101, 'sell')).toEqual([]);
    expect(depthOf(book)).toEqual({ bids: ['4@100'], asks: ['4@102'] });
  });

  test('fills several parties in time priority', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100), limit('b1', 'sell', 2, 100));
    expect(print(book, 3, 100, 'buy')).toEqual([
      'trade 1: 2@100 flow buys from a1, left ? and 0',
      'filled a1 2',
      'trade 2: 1@100 flow buys from b1, left ? and 1',
    ]);
  });
});

describe('a depth snapshot', () => {
  test('replaces the flow and keeps the places of what stays', () => {
    const book = givenQueue(10, 0);
    setLevel(book, 'buy', 3, 99);
    setLevel(book, 'sell', 3, 101);
    const level = (quantity: number, price: number) => ({ price: ticks(price), quantity: lots(quantity) });
    expect(told(book.setLevels({ bids: [level(6, 101), level(12, 100)], asks: [level(1, 102)] }))).toEqual([]);
    expect(depthOf(book)).toEqual({ bids: ['6@101', '16@100'], asks: ['1@102'] });
    expect(print(book, 6, 101, 'sell')).toEqual([]);
    expect(print(book, 11, 100, 'sell')).toEqual(['trade 1: 1@100 flow sells to a1, left ? and 3']);
  });
});
