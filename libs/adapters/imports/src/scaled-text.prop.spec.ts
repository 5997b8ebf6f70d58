import { expect, test } from '@jest/globals';
import { formatScaled } from '@portcullis/market';
import fc from 'fast-check';
import { atOneScale, scaledOf, scaledOfDouble } from './scaled-text.ts';

test('a plain decimal keeps its value exactly, and its zeros', () => {
  expect(scaledOf('7195.24000000')).toEqual({ units: 719_524_000_000, scale: 8 });
  expect(scaledOf('12')).toEqual({ units: 12, scale: 0 });
  expect(scaledOf('.5')).toEqual({ units: 5, scale: 1 });
  expect(scaledOf('1e-7')).toEqual({ units: 1, scale: 7 });
  expect(scaledOf('1.5E3')).toEqual({ units: 1500, scale: 0 });
  expect(scaledOf('-0.0')).toEqual({ units: 0, scale: 1 });
  expect(scaledOf('123456789012345.00000000')).toEqual({ units: 123_456_789_012_345, scale: 0 });
});

test('what is no number or does not fit is refused, never rounded', () => {
  for (const text of [
    '',
    '.',
    'abc',
    '1.2.3',
    '1,5',
    '0x10',
    'NaN',
    'Infinity',
    '1e',
    ' 1',
    '12345678901234567.1',
    `1e-19`,
  ]) {
    expect([text, scaledOf(text)]).toEqual([text, undefined]);
  }
});

test('any safe integer at any scale comes back from its text', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 18 }), (units, scale) => {
      const text = formatScaled(units, scale);
      const back = scaledOf(text);
      expect(back === undefined ? undefined : formatScaled(back.units, back.scale)).toBe(text);
    }),
  );
});

test('a printed double is its shortest text, and the trace of a computation is taken off', () => {
  expect(scaledOfDouble('43059.97')).toEqual({ units: 4_305_997, scale: 2, rounded: false });
  expect(scaledOfDouble('0.00031099999999999997')).toEqual({ units: 311, scale: 6, rounded: true });
  expect(scaledOfDouble('6.1153319800000006')).toEqual({ units: 611_533_198, scale: 8, rounded: true });
  expect(scaledOfDouble('10.344205490000018')).toEqual({ units: 1_034_420_549, scale: 8, rounded: true });
  expect(scaledOfDouble('0.8759415300000005')).toEqual({ units: 87_594_153, scale: 8, rounded: true });
  expect(scaledOfDouble('0.9999999999999999')).toEqual({ units: 1, scale: 0, rounded: true });
  expect(scaledOfDouble('12345678.12345678')).toEqual({ units: 1_234_567_812_345_678, scale: 8, rounded: false });
  expect(scaledOfDouble('1e-05')).toEqual({ units: 1, scale: 5, rounded: false });
  expect(scaledOfDouble('nan')).toBeUndefined();
});

test('every decimal of up to 15 digits survives a double', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999_999_999_999_999 }), fc.integer({ min: 0, max: 12 }), (units, scale) => {
      const text = formatScaled(units, scale);
      const scaled = scaledOfDouble(String(Number(text)));
      expect(scaled === undefined ? undefined : formatScaled(scaled.units, scaled.scale)).toBe(text);
    }),
  );
});

test('numbers come to one scale, or not at all', () => {
  expect(
    atOneScale([
      { units: 15, scale: 1 },
      { units: 2, scale: 0 },
    ]),
  ).toEqual({ units: [15, 20], scale: 1 });
  expect(
    atOneScale([
      { units: 9_000_000_000_000, scale: 0 },
      { units: 1, scale: 8 },
    ]),
  ).toBeUndefined();
});
