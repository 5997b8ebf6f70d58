import { describe, expect, test } from '@jest/globals';
import {
  type PriceTicks,
  type QuantityLots,
  divideRounded,
  formatDecimal,
  formatMoney,
  money,
} from '@portcullis/kernel';
import { formatPrice, formatQuantity, instrumentRules } from '@portcullis/market';
import fc from 'fast-check';
import { definition } from '../test/language.ts';
import { AVERAGE_DIGITS, ExactText, moneyText, sampleText } from './exact-text.ts';

const increments = fc.constantFrom('1', '0.01', '0.5', '0.00001', '25', '0.0025');
const whole = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.maxSafeInteger());

function rulesOf(tickSize: string, lotSize: string) {
  const bounds = { quantityMin: lotSize, quantityMax: lotSize, priceMin: tickSize, priceMax: tickSize };
  const rules = instrumentRules({ ...definition(), tickSize, lotSize, ...bounds });
  if (!rules.ok) throw new Error(rules.error.field);
  return rules.value;
}

describe('the fast spelling is the exact one', () => {
  test('of money', () => {
    const digits = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    const round = fc.tuple(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 12 }));
    fc.assert(
      fc.property(
        fc.oneof(
          digits,
          round.map(([value, zeros]) => value * 10n ** BigInt(zeros)),
        ),
        (units) => {
          expect(moneyText(money(units))).toBe(formatMoney(money(units)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('of prices, quantities and the middle of two prices', () => {
    fc.assert(
      fc.property(increments, increments, whole, (tickSize, lotSize, value) => {
        const rules = rulesOf(tickSize, lotSize);
        const text = new ExactText(rules);
        expect(text.price(value)).toBe(formatPrice(rules, value as PriceTicks));
        expect(text.quantity(value)).toBe(formatQuantity(rules, value as QuantityLots));
        const { units, scale } = rules.tickSize;
        if (Math.abs(value) < 10 ** 12) {
          expect(text.halfPrice(value)).toBe(formatDecimal(BigInt(value) * units * 5n, scale + 1));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('of average prices, rounded', () => {
    const lots = fc.integer({ min: 1, max: 10 ** 9 });
    fc.assert(
      fc.property(increments, fc.bigInt({ min: 1n, max: 10n ** 20n }), lots, (tickSize, value, count) => {
        const { units, scale } = rulesOf(tickSize, '1').tickSize;
        const rounded = divideRounded(value * units * 10n ** BigInt(AVERAGE_DIGITS), BigInt(count));
        expect(new ExactText(rulesOf(tickSize, '1')).averagePrice(value, count)).toBe(
          formatDecimal(rounded, scale + AVERAGE_DIGITS),
        );
      }),
      { numRuns: 500 },
    );
  });
});

test('samples are plain decimals', () => {
  expect([0, -0, 1.5, -0.0000001, 1e-7, 1234567.891, NaN, Infinity, 1e15].map(sampleText)).toEqual([
    '0',
    '0',
    '1.5',
    '0',
    '0',
    '1234567.891',
    '0',
    '0',
    '1000000000000000',
  ]);
});
