import { describe, expect, test } from '@jest/globals';
import { money, priceTicks, quantityLots } from '@portcullis/kernel';
import type { AnyContext, OrderRequest } from '@portcullis/strategy';
import { WORKING_ORDERS_MAX } from '../src/index.ts';
import { START, intentsIn, quote, started, works } from './exact-language.ts';

const limit: OrderRequest = { side: 'buy', type: 'limit', quantity: quantityLots(10), price: priceTicks(1000) };

/** A kernel whose strategy submits `order` at the first quote and does `second` at the next. */
function twice(second: (context: AnyContext) => void, order = limit) {
  let quotes = 0;
  return started({
    onQuote(context) {
      quotes += 1;
      if (quotes === 1) context.submit(order);
      else second(context);
    },
  });
}

describe('of a change and a cancel of one order', () => {
  const changed = { price: priceTicks(1005) };
  test.each<[string, (context: AnyContext) => void, number]>([
    [
      'the cancel that is asked for after the change leaves nothing in its place',
      (c) => (c.modify(1, changed), c.cancel(1)),
      0,
    ],
    ['to cancel everything does so too', (c) => (c.modify(1, changed), c.cancelAll()), 0],
    ['the change that is asked for last is made', (c) => (c.cancel(1), c.modify(1, changed)), 1],
  ])('%s', (_name, wish, intents) => {
    const kernel = twice(wish);
    kernel.step(START + 1, quote(1));
    works(kernel, 1);
    expect(kernel.step(START + 2, quote(2))).toMatchObject([{ kind: 'cancel', order: 1 }]);
    expect(intentsIn(kernel.step(START + 3, { kind: 'order', order: 1, status: 'CANCELED', reason: '' }))).toHaveLength(
      intents,
    );
    expect(kernel.counters.errors).toBe(0);
  });

  test('a cancel in a later call counts, and so does a stop that the run comes back from', () => {
    for (const end of ['cancel', 'stop'] as const) {
      const wishes = [
        (context: AnyContext) => void context.submit(limit),
        (context: AnyContext) => context.modify(1, changed),
        (context: AnyContext) => context.cancelAll(),
      ];
      const kernel = started({ onQuote: (context) => wishes.shift()?.(context) });
      kernel.step(START + 1, quote(1));
      works(kernel, 1);
      kernel.step(START + 2, quote(2));
      kernel.step(START + 3, end === 'cancel' ? quote(3) : { kind: 'stop', reason: 'shutdown' });
      kernel.step(START + 4, { kind: 'resumed' });
      const outputs = kernel.step(START + 5, { kind: 'order', order: 1, status: 'CANCELED', reason: '' });
      expect(intentsIn(outputs)).toEqual([]);
    }
  });

  test('an order that fills while it is changed gets no successor', () => {
    const kernel = twice((context) => context.modify(1, changed));
    kernel.step(START + 1, quote(1));
    works(kernel, 1);
    kernel.step(START + 2, quote(2));
    const fill = { price: priceTicks(1000), quantity: quantityLots(10), fee: money(0n), feeCurrency: 'USDT' };
    const booked = { kind: 'fill', order: 1, slot: 0, tradeId: 'a', side: 'buy', ...fill, liquidity: 'maker' } as const;
    expect(kernel.step(START + 3, booked)).toEqual([]);
    expect(kernel.step(START + 4, { kind: 'order', order: 1, status: 'CANCELED', reason: '' })).toEqual([]);
    expect(kernel.workingOrders).toBe(0);
  });
});

describe('what can never be an order', () => {
  test.each<[string, object]>([
    ['NaN lots', { quantity: Number.NaN }],
    ['half a lot', { quantity: 1.5 }],
    ['less than nothing', { quantity: -1 }],
    ['no lots', { quantity: 0 }],
    ['more than a number holds', { quantity: 2 ** 53 }],
    ['more than the instrument allows', { quantity: Number.MAX_SAFE_INTEGER }],
    ['a price of half a tick', { price: 1000.5 }],
    ['a price of zero', { price: 0 }],
    ['no price', { price: undefined }],
    ['a market order with a price', { type: 'market' }],
    ['a type that there is not', { type: 'stop', price: undefined }],
    ['a time in force that there is not', { timeInForce: 'DAY' }],
    ['no side', { side: 'long' }],
    ['post-only that takes', { postOnly: true, timeInForce: 'IOC' }],
    ['an instrument that the run has not', { slot: 2 }],
  ])('%s: the error of its strategy, and no intent', (_name, wrong) => {
    const kernel = started({ onQuote: (context) => void context.submit({ ...limit, ...wrong }) });
    expect(intentsIn(kernel.step(START + 1, quote(1)))).toEqual([]);
    expect(kernel.counters).toMatchObject({ errors: 1, intents: 0 });
  });

  test('a change that cannot be either: a price for a market order, NaN lots', () => {
    for (const change of [{ price: priceTicks(5) }, { quantity: Number.NaN as never }]) {
      const kernel = twice((context) => context.modify(1, change), {
        side: 'buy',
        type: 'market',
        quantity: quantityLots(1),
      });
      kernel.step(START + 1, quote(1));
      works(kernel, 1);
      kernel.step(START + 2, quote(2));
      expect(kernel.failure).toContain('can never be an order');
    }
  });
});

test('a million intents: each call has its limit, the working orders have theirs, and each refusal is counted', () => {
  let asked = 0;
  let refused = 0;
  const flood = (context: AnyContext): void => {
    for (let i = 0; i < 1000; i++) {
      asked += 1;
      try {
        context.submit(limit);
      } catch {
        refused += 1;
      }
    }
  };
  const kernel = started({ onQuote: flood }, { errorPolicy: 'SKIP_AND_LOG', errorsMax: 10 });
  for (let n = 1; n <= 1000; n++) kernel.step(START + n, quote(n));
  expect(asked).toBe(1_000_000);
  expect(refused).toBe(1_000_000 - WORKING_ORDERS_MAX);
  expect(kernel.workingOrders).toBe(WORKING_ORDERS_MAX);
  expect(JSON.stringify(kernel.snapshot()).length).toBeLessThan(100_000);
});
