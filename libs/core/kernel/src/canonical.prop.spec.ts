import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AssertionFailure } from './assert.ts';
import { canonicalJson } from './canonical.ts';
import { base36OfHex, contentHash, derivedId } from './ids.ts';

const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }).map((entries) => ({ ...entries })),
  ),
})).value;

describe('canonical JSON', () => {
  test('parses back to the same value', () => {
    fc.assert(fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(value)));
  });

  test('does not depend on the order in which members were added', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(text, fc.integer()), { selector: ([key]) => key, maxLength: 8 }),
        (entries) => {
          const forward = Object.fromEntries(entries);
          const backward = Object.fromEntries([...entries].reverse());
          expect(canonicalJson(backward)).toBe(canonicalJson(forward));
          expect(contentHash(backward)).toBe(contentHash(forward));
        },
      ),
    );
  });

  test('sorts by UTF-16 code units as RFC 8785 §3.2.3 shows', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toEqual(
      expect.arrayContaining(Object.values(value)),
    );
    expect(canonicalJson(value).indexOf('Emoji')).toBeLessThan(canonicalJson(value).indexOf('Hebrew'));
  });

  test.each([
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -0,
    2 ** 53,
    1n,
    undefined,
    () => 1,
    new Date(0),
    '\ud800',
    Symbol('s'),
  ])('refuses %p, which has no single spelling', (value) => {
    expect(() => canonicalJson({ value: [value] })).toThrow(AssertionFailure);
  });

  test('derived ids differ by domain and by every part', () => {
    const ids = [
      derivedId('a', 'x', 1),
      derivedId('b', 'x', 1),
      derivedId('a', 'x', 2),
      derivedId('a', 'x1'),
      derivedId('a', 'x', '1'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(base36OfHex(derivedId('a'), 22)).toMatch(/^[0-9a-z]{22}$/);
  });
});
