import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { ScaledEvent } from '@portcullis/market';
import type { MarketDialect } from '../src/market/dialect.ts';

const RECEIVED = 1_700_000_000_000_000;

/** Every number in an event is a safe integer, scales are in their range, and texts are not empty. */
function expectSafe(event: ScaledEvent): void {
  for (const [member, value] of Object.entries(event)) {
    if (typeof value === 'number') {
      expect([member, Number.isSafeInteger(value), Object.is(value, -0)]).toEqual([member, true, false]);
    } else if (Array.isArray(value)) {
      expect(value.every((each) => Number.isSafeInteger(each) && (each as number) >= 0)).toBe(true);
      expect(value.length % 2).toBe(0);
    }
    if (member.endsWith('Scale')) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThanOrEqual(18);
    }
  }
  expect(event.symbol).toMatch(/^[A-Za-z0-9_/:-]{1,64}$/);
}

/** The events of frames on one connection; every promise of a parser that keeps a checksum is checked on the way. */
export function parseAll(dialect: MarketDialect, frames: readonly Uint8Array[]): ScaledEvent[] {
  const parser = dialect.parser();
  const all: ScaledEvent[] = [];
  for (const frame of frames) {
    const out: ScaledEvent[] = [];
    const error = parser.parse(frame, RECEIVED, out);
    if (error !== undefined) {
      expect(out).toEqual([]);
      expect(error.value.length).toBeLessThanOrEqual(100);
    }
    for (const event of out) {
      expectSafe(event);
      if (event.kind !== 'delta' && event.kind !== 'snapshot') continue;
      expect(Number.isInteger(parser.checksum?.of(event.symbol, event.bids, event.asks))).toBe(true);
    }
    all.push(...out);
  }
  return all;
}

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom('replace', 'insert', 'remove', 'cut', 'append'),
  byte: fc.oneof(fc.constantFrom(...'0123456789.",:[]{}-eE#\\'), fc.string({ minLength: 1, maxLength: 3 })),
});
function mutated(text: string, { at, how, byte }: { at: number; how: string; byte: string }): string {
  const place = Math.floor(at * text.length);
  if (how === 'append') return text + byte;
  if (how === 'cut') return text.slice(0, place);
  return text.slice(0, place) + (how === 'remove' ? '' : byte) + text.slice(how === 'insert' ? place : place + 1);
}

/** Anything where a value stands. */
const junk = fc.oneof(
  fc.json({ maxDepth: 2 }),
  fc.constantFrom(
    'null',
    '{}',
    '[]',
    '""',
    '-1',
    '1e400',
    '"1e-18"',
    '9007199254740992',
    '{"toString":1}',
    '{"__proto__":{"a":1}}',
  ),
);

/** The text with something else in place of its nth value. */
function withValue(text: string, nth: number, value: string): string {
  const values = [...text.matchAll(/"[^"]*"(?!:)|(?<=[:[,])-?[0-9][0-9.eE+-]*|\[|\{/g)];
  const { index = 0, 0: found = '' } = values[nth % values.length] ?? {};
  return text.slice(0, index) + value + text.slice(index + found.length);
}

/** Sound frames, the same with bytes or values changed, and whatever else. */
export function hostileTexts(sound: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: sound },
    { weight: 4, arbitrary: fc.tuple(sound, mutation).map(([text, how]) => mutated(text, how)) },
    {
      weight: 4,
      arbitrary: fc.tuple(sound, fc.nat(), junk).map(([text, nth, value]) => withValue(text, nth, value)),
    },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string() },
  );
}
