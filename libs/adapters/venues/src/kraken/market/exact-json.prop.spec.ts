import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { numberText, parseExactly } from './exact-json.ts';

/** The value with numbers as `JSON` would have read them. */
function read(value: unknown): unknown {
  const text = numberText(value);
  if (text !== value) return Number(text);
  if (Array.isArray(value)) return value.map(read);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, read(member)]));
}

describe('JSON whose numbers keep their digits', () => {
  test('is otherwise what JSON is, texts with escapes included', () => {
    const text = fc
      .string({ unit: fc.constantFrom(...'a0"\\\n-1.5e,:[]{} é') })
      .filter((each) => !each.startsWith('#'));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(null, true),
        tie('list'),
        tie('members'),
      ),
      list: fc.array(tie('tree'), { maxLength: 4 }),
      members: fc.dictionary(text, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(tree, fc.nat({ max: 2 }), (value, indent) => {
        const json = JSON.stringify(value, null, indent);
        expect(read(parseExactly(json))).toEqual(JSON.parse(json));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['{"price":0.10000000}', '0.10000000'],
    ['{"price": -1.50e-08 }', '-1.50e-08'],
    ['{"price":15113583034416118705}', '15113583034416118705'],
  ])('digits of %s', (text, expected) => {
    expect(numberText((parseExactly(text) as { price: unknown }).price)).toBe(expected);
  });

  test.each(['', '{', '{"a":}', '{"a":-}', '{"a":1 2}', '{"a":"1}', '{"a":"\\"}', '{"a":1"b"}', '1"', '"1'])(
    '%p is none',
    (text) => {
      expect(() => parseExactly(text)).toThrow('frame');
    },
  );

  test('of any size is read without running out of stack', () => {
    expect(() => parseExactly(`{"a":"${'\\"'.repeat(1_000_000)}"}`)).not.toThrow();
    expect(() => parseExactly('"'.repeat(1_000_001))).toThrow('frame');
  });
});
