import { describe, expect, test } from '@jest/globals';
import { depthOf, givenBook, limit, marketNotional, told } from './language.ts';

/** The other party's order is ahead of our own at the same price, and another one is behind it. */
const bookWithOwnOrder = () =>
  givenBook(limit('b1', 'sell', 1, 100), limit('a1', 'sell', 2, 100), limit('b2', 'sell', 3, 101));

describe('self-trade prevention', () => {
  test('none: a party may trade with itself', () => {
    expect(told(bookWithOwnOrder().submit(limit('a2', 'buy', 3, 100)))).toEqual([
      'accepted a2',
      'trade 1: 1@100 a2 buys from b1, left 2 and 0',
      'filled b1 1',
      'trade 2: 2@100 a2 buys from a1, left 0 and 0',
      'filled a1 2',
      'filled a2 3',
    ]);
  });

  test('expire-taker: the taker ends where it would meet its own order', () => {
    const book = bookWithOwnOrder();
    expect(told(book.submit(limit('a2', 'buy', 5, 101, { prevent: 'expire-taker' })))).toEqual([
      'accepted a2',
      'trade 1: 1@100 a2 buys from b1, left 4 and 0',
      'filled b1 1',
      'expired a2: self-trade with a1, left 4',
    ]);
    expect(depthOf(book)).toEqual({ bids: [], asks: ['2@100', '3@101'] });
  });

  test('expire-maker: the own order in the book ends, and the taker goes on', () => {
    const book = bookWithOwnOrder();
    expect(told(book.submit(limit('a2', 'buy', 5, 101, { prevent: 'expire-maker' })))).toEqual([
      'accepted a2',
      'trade 1: 1@100 a2 buys from b1, left 4 and 0',
      'filled b1 1',
      'expired a1: self-trade with a2, left 2',
      'trade 2: 3@101 a2 buys from b2, left 1 and 0',
      'filled b2 3',
    ]);
    expect(depthOf(book)).toEqual({ bids: ['1@101'], asks: [] });
  });

  test('expire-both: both end', () => {
    const book = bookWithOwnOrder();
    expect(told(book.submit(limit('a2', 'buy', 5, 101, { prevent: 'expire-both' })))).toEqual([
      'accepted a2',
      'trade 1: 1@100 a2 buys from b1, left 4 and 0',
      'filled b1 1',
      'expired a1: self-trade with a2, left 2',
      'expired a2: self-trade with a1, left 4',
    ]);
    expect(depthOf(book)).toEqual({ bids: [], asks: ['3@101'] });
  });

  test('the taker’s mode decides, not the maker’s', () => {
    const book = givenBook(limit('a1', 'sell', 2, 100, { prevent: 'expire-both' }));
    expect(told(book.submit(limit('a2', 'buy', 2, 100)))).toContain('filled a2 2');
  });

  test('a fill-or-kill order counts only what it may trade with, and ends no order when it fails', () => {
    const fok = (quantity: number, prevent: 'expire-maker' | 'expire-taker' | 'none') =>
      told(bookWithOwnOrder().submit(limit('a2', 'buy', quantity, 101, { timeInForce: 'fok', prevent })));
    expect(fok(6, 'none').slice(-1)).toEqual(['filled a2 6']);
    expect(fok(5, 'expire-maker')).toEqual(['accepted a2', 'expired a2: fok, left 5']);
    expect(fok(4, 'expire-maker').slice(-1)).toEqual(['filled a2 4']);
    expect(fok(2, 'expire-taker')).toEqual(['accepted a2', 'expired a2: fok, left 2']);
    expect(fok(1, 'expire-taker').slice(-1)).toEqual(['filled a2 1']);
  });

  test('a market order by notional that spent its amount does not reach its own order', () => {
    const book = bookWithOwnOrder();
    expect(told(book.submit(marketNotional('a2', 'buy', 150n, { prevent: 'expire-both' }))).slice(-1)).toEqual([
      'filled a2 1',
    ]);
    expect(book.order('a1')).toBeDefined();
  });
});
