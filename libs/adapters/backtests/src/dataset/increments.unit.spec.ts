import { describe, expect, test } from '@jest/globals';
import { pow10 } from '@portcullis/kernel';
import fc from 'fast-check';
import { exactly, incrementsOf, NOT_EXACT, roundedDown } from './increments.ts';

const increment = fc.record({
  units: fc.integer({ min: 1, max: 250 }).map(BigInt),
  scale: fc.integer({ min: 0, max: 12 }),
});
const value = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(1_000_000),
  fc.integer({ min: 0, max: 40 }).map((power) => 2 ** power),
);

describe('scaled integers as multiples of an increment', () => {
  test('agree with exact arithmetic', () => {
    fc.assert(
      fc.property(increment, value, fc.integer({ min: 0, max: 18 }), ({ units, scale }, scaled, of) => {
        const { num, den } = incrementsOf({ units, scale });
        const above = BigInt(scaled) * pow10(scale);
        const below = units * pow10(of);
        const whole = above / below;
        const isSafe = Number.isSafeInteger(scaled * (num[of] as number));
        const exact = isSafe && whole * below === above ? Number(whole) : NOT_EXACT;
        expect(exactly(scaled, num[of] as number, den[of] as number)).toBe(exact);
        expect(roundedDown(scaled, num[of] as number, den[of] as number)).toBe(isSafe ? Number(whole) : NOT_EXACT);
      }),
    );
  });

  test.each([-1, Number.NaN, Infinity, 2 ** 53])('%d is none', (bad) => {
    expect([exactly(bad, 1, 1), roundedDown(bad, 1, 3)]).toEqual([NOT_EXACT, NOT_EXACT]);
  });
});
