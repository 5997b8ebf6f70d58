import { describe, expect, test } from '@jest/globals';
import { triggerDirection } from '../src/index.ts';
import {
  depthOf,
  fallsTo,
  givenBook,
  limit,
  lots,
  market,
  risesTo,
  stopLimit,
  stopMarket,
  ticks,
  told,
} from './language.ts';

describe('a stop order', () => {
  test('waits outside of the depth until a trade reaches its trigger', () => {
    const book = givenBook(limit('a1', 'sell', 1, 100), limit('a2', 'sell', 1, 101), limit('a3', 'sell', 5, 102));
    expect(told(book.submit(stopMarket('b1', 'buy', 2, risesTo(101))))).toEqual(['accepted b1']);
    expect(book.order('b1')).toMatchObject({ state: 'waiting', leavesQuantity: 2 });
    expect(depthOf(book).bids).toEqual([]);
    expect(told(book.submit(market('c1', 'buy', 1)))).not.toContain('triggered b1');
    expect(told(book.submit(market('c2', 'buy', 1)))).toEqual([
      'accepted c2',
      'trade 2: 1@101 c2 buys from a2, left 0 and 0',
      'filled a2 1',
      'filled c2 1',
      'triggered b1',
      'trade 3: 2@102 b1 buys from a3, left 0 and 3',
      'filled b1 2',
    ]);
    expect(book.order('b1')).toBeUndefined();
  });

  test('with a limit rests at its price after its trigger', () => {
    const book = givenBook(
      limit('a1', 'buy', 5, 100),
      stopLimit('b1', 'sell', 4, { trigger: fallsTo(100), price: 101 }),
    );
    expect(told(book.submit(market('c1', 'sell', 1))).slice(-1)).toEqual(['triggered b1']);
    expect(book.order('b1')).toMatchObject({ state: 'working', leavesQuantity: 4 });
    expect(depthOf(book)).toEqual({ bids: ['4@100'], asks: ['4@101'] });
  });

  test.each([
    ['ioc', 'expired b1: ioc, left 3'],
    ['fok', 'expired b1: fok, left 4'],
  ] as const)('with a limit keeps its time in force %s', (timeInForce, end) => {
    const book = givenBook(
      limit('a1', 'buy', 2, 100),
      stopLimit('b1', 'sell', 4, { trigger: fallsTo(100), price: 100, timeInForce }),
    );
    expect(told(book.submit(market('c1', 'sell', 1))).slice(-1)).toEqual([end]);
    expect(book.openOrders('b')).toEqual([]);
  });

  test('expires at a market without liquidity', () => {
    const book = givenBook(limit('a1', 'sell', 1, 100), stopMarket('b1', 'buy', 2, risesTo(100)));
    expect(told(book.submit(market('c1', 'buy', 1))).slice(-2)).toEqual([
      'triggered b1',
      'expired b1: no-liquidity, left 2',
    ]);
    expect(book.openOrderCount()).toBe(0);
  });

  test('can set off the next one; nearest trigger first, then the oldest', () => {
    const book = givenBook(
      limit('a1', 'buy', 1, 100),
      limit('a2', 'buy', 3, 99),
      limit('a3', 'buy', 9, 98),
      stopMarket('b1', 'sell', 1, fallsTo(98)),
      stopMarket('b2', 'sell', 1, fallsTo(99)),
      stopMarket('b3', 'sell', 1, fallsTo(100)),
      stopMarket('b4', 'sell', 2, fallsTo(100)),
    );
    const lines = told(book.submit(market('c1', 'sell', 1)));
    expect(lines.filter((line) => line.startsWith('triggered'))).toEqual([
      'triggered b3',
      'triggered b4',
      'triggered b2',
      'triggered b1',
    ]);
    expect(depthOf(book).bids).toEqual(['7@98']);
  });

  test('triggers on every trade of a command, not only on the last', () => {
    const book = givenBook(
      limit('a1', 'sell', 1, 90),
      limit('a2', 'sell', 1, 100),
      limit('a3', 'buy', 1, 80),
      stopMarket('b1', 'sell', 1, fallsTo(95)),
    );
    expect(told(book.submit(market('c1', 'buy', 2)))).toContain('triggered b1');
  });

  test('triggers on a recorded print', () => {
    const book = givenBook(limit('a1', 'sell', 1, 105), stopMarket('b1', 'buy', 1, risesTo(100)));
    expect(told(book.recordedTrade(ticks(100), lots(3), 'sell'))).toContain('triggered b1');
  });

  test('is rejected when the last trade has reached its trigger already', () => {
    const book = givenBook(limit('a1', 'sell', 1, 100), market('b1', 'buy', 1));
    expect(told(book.submit(stopMarket('b2', 'buy', 1, risesTo(100))))).toEqual(['rejected b2: would-trigger']);
    expect(told(book.submit(stopMarket('b3', 'sell', 1, fallsTo(100))))).toEqual(['rejected b3: would-trigger']);
    expect(told(book.submit(stopMarket('b4', 'sell', 1, fallsTo(99))))).toEqual(['accepted b4']);
  });

  test('can be canceled while it waits', () => {
    const book = givenBook(stopMarket('b1', 'buy', 2, risesTo(100)));
    expect(told(book.cancel('b1'))).toEqual(['canceled b1, left 2']);
    expect(told(book.recordedTrade(ticks(100), lots(1), 'buy'))).toEqual([]);
  });

  test('prevents self-trades as a taker after its trigger', () => {
    const book = givenBook(
      limit('a1', 'sell', 1, 100),
      limit('b1', 'sell', 1, 101),
      stopMarket('b2', 'buy', 1, risesTo(100), { prevent: 'expire-taker' }),
    );
    expect(told(book.submit(market('c1', 'buy', 1))).slice(-1)).toEqual(['expired b2: self-trade with b1, left 1']);
  });
});

test('a trigger’s direction follows from side and purpose', () => {
  expect(triggerDirection('buy', 'stop-loss')).toBe('rises-to');
  expect(triggerDirection('sell', 'stop-loss')).toBe('falls-to');
  expect(triggerDirection('buy', 'take-profit')).toBe('falls-to');
  expect(triggerDirection('sell', 'take-profit')).toBe('rises-to');
});
