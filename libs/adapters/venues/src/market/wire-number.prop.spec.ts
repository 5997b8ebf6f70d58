import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatScaled, parseScaled } from '@portcullis/market';
import { Malformed } from './frame-members.ts';
import { alike, alikeSides, readNumber } from './wire-number.ts';

describe('numbers as venues write them', () => {
  test.each([
    ['0', 0, 0, 0],
    ['-0', 0, 0, 0],
    ['0.00', 0, 0, 2],
    ['105944.20', 1_059_442, 1, 2],
    ['-0.0005', -5, 4, 4],
    ['9007199254740991', 9_007_199_254_740_991, 0, 0],
    ['1e-8', 1, 8, 8],
    ['5E-05', 5, 5, 5],
    ['1.50e-3', 15, 4, 5],
    ['1.25e2', 125, 0, 0],
    ['1.255e+2', 1255, 1, 1],
    ['0e5', 0, 0, 0],
    ['12e0', 12, 0, 0],
    ['0.000000000000000001', 1, 18, 18],
  ])('%s', (text, value, scale, places) => {
    expect(readNumber(text)).toEqual({ value, scale, places });
  });

  test.each([
    '',
    '-',
    '.5',
    '5.',
    '01',
    '00',
    '+1',
    '1e',
    'e5',
    '1e99',
    '1.2.3',
    ' 1',
    '1 ',
    '0x10',
    'NaN',
    'Infinity',
    '1_000',
    '9007199254740992',
    '90071992547409.911',
    '0.0000000000000000001',
    '1'.repeat(65),
  ])('%p is none', (text) => {
    expect(readNumber(text)).toBeUndefined();
  });

  test('are what the core reads where they are plain, and no digit is lost', () => {
    const plain = fc
      .tuple(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), fc.integer({ min: 0, max: 19 }))
      .map(([digits, scale]) => {
        const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
        const point = text.length - scale;
        return `${digits < 0n ? '-' : ''}${text.slice(0, point)}${scale > 0 ? `.${text.slice(point)}` : ''}`;
      });
    fc.assert(
      fc.property(plain, fc.integer({ min: -30, max: 30 }), (text, exponent) => {
        const ours = readNumber(text);
        const theirs = parseScaled(text);
        expect(ours === undefined ? undefined : { value: ours.value, scale: ours.scale }).toEqual(theirs);
        const shifted = readNumber(`${text}e${exponent}`);
        if (shifted !== undefined) {
          expect(Number(formatScaled(shifted.value, shifted.scale))).toBe(Number(`${text}e${exponent}`) + 0);
        }
      }),
    );
  });

  test('never throw and are safe, whatever the text', () => {
    const near = fc.array(fc.constantFrom(...'0123456789.eE+-# x'), { maxLength: 70 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (text) => {
        const number = readNumber(text);
        if (number === undefined) return;
        expect(Number.isSafeInteger(number.value)).toBe(true);
        expect(number.scale).toBeLessThanOrEqual(Math.min(18, number.places));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('numbers at one scale', () => {
  const numbers = (...texts: string[]) => texts.map((text) => readNumber(text) ?? { value: NaN, scale: 0 });

  test('keep the settled scale while they fit, else take their own', () => {
    expect(alike(numbers('1.5', '2'), 0, 'price')).toEqual({ scale: 1, values: [15, 20] });
    expect(alike(numbers('1.5', '2'), 3, 'price')).toEqual({ scale: 3, values: [1500, 2000] });
    expect(alike(numbers('61602.01'), 17, 'price')).toEqual({ scale: 2, values: [6_160_201] });
    expect(() => alike(numbers('1e-18', '61602'), 0, 'price')).toThrow(Malformed);
  });

  test('prices and quantities of a book have one each', () => {
    const sides = { bids: numbers('1.5', '0.25'), asks: numbers('2', '10') };
    expect(alikeSides(sides, { priceScale: 0, quantityScale: 3 })).toEqual({
      bids: [15, 250],
      asks: [20, 10_000],
      priceScale: 1,
      quantityScale: 3,
    });
    const far = { bids: numbers('9007199254740991', '1'), asks: numbers('1', '0.00000001') };
    expect(alikeSides(far, { priceScale: 5, quantityScale: 0 })).toMatchObject({ priceScale: 0, quantityScale: 8 });
    expect(() =>
      alikeSides({ bids: numbers('9007199254740991', '1', '0.1', '1'), asks: [] }, { priceScale: 0, quantityScale: 0 }),
    ).toThrow('price');
  });
});
