import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Money, money, required } from '@portcullis/kernel';
import { parsePrice, parseQuantity } from '@portcullis/market';
import { btcusdtRules } from '@portcullis/testkit/instrument';
import { AccountBooks } from './account-books.ts';
import { BreakWatch } from './break-watch.ts';
import { type Findings, type OurBooks, type OurOrder, reconcile } from './reconcile.ts';
import type { FillReport, OrderReport } from './report.ts';

const rules = btcusdtRules();

interface Mutable extends Omit<OurOrder, 'trades'> {
  readonly trades: Set<string>;
}

/** Our side of the story, which findings are applied to. */
class Ours {
  readonly orders = new Map<string, Mutable>();
  readonly books = new AccountBooks([rules]);

  view(): OurBooks {
    const orders = [...this.orders.values()];
    return {
      working: orders.filter((order) => order.standing !== 'ended'),
      byClientOrderId: (id) => this.orders.get(id),
      byVenueOrderId: (_symbol, id) => orders.find((order) => order.venueOrderId === id),
      isOwnId: (id) => id.startsWith('p'),
      expectedBalances: this.books.expected(),
    };
  }

  apply(findings: Findings): void {
    for (const { clientOrderId, fill } of findings.missedFills) {
      required(this.orders.get(clientOrderId), 'order').trades.add(fill.tradeId);
      const price = parsePrice(rules, fill.price);
      const quantity = parseQuantity(rules, fill.quantity);
      if (price.ok && quantity.ok) {
        this.books.book(rules.id, {
          side: fill.side,
          price: price.value,
          quantity: quantity.value,
          fee: money(0n),
          feeCurrency: 'USDT',
        });
      }
    }
  }
}

const order = fc.record({
  id: fc.constantFrom('p1', 'p2', 'p3', 'p4'),
  known: fc.boolean(),
  booked: fc.subarray(['1', '2', '3']),
  listed: fc.boolean(),
  acknowledgedAt: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
});
const world = fc.record({
  orders: fc.uniqueArray(order, { selector: (item) => item.id }),
  trades: fc.array(fc.record({ id: fc.constantFrom('p1', 'p2', 'p3', 'p4'), trade: fc.constantFrom('1', '2', '3') }), {
    maxLength: 12,
  }),
  complete: fc.boolean(),
});

describe('reconciliation', () => {
  test('applied once it finds nothing more: doing it again changes nothing', () => {
    fc.assert(
      fc.property(world, ({ orders, trades, complete }) => {
        const ours = new Ours();
        for (const { id, known, booked, acknowledgedAt } of orders) {
          if (known) {
            ours.orders.set(id, {
              clientOrderId: id,
              venueOrderId: `v-${id}`,
              symbol: 'BTCUSDT',
              standing: 'working',
              acknowledgedAt,
              trades: new Set(booked),
            });
          }
        }
        const fills = trades.map(({ id, trade }): FillReport => ({
          venueOrderId: `v-${id}`,
          symbol: 'BTCUSDT',
          tradeId: trade,
          side: 'buy',
          price: '100',
          quantity: '0.1',
          fee: '0',
          feeCurrency: 'USDT',
          liquidity: 'maker',
          at: 1,
        }));
        const openOrders = orders
          .filter(({ listed }) => listed)
          .map(({ id }): OrderReport => ({
            clientOrderId: id,
            venueOrderId: `v-${id}`,
            symbol: 'BTCUSDT',
            status: 'new',
            executedQuantity: '0',
            at: 1,
          }));
        const sweep = { complete, issuedAt: 10, openOrders, fills, balances: [] };

        const first = reconcile(ours.view(), sweep);
        const missing = new Set(
          trades
            .filter(({ id, trade }) => ours.orders.get(id)?.trades.has(trade) === false)
            .map(({ id, trade }) => `${id} ${trade}`),
        );
        expect(new Set(first.missedFills.map(({ clientOrderId, fill }) => `${clientOrderId} ${fill.tradeId}`))).toEqual(
          missing,
        );
        expect(first.missedFills).toHaveLength(missing.size);
        expect(first.strays.map(({ clientOrderId }) => clientOrderId)).toEqual(
          orders.filter(({ listed, known }) => listed && !known).map(({ id }) => id),
        );
        const absent = orders
          .filter(
            ({ known, listed, acknowledgedAt }) =>
              known && !listed && acknowledgedAt !== undefined && acknowledgedAt < 10,
          )
          .map(({ id }) => id);
        expect(first.lookups).toEqual(complete ? absent : []);

        ours.apply(first);
        const position = ours.books.position(rules.id);
        const second = reconcile(ours.view(), sweep);
        ours.apply(second);
        expect(second.missedFills).toEqual([]);
        expect(ours.books.position(rules.id)).toEqual(position);
        expect(reconcile(ours.view(), sweep)).toEqual(second);
      }),
    );
  });
});

describe('balances', () => {
  const sweep = (usdt: string) => ({
    complete: true,
    issuedAt: 1,
    openOrders: [],
    fills: [],
    balances: [{ currency: 'USDT', free: usdt, locked: '0' }],
  });
  const ours = (expected: [string, bigint][]): OurBooks => ({
    working: [],
    byClientOrderId: () => undefined,
    byVenueOrderId: () => undefined,
    isOwnId: () => false,
    expectedBalances: new Map(expected.map(([currency, units]) => [currency, units as Money])),
  });

  test('differ exactly or not at all', () => {
    expect(reconcile(ours([['USDT', 1_000_000_000_000n]]), sweep('1.000000000000')).differences).toEqual([]);
    expect(reconcile(ours([['USDT', 1_000_000_000_001n]]), sweep('1')).differences).toEqual([
      { kind: 'balance', subject: 'USDT', ours: '1.000000000001', venue: '1' },
    ]);
  });

  test('that are zero, missing or unreadable are unknown', () => {
    const found = reconcile(
      ours([
        ['USDT', 5n],
        ['BTC', 5n],
      ]),
      sweep('0'),
    );
    expect([found.unknownBalances, found.differences]).toEqual([['USDT', 'BTC'], []]);
    expect(reconcile(ours([['USDT', 5n]]), sweep('1e3')).unknownBalances).toEqual(['USDT']);
    expect(reconcile(ours([['USDT', 0n]]), sweep('0')).unknownBalances).toEqual([]);
  });
});

describe('the watch for breaks', () => {
  const difference = { kind: 'balance', subject: 'USDT', ours: '10', venue: '9' } as const;
  /** A sweep that begins `second` seconds after the start of the test, takes one, and knows of `fillCount` fills. */
  const sweep = (second: number, fillCount: number, inDoubt = false) => {
    return { issuedAt: second * 1_000_000, at: (second + 1) * 1_000_000, fillCount, inDoubt };
  };

  test('confirms the second sighting without a fill in between, and keeps it', () => {
    const watch = new BreakWatch();
    expect(watch.confirm([difference], sweep(0, 3))).toEqual([]);
    expect(watch.doubtful).toBe(true);
    expect(watch.confirm([difference], sweep(6, 3))).toEqual([difference]);
    expect(watch.confirm([{ ...difference, ours: '20', venue: '19' }], sweep(7, 4))).toHaveLength(1);
    expect(watch.confirm([], sweep(8, 4))).toEqual([]);
  });

  test('counts sweeps that follow each other at once as one', () => {
    const watch = new BreakWatch();
    const seen = [0, 1, 2, 5, 6].map((second) => watch.confirm([difference], sweep(second, 0)).length);
    expect(seen).toEqual([0, 0, 0, 0, 1]);
  });

  test('confirms the same drift through steady trading, but only after several sweeps', () => {
    const watch = new BreakWatch();
    const seen = [0, 1, 2, 3].map((fills) => {
      const drifted = { ...difference, ours: String(10 + fills), venue: String(9 + fills) };
      return watch.confirm([drifted], sweep(15 * fills, fills)).length;
    });
    expect(seen).toEqual([0, 0, 0, 1]);
  });

  test('while something is in doubt, confirms nothing new and forgets nothing', () => {
    const watch = new BreakWatch();
    const other = { ...difference, subject: 'BTC' };
    for (const second of [0, 15]) watch.confirm([difference], sweep(second, 0));
    const seen = [30, 45, 60].map((second) => watch.confirm([difference, other], sweep(second, 0, true)));
    expect(seen).toEqual([[difference], [difference], [difference]]);
    expect(watch.confirm([difference, other], sweep(75, 0))).toEqual([difference]);
    expect(watch.confirm([difference, other], sweep(90, 0))).toEqual([difference, other]);
  });
});
