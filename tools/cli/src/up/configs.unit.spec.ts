import { describe, expect, test } from '@jest/globals';
import { gateLimitsSchema } from '@portcullis/contracts';
import { compareDecimals, parseDecimal } from '@portcullis/kernel';
import { GENERATED_INSTRUMENT, demoLimits, demoSizes } from './demo.ts';

const value = (text: string): { units: bigint; scale: number } => {
  const parsed = parseDecimal(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
};
const isLess = (a: string, b: string): boolean => compareDecimals(value(a), value(b)) < 0;

describe('the sizes of the demo', () => {
  test.each([
    ['a bitcoin', GENERATED_INSTRUMENT, '60000', '0.00334', 600],
    [
      'something cheap in whole units',
      { ...GENERATED_INSTRUMENT, lotSize: '1', quantityMin: '1', tickSize: '0.0001' },
      '0.1234',
      '1621',
      1,
    ],
    [
      'something dear with a large lot',
      { ...GENERATED_INSTRUMENT, lotSize: '0.1', quantityMin: '0.5' },
      '90000',
      '0.5',
      900,
    ],
    ['a venue that wants large orders', { ...GENERATED_INSTRUMENT, notionalMin: '100' }, '60000', '0.005', 600],
  ])('fit %s', (_name, instrument, price, order, ticks) => {
    const sizes = demoSizes(instrument, price);
    expect([sizes.order, sizes.basisPointTicks]).toEqual([order, ticks]);
    expect(isLess(sizes.order, sizes.runPositionMax)).toBe(true);
    // So that the gate has something to say before the strategy stops by itself.
    expect(isLess(sizes.runPositionMax, sizes.inventoryMax)).toBe(true);
    expect(isLess(sizes.runPositionMax, sizes.accountPositionMax)).toBe(true);
    expect(gateLimitsSchema.parse(demoLimits(sizes))).toEqual(demoLimits(sizes));
  });
});
