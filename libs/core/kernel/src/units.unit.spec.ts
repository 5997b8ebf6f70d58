import { describe, expect, test } from '@jest/globals';
import { AssertionFailure, assert, required, unreachable } from './assert.ts';
import { describeInputError, err, ok } from './result.ts';
import { addLots, micros, priceTicks, quantityLots } from './units.ts';

describe('units', () => {
  test.each([2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    '%p is outside the safe integers',
    (value) => {
      for (const make of [priceTicks, quantityLots, micros]) expect(() => make(value)).toThrow(AssertionFailure);
    },
  );

  test('a sum that leaves the safe range is an assertion, not a wrong number', () => {
    expect(() => addLots(Number.MAX_SAFE_INTEGER, 1)).toThrow(AssertionFailure);
    expect(addLots(2, -3)).toBe(-1);
  });

  test('assertions name what is missing', () => {
    expect(() => required(undefined, 'lease')).toThrow('missing lease');
    expect(() => assert(false, 'no')).toThrow('no');
    expect(() => unreachable('x' as never)).toThrow('unreachable value: "x"');
  });

  test('results carry their value or their error', () => {
    expect([ok(1), err('e')]).toEqual([
      { ok: true, value: 1 },
      { ok: false, error: 'e' },
    ]);
    expect(describeInputError({ field: 'price', value: 'x', expected: 'a number' })).toBe(
      'price is "x", expected a number',
    );
  });
});
