import { describe, expect, test } from '@jest/globals';
import { depthOf, givenBook, limit, market, marketNotional, postOnly, told } from './language.ts';

describe('a limit order', () => {
  test('rests when nothing crosses it', () => {
    const book = givenBook();
    expect(told(book.submit(limit('a1', 'buy', 5, 100)))).toEqual(['accepted a1']);
    expect(told(book.submit(limit('b1', 'sell', 3, 101)))).toEqual(['accepted b1']);
    expect(depthOf(book)).toEqual({ bids: ['5@100'], asks: ['3@101'] });
    expect(book.lastTradePrice()).toBeUndefined();
  });

  test('trades at the makers’ prices, best price first, and rests with what is left', () => {
    const book = givenBook(limit('a1', 'sell', 2, 102), limit('b1', 'sell', 3, 101), limit('a2', 'sell', 4, 104));
    expect(told(book.submit(limit('c1', 'buy', 9, 103)))).toEqual([
      'accepted c1',
      'trade 1: 3@101 c1 buys from b1, left 6 and 0',
      'filled b1 3',
      'trade 2: 2@102 c1 buys from a1, left 4 and 0',
      'filled a1 2',
    ]);
    expect(depthOf(book)).toEqual({ bids: ['4@103'], asks: ['4@104'] });
    expect(book.order('c1')).toMatchObject({ leavesQuantity: 4, filledQuantity: 5, state: 'working' });
    expect(book.lastTradePrice()).toBe(102);
  });

  test('meets equal prices in the order of their arrival, and a partial fill keeps its place', () => {
    const book = givenBook(limit('a1', 'buy', 4, 100), limit('b1', 'buy', 4, 100));
    expect(told(book.submit(limit('c1', 'sell', 1, 100)))).toEqual([
      'accepted c1',
      'trade 1: 1@100 c1 sells to a1, left 0 and 3',
      'filled c1 1',
    ]);
    expect(told(book.submit(limit('c2', 'sell', 5, 99)))).toEqual([
      'accepted c2',
      'trade 2: 3@100 c2 sells to a1, left 2 and 0',
      'filled a1 4',
      'trade 3: 2@100 c2 sells to b1, left 0 and 2',
      'filled c2 5',
    ]);
  });

  test('that was canceled and submitted again queues at the back', () => {
    const book = givenBook(limit('a1', 'buy', 1, 100), limit('b1', 'buy', 1, 100));
    expect(told(book.cancel('a1'))).toEqual(['canceled a1, left 1']);
    book.submit(limit('a2', 'buy', 1, 100));
    expect(told(book.submit(market('c1', 'sell', 1)))).toContain('trade 1: 1@100 c1 sells to b1, left 0 and 0');
  });
});

describe('an immediate-or-cancel order', () => {
  test('trades what it can within its price and expires with the rest', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100), limit('a2', 'sell', 2, 102));
    expect(told(book.submit(limit('b1', 'buy', 3, 101, { timeInForce: 'ioc' })))).toEqual([
      'accepted b1',
      'trade 1: 2@100 b1 buys from a1, left 1 and 0',
      'filled a1 2',
      'expired b1: ioc, left 1',
    ]);
    expect(depthOf(book)).toEqual({ bids: [], asks: ['2@102'] });
  });

  test('is filled when all of it trades', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100));
    expect(told(book.submit(limit('b1', 'buy', 2, 100, { timeInForce: 'ioc' })))).toContain('filled b1 2');
  });
});

describe('a fill-or-kill order', () => {
  test('trades whole over several levels', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100), limit('a2', 'sell', 2, 101));
    expect(told(book.submit(limit('b1', 'buy', 4, 101, { timeInForce: 'fok' })))).toEqual([
      'accepted b1',
      'trade 1: 2@100 b1 buys from a1, left 2 and 0',
      'filled a1 2',
      'trade 2: 2@101 b1 buys from a2, left 0 and 0',
      'filled a2 2',
      'filled b1 4',
    ]);
  });

  test('expires untouched when one lot is missing within its price', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100), limit('a2', 'sell', 2, 102));
    expect(told(book.submit(limit('b1', 'buy', 3, 101, { timeInForce: 'fok' })))).toEqual([
      'accepted b1',
      'expired b1: fok, left 3',
    ]);
    expect(depthOf(book)).toEqual({ bids: [], asks: ['2@100', '2@102'] });
  });
});

describe('a post-only order', () => {
  test('rests when it would not take', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100));
    expect(told(book.submit(postOnly('b1', 'buy', 3, 99)))).toEqual(['accepted b1']);
  });

  test('is rejected when it would take, even from its own party', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100));
    expect(told(book.submit(postOnly('b1', 'buy', 3, 100)))).toEqual(['rejected b1: would-take']);
    expect(told(book.submit(postOnly('a2', 'buy', 3, 101, { prevent: 'expire-maker' })))).toEqual([
      'rejected a2: would-take',
    ]);
    expect(depthOf(book)).toEqual({ bids: [], asks: ['2@100'] });
  });
});

describe('a market order', () => {
  test('by quantity trades through the levels', () => {
    const book = givenBook(limit('a1', 'buy', 2, 100), limit('a2', 'buy', 2, 90));
    expect(told(book.submit(market('b1', 'sell', 3)))).toEqual([
      'accepted b1',
      'trade 1: 2@100 b1 sells to a1, left 1 and 0',
      'filled a1 2',
      'trade 2: 1@90 b1 sells to a2, left 0 and 1',
      'filled b1 3',
    ]);
  });

  test('expires with what finds no liquidity', () => {
    const book = givenBook(limit('a1', 'buy', 2, 100));
    expect(told(book.submit(market('b1', 'sell', 3))).slice(-1)).toEqual(['expired b1: no-liquidity, left 1']);
    expect(told(book.submit(market('b2', 'sell', 3)))).toEqual(['accepted b2', 'expired b2: no-liquidity, left 3']);
  });

  test('by notional trades the whole lots that the amount pays for', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100), limit('a2', 'sell', 9, 110));
    // 2 × 100 + 2 × 110 = 420; the last 35 do not pay for a lot at 110.
    expect(told(book.submit(marketNotional('b1', 'buy', 455n)))).toEqual([
      'accepted b1',
      'trade 1: 2@100 b1 buys from a1, left ? and 0',
      'filled a1 2',
      'trade 2: 2@110 b1 buys from a2, left ? and 7',
      'filled b1 4',
    ]);
  });

  test('by notional is filled when the amount and the book end together', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100));
    expect(told(book.submit(marketNotional('b1', 'buy', 200n))).slice(-1)).toEqual(['filled b1 2']);
  });

  test('by notional expires when the amount pays for no lot, or the book ends first', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100));
    expect(told(book.submit(marketNotional('b1', 'buy', 99n)))).toEqual([
      'accepted b1',
      'expired b1: notional-below-lot, left ?',
    ]);
    expect(told(book.submit(marketNotional('b2', 'buy', 2n ** 80n))).slice(1)).toEqual([
      'trade 1: 2@100 b2 buys from a1, left ? and 0',
      'filled a1 2',
      'expired b2: no-liquidity, left ?',
    ]);
  });
});
