import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ZERO_MONEY, formatMoney, money, parseMoney, priceTicks, quantityLots } from '@portcullis/kernel';
import { baseAmount, notional } from '@portcullis/market';
import { btcusdtRules } from '@portcullis/testkit/instrument';
import {
  FLAT,
  type FillAmount,
  type Position,
  applyFill,
  balanceChanges,
  feesInQuote,
  unrealisedProfit,
} from './position.ts';

const rules = btcusdtRules({ venue: 'v' });
const amount = (text: string): bigint => {
  const parsed = parseMoney(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
};
const fill = (side: 'buy' | 'sell', price: number, quantity: number, fee = '0', feeCurrency = 'USDT'): FillAmount => ({
  side,
  price: priceTicks(price),
  quantity: quantityLots(quantity),
  fee: money(amount(fee)),
  feeCurrency,
});
const fold = (fills: readonly FillAmount[]): Position =>
  fills.reduce((position, next) => applyFill(rules, position, next), FLAT);

const anyFill = fc.record({
  side: fc.constantFrom('buy' as const, 'sell' as const),
  price: fc.integer({ min: 1, max: 10_000_000 }).map(priceTicks),
  quantity: fc.integer({ min: 1, max: 1_000_000 }).map(quantityLots),
  fee: fc.bigInt({ min: 0n, max: 10n ** 12n }).map(money),
  feeCurrency: fc.constantFrom('USDT', 'BTC', 'BNB'),
});

describe('a position', () => {
  test('given a long bought at two prices, when half is sold, then profit is against the average cost', () => {
    const position = fold([fill('buy', 10_000, 100_000), fill('buy', 12_000, 100_000), fill('sell', 13_000, 100_000)]);
    expect([position.quantity, formatMoney(position.realised), formatMoney(position.cost)]).toEqual([
      100_000,
      '20',
      '110',
    ]);
    expect(formatMoney(unrealisedProfit(rules, position, priceTicks(11_500)))).toBe('5');
  });

  test('given a long, when more is sold than held, then it flips and the rest opens at the fill price', () => {
    const position = fold([fill('buy', 10_000, 100_000), fill('sell', 11_000, 300_000)]);
    expect([position.quantity, formatMoney(position.realised), formatMoney(position.cost)]).toEqual([
      -200_000,
      '10',
      '-220',
    ]);
    expect(formatMoney(unrealisedProfit(rules, position, priceTicks(10_000)))).toBe('20');
  });

  test('cash, cost and realised profit always add up, and equity does not depend on how it got there', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 40 }), (fills) => {
        const position = fold(fills);
        expect(position.realised - position.cost).toBe(position.cash);
        expect(position.quantity === 0 ? position.cost : ZERO_MONEY).toBe(ZERO_MONEY);
        const mark = priceTicks(12_345);
        const equity = fills.reduce(
          (sum, { side, price, quantity }) =>
            sum + (side === 'buy' ? 1n : -1n) * (notional(rules, mark, quantity) - notional(rules, price, quantity)),
          0n,
        );
        expect(position.realised + unrealisedProfit(rules, position, mark)).toBe(equity);
      }),
    );
  });

  test('balance changes are the exact sum of what each fill moved, fees included', () => {
    fc.assert(
      fc.property(fc.array(anyFill, { maxLength: 40 }), (fills) => {
        const expected = new Map<string, bigint>();
        const add = (currency: string, value: bigint): void =>
          void expected.set(currency, (expected.get(currency) ?? 0n) + value);
        for (const { side, price, quantity, fee, feeCurrency } of fills) {
          const sign = side === 'buy' ? 1n : -1n;
          add('BTC', sign * baseAmount(rules, quantity));
          add('USDT', -sign * notional(rules, price, quantity));
          add(feeCurrency, -fee);
        }
        const changes = balanceChanges(rules, fold(fills));
        for (const [currency, value] of expected) {
          expect([currency, changes.get(currency) ?? 0n]).toEqual([currency, value]);
        }
      }),
    );
  });

  test('fees in the base currency are valued at the mark', () => {
    const position = fold([fill('buy', 1_000_000, 100_000, '0.001', 'BTC'), fill('buy', 1_000_000, 100_000, '2')]);
    expect(formatMoney(feesInQuote(rules, position, priceTicks(2_000_000)))).toBe('22');
  });
});
