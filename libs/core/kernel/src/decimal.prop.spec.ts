import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareDecimals, divideRounded, formatDecimal, formatFixed, parseDecimal, rescaleExact } from './decimal.ts';
import { MONEY_SCALE, formatMoney, money, parseMoney } from './money.ts';

const units = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
const scales = fc.integer({ min: 0, max: 24 });

describe('decimal strings at the border', () => {
  test('what is printed parses back to the same value', () => {
    fc.assert(
      fc.property(units, scales, (value, scale) => {
        const parsed = parseDecimal(formatDecimal(value, scale));
        expect(parsed.ok && rescaleExact(parsed.value, scale)).toBe(value);
      }),
    );
  });

  test('the fixed form parses to the same value as the short form', () => {
    fc.assert(
      fc.property(units, scales, (value, scale) => {
        const short = parseDecimal(formatDecimal(value, scale));
        const fixed = parseDecimal(formatFixed(value, scale).replace(/^-(0(\.0*)?)$/, '$1'));
        expect(short.ok && fixed.ok && compareDecimals(short.value, fixed.value)).toBe(0);
      }),
    );
  });

  test('money survives the round trip and never loses a digit', () => {
    fc.assert(
      fc.property(units, (value) => {
        const parsed = parseMoney(formatMoney(money(value)));
        expect(parsed).toEqual({ ok: true, value });
      }),
    );
  });

  test('one digit more than money has is refused, not rounded', () => {
    const text = `0.${'0'.repeat(MONEY_SCALE)}1`;
    expect(parseMoney(text, 'fee')).toEqual({
      ok: false,
      error: { field: 'fee', value: text, expected: 'at most 12 digits after the point' },
    });
  });

  test.each(['', '1e5', '+1', '01', '1.', '.5', 'NaN', 'Infinity', '1,5', ' 1', '0x10', '--1', '1'.repeat(65)])(
    'refuses %j',
    (text) => {
      expect(parseDecimal(text).ok).toBe(false);
    },
  );

  test('comparison agrees with the difference', () => {
    fc.assert(
      fc.property(units, scales, units, scales, (a, as, b, bs) => {
        const scale = Math.max(as, bs);
        const difference = a * 10n ** BigInt(scale - as) - b * 10n ** BigInt(scale - bs);
        expect(Math.sign(compareDecimals({ units: a, scale: as }, { units: b, scale: bs }))).toBe(
          difference < 0n ? -1 : difference > 0n ? 1 : 0,
        );
      }),
    );
  });

  test('rounded division is within half of a unit, halves away from zero', () => {
    fc.assert(
      fc.property(units, fc.bigInt({ min: 1n, max: 10n ** 20n }), (numerator, denominator) => {
        const error = divideRounded(numerator, denominator) * denominator - numerator;
        expect((error < 0n ? -error : error) * 2n <= denominator).toBe(true);
      }),
    );
    expect([divideRounded(5n, 2n), divideRounded(-5n, 2n), divideRounded(7n, 3n)]).toEqual([3n, -3n, 2n]);
  });
});
