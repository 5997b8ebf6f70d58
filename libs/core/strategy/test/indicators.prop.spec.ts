import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { getStandardDeviation } from 'trading-signals';
import {
  type Indicator,
  atr,
  bollinger,
  ema,
  highest,
  lowest,
  macd,
  movingSumsCross,
  rsi,
  sma,
  standardDeviation,
  wma,
} from '../src/index.ts';

const price = fc.oneof(
  fc.double({ min: 1, max: 1e6, noNaN: true }),
  fc.integer({ min: 1, max: 20 }),
  fc.constantFrom(0, -0, -3.5),
);
const whole = fc.integer({ min: 1, max: 50 });
const bar = fc
  .tuple(price, fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([low, range, at]) => ({ low, high: low + range, close: low + range * at }));

/** Each with what it takes, and after how many values it has one of its own. */
const all: readonly {
  readonly name: string;
  readonly warm: number;
  make(): Indicator<unknown, never>;
  readonly input: fc.Arbitrary<unknown>;
}[] = [
  { name: 'sma', warm: 7, make: () => sma(7), input: price },
  { name: 'ema', warm: 7, make: () => ema(7), input: price },
  { name: 'wma', warm: 7, make: () => wma(7), input: price },
  { name: 'rsi', warm: 8, make: () => rsi(7), input: price },
  { name: 'atr', warm: 7, make: () => atr(7), input: bar },
  { name: 'bollinger', warm: 7, make: () => bollinger(7, 2.5), input: price },
  { name: 'macd', warm: 11, make: () => macd(3, 7, 5), input: price },
  { name: 'standardDeviation', warm: 7, make: () => standardDeviation(7), input: price },
  { name: 'highest', warm: 7, make: () => highest(7), input: price },
  { name: 'lowest', warm: 7, make: () => lowest(7), input: price },
  { name: 'movingSumsCross', warm: 7, make: () => movingSumsCross(3, 7), input: whole },
];

describe.each(all)('$name', ({ make, warm, input }) => {
  test('goes on from a snapshot taken anywhere with identical values', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 40 }), fc.nat(40), (values, at) => {
        const through = make();
        let resumed = make();
        values.forEach((value, index) => {
          if (index === at) {
            const kept = JSON.stringify(resumed.snapshot());
            resumed = make();
            // One that is not new is emptied first.
            resumed.update(value as never);
            resumed.restore(JSON.parse(kept));
          }
          const expected = through.update(value as never);
          expect(resumed.update(value as never)).toEqual(expected);
          expect(resumed.value).toEqual(through.value);
        });
        expect(JSON.stringify(resumed.snapshot())).toBe(JSON.stringify(through.snapshot()));
      }),
    );
  });

  test('has a value after so many values and never before', () => {
    fc.assert(
      fc.property(fc.array(input, { maxLength: 20 }), (values) => {
        const indicator = make();
        expect(indicator.value).toBeUndefined();
        values.forEach((value, index) => {
          expect(indicator.update(value as never) !== undefined).toBe(index + 1 >= warm);
        });
      }),
    );
  });

  test('keeps no more the longer it runs', () => {
    const indicator = make();
    const values = fc.sample(input, { numRuns: 100, seed: 7 });
    const size = (): number => JSON.stringify(indicator.snapshot()).length;
    for (let at = 0; at < 10_000; at += 1) indicator.update(values[at % 100] as never);
    const early = size();
    for (let at = 0; at < 90_000; at += 1) indicator.update(values[at % 100] as never);
    expect(size()).toBeLessThan(early + 100);
  });

  test('refuses what is not a number, and is not hurt by it', () => {
    const indicator = make();
    const values = fc.sample(input, { numRuns: 12, seed: 3 });
    for (const value of values) indicator.update(value as never);
    const before = JSON.stringify(indicator.snapshot());
    for (const wrong of [NaN, Infinity, -Infinity]) {
      const value = { high: wrong, low: 1, close: 1 };
      expect(() => indicator.update((typeof values[0] === 'number' ? wrong : value) as never)).toThrow(RangeError);
    }
    expect(JSON.stringify(indicator.snapshot())).toBe(before);
  });
});

describe('extremes', () => {
  test('are those of the window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(price, { maxLength: 60 }), (length, values) => {
        const top = highest(length);
        const bottom = lowest(length);
        values.forEach((value, at) => {
          const window = values.slice(Math.max(0, at + 1 - length), at + 1).map((each) => each + 0);
          const full = at + 1 >= length;
          expect(top.update(value)).toBe(full ? Math.max(...window) : undefined);
          expect(bottom.update(value)).toBe(full ? Math.min(...window) : undefined);
        });
      }),
    );
  });
});

describe('standard deviation', () => {
  test('is that of the library, exactly', () => {
    fc.assert(
      fc.property(fc.array(price, { minLength: 5, maxLength: 30 }), (values) => {
        const indicator = standardDeviation(5);
        for (const value of values) indicator.update(value);
        expect(indicator.value).toBe(getStandardDeviation(values.slice(-5)));
      }),
    );
  });
});

describe('an average', () => {
  test('is what its formula says', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const last = <T>(indicator: Indicator<T>): T | undefined => values.map((value) => indicator.update(value)).at(-1);
    expect(last(sma(4))).toBe((5 + 9 + 2 + 6) / 4);
    expect(last(wma(4))).toBe((5 + 2 * 9 + 3 * 2 + 4 * 6) / 10);
    expect(last(ema(1))).toBe(6);
    expect(last(standardDeviation(2))).toBe(2);
    expect(last(bollinger(2, 3))).toEqual({ lower: -2, middle: 4, upper: 10 });
    const [fast, slow] = [ema(2), ema(4)];
    values.forEach((value) => [fast, slow].forEach((each) => each.update(value)));
    expect(last(macd(2, 4, 3))?.macd).toBeCloseTo(fast.value! - slow.value!, 12);
    // Two changes each of +2 and -1: gains 1, losses 0.5 on average.
    const index = rsi(2);
    for (const value of [10, 12, 11]) index.update(value);
    expect(index.value).toBeCloseTo(100 - 100 / (1 + 2), 12);
    const range = atr(2);
    range.update({ high: 12, low: 10, close: 11 });
    range.update({ high: 15, low: 13, close: 14 });
    expect(range.value).toBe((2 + 4) / 2);
    range.update({ high: 14, low: 13, close: 13 });
    expect(range.value).toBe(3 + (1 - 3) / 2);
  });

  test('refuses lengths that are none', () => {
    for (const make of [sma, ema, wma, rsi, atr, bollinger, standardDeviation, highest, lowest]) {
      for (const length of [0, -1, 1.5, NaN, 10_001]) expect(() => make(length)).toThrow(RangeError);
    }
    expect(() => rsi(1)).toThrow(RangeError);
    expect(() => macd(9, 9, 3)).toThrow(RangeError);
    expect(() => bollinger(5, NaN)).toThrow(RangeError);
  });
});
