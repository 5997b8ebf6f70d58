import { describe, expect, test } from '@jest/globals';
import {
  type BookSnapshot,
  FLOW_PARTY,
  LEVEL_QUANTITY_MAX,
  type NewOrder,
  ORDER_QUANTITY_MAX,
  OrderBook,
  type RejectionReason,
  REJECTION_REASONS,
} from '../src/index.ts';
import {
  fallsTo,
  givenBook,
  limit,
  lots,
  market,
  marketNotional,
  postOnly,
  risesTo,
  stopLimit,
  stopMarket,
  ticks,
  told,
} from './language.ts';

describe('cancels', () => {
  test('of an order that is not open are rejected', () => {
    const book = givenBook(limit('a1', 'buy', 1, 100), market('b1', 'sell', 1));
    expect(told(book.cancel('a1'))).toEqual(['cancel-rejected a1: unknown-order']);
    expect(told(book.cancel('c1'))).toEqual(['cancel-rejected c1: unknown-order']);
  });

  test('of a whole party take working and waiting orders, and nobody else’s', () => {
    const book = givenBook(
      limit('a1', 'buy', 1, 100),
      stopMarket('a2', 'buy', 2, risesTo(120)),
      limit('b1', 'buy', 1, 100),
      limit('a3', 'sell', 3, 110),
    );
    expect(told(book.cancelAll('a'))).toEqual(['canceled a1, left 1', 'canceled a2, left 2', 'canceled a3, left 3']);
    expect(book.openOrders('a')).toEqual([]);
    expect(book.openOrders('b').map(({ order }) => order.orderId)).toEqual(['b1']);
    expect(told(book.cancelAll('a'))).toEqual([]);
  });
});

describe('rejections', () => {
  const invalid = 0.5 as never;
  const many = ORDER_QUANTITY_MAX;
  const cases: Record<RejectionReason, readonly NewOrder[]> = {
    'invalid-price': [
      limit('b1', 'buy', 1, 0),
      limit('b1', 'buy', 1, -5),
      { ...limit('b1', 'buy', 1, 1), price: invalid } as NewOrder,
      postOnly('b1', 'buy', 1, 0),
      stopMarket('b1', 'buy', 1, risesTo(0)),
      stopLimit('b1', 'buy', 1, { trigger: risesTo(200), price: 0 }),
    ],
    'invalid-quantity': [
      limit('b1', 'buy', 0, 1),
      limit('b1', 'buy', many + 1, 1),
      { ...limit('b1', 'buy', 1, 1), quantity: invalid } as NewOrder,
      market('b1', 'buy', 0),
      marketNotional('b1', 'buy', 0n),
      stopMarket('b1', 'buy', -1, risesTo(200)),
    ],
    'reserved-party': [limit('b1', 'buy', 1, 1, { party: FLOW_PARTY })],
    'duplicate-order-id': [limit('a1', 'buy', 1, 1), market('a1', 'buy', 1)],
    'order-count-max': [
      limit('b1', 'buy', 1, 100),
      postOnly('b1', 'buy', 1, 90),
      stopMarket('b1', 'buy', 1, risesTo(200)),
    ],
    'level-quantity-max': [limit('b1', 'buy', LEVEL_QUANTITY_MAX, 90), postOnly('b1', 'buy', LEVEL_QUANTITY_MAX, 90)],
    'would-take': [postOnly('b1', 'buy', 1, 100)],
    'would-trigger': [stopMarket('b1', 'sell', 1, fallsTo(95))],
  };
  const state = (orderCountMax: number) => {
    const book = OrderBook.empty({ orderCountMax });
    book.submit(limit('a1', 'sell', 5, 100));
    book.submit(limit('a2', 'buy', 1, 90));
    book.recordedTrade(ticks(95), lots(1), 'buy');
    return book;
  };

  test.each(Object.keys(REJECTION_REASONS) as RejectionReason[])('%s changes nothing', (reason) => {
    const book = state(reason === 'order-count-max' ? 2 : 100);
    const before = book.snapshot();
    for (const order of cases[reason]) {
      expect(told(book.submit(order))).toEqual([`rejected ${order.orderId}: ${reason}`]);
    }
    expect(book.snapshot()).toEqual(before);
  });

  test('at the limit of orders, orders that cannot stay still go through', () => {
    const book = state(2);
    expect(told(book.submit(market('b1', 'buy', 1))).slice(-1)).toEqual(['filled b1 1']);
    expect(told(book.submit(limit('b2', 'buy', 1, 100, { timeInForce: 'ioc' }))).slice(-1)).toEqual(['filled b2 1']);
  });

  test('a triggered stop that no longer fits at its price expires', () => {
    const book = givenBook(
      stopLimit('a1', 'buy', 2, { trigger: risesTo(100), price: 90 }),
      limit('b1', 'buy', LEVEL_QUANTITY_MAX - 1, 90),
    );
    expect(told(book.recordedTrade(ticks(100), lots(1), 'buy'))).toEqual([
      'triggered a1',
      'expired a1: level-quantity-max, left 2',
    ]);
  });
});

describe('views', () => {
  test('show the touch, the depth, levels and orders', () => {
    const book = givenBook(
      limit('a1', 'buy', 1, 100),
      limit('b1', 'buy', 2, 100),
      limit('a2', 'buy', 1, 99),
      limit('a3', 'sell', 4, 103),
    );
    expect(book.bestBid()).toEqual({ price: 100, quantity: 3 });
    expect(book.bestAsk()).toEqual({ price: 103, quantity: 4 });
    expect(book.depth(1)).toEqual({ bids: [{ price: 100, quantity: 3 }], asks: [{ price: 103, quantity: 4 }] });
    expect(book.levelQuantity('buy', ticks(99))).toBe(1);
    expect(book.levelQuantity('sell', ticks(99))).toBe(0);
    expect(book.openOrders('a').map(({ order }) => order.orderId)).toEqual(['a1', 'a2', 'a3']);
    expect(book.openOrderCount()).toBe(4);
    expect(OrderBook.empty().bestBid()).toBeUndefined();
  });
});

describe('drained changes', () => {
  test('hold what changed since the last drain, with what is there now', () => {
    const book = givenBook(limit('a1', 'buy', 1, 100), limit('a2', 'buy', 2, 99), limit('b1', 'sell', 2, 105));
    expect(book.drainChanges()).toEqual({
      complete: true,
      bids: [
        { price: 100, quantity: 1 },
        { price: 99, quantity: 2 },
      ],
      asks: [{ price: 105, quantity: 2 }],
    });
    book.submit(market('c1', 'sell', 2));
    expect(book.drainChanges()).toEqual({
      complete: true,
      bids: [
        { price: 100, quantity: 0 },
        { price: 99, quantity: 1 },
      ],
      asks: [],
    });
    expect(book.drainChanges()).toEqual({ complete: true, bids: [], asks: [] });
  });

  test('say that they are incomplete when too many levels changed, and recover', () => {
    const book = OrderBook.empty({ changedLevelCountMax: 2 });
    for (const price of [100, 99, 98]) book.setLevel('buy', ticks(price), lots(1));
    expect(book.drainChanges()).toEqual({ complete: false, bids: [], asks: [] });
    book.setLevel('buy', ticks(98), lots(5));
    expect(book.drainChanges()).toEqual({ complete: true, bids: [{ price: 98, quantity: 5 }], asks: [] });
  });
});

describe('a snapshot', () => {
  const snapshot = givenBook(limit('a1', 'buy', 1, 100), limit('b1', 'sell', 1, 101)).snapshot();

  test('is plain JSON, and the restored book gives the same one', () => {
    const parsed = JSON.parse(JSON.stringify(snapshot)) as BookSnapshot;
    expect(parsed).toEqual(snapshot);
    expect(OrderBook.restore(parsed).snapshot()).toEqual(snapshot);
  });

  test('keeps that the changes are incomplete', () => {
    const book = OrderBook.empty({ changedLevelCountMax: 0 });
    book.setLevel('buy', ticks(100), lots(1));
    expect(OrderBook.restore(book.snapshot()).drainChanges().complete).toBe(false);
  });

  test.each([
    ['an unknown version', { ...snapshot, version: 2 as never }, 'unknown version'],
    ['a crossed book', { ...snapshot, asks: [{ ...snapshot.asks[0], price: 100 }] as never }, 'crossed'],
    ['an order twice', { ...snapshot, bids: [...snapshot.bids, { ...snapshot.bids[0], price: 99 }] as never }, 'twice'],
    ['an order on the wrong side', { ...snapshot, bids: [], asks: snapshot.bids }, 'wrong side'],
    ['an empty level', { ...snapshot, bids: [{ price: 9, queue: [] }] }, 'empty level'],
    ['a fraction', { ...snapshot, tradeIdNext: 1.5 }, 'safe integer'],
  ])('with %s is refused', (_name, damaged, message) => {
    expect(() => OrderBook.restore(damaged)).toThrow(message);
  });
});
