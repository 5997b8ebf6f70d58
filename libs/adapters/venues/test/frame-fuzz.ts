import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { ScaledEvent } from '@portcullis/market';
import type { MarketDialect } from '../src/market/dialect.ts';

const RECEIVED = 1_700_000_000_000_000;

const byte = fc.oneof(fc.constantFrom(...'0123456789.",:[]{}-eE '), fc.string({ minLength: 1, maxLength: 1 }));
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom('replace', 'insert', 'remove', 'cut'),
  byte,
});
const value = fc.oneof(
  fc.constantFrom('9007199254740992', '0.000000000000000001', '9007199254740991', '1e400', '-0', 'NaN', '', '0'),
  fc.double(),
  fc.jsonValue(),
);

/** Frames as the venue writes them with bytes changed, members exchanged for others, and whatever else is JSON or not. */
export function damaged(frames: readonly unknown[]): fc.Arbitrary<Uint8Array> {
  const texts = fc.constantFrom(...frames.map((frame) => JSON.stringify(frame)));
  const bytes = fc.tuple(texts, fc.array(mutation, { maxLength: 3 })).map(([text, some]) => some.reduce(mutated, text));
  const members = fc.tuple(fc.constantFrom(...frames), fc.nat(200), value).map(([frame, at, other]) => {
    let seen = 0;
    return JSON.stringify(frame, (_key, member: unknown) => (seen++ === at ? other : member)) ?? 'null';
  });
  return fc.oneof(
    { weight: 4, arbitrary: fc.oneof(bytes, members).map((text) => Buffer.from(text)) },
    {
      weight: 1,
      arbitrary: fc.oneof(
        fc.json().map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 200 }),
      ),
    },
  );
}

function mutated(text: string, { at, how, byte: other }: { at: number; how: string; byte: string }): string {
  const place = Math.floor(at * text.length);
  if (how === 'cut') return text.slice(0, place);
  return text.slice(0, place) + (how === 'remove' ? '' : other) + text.slice(how === 'insert' ? place : place + 1);
}

/** Whatever comes: nothing is thrown, only integers that are exact are told, and of what is malformed only the hole before it. */
export function checkParser(dialect: MarketDialect, frames: readonly Uint8Array[]): void {
  const parser = dialect.parser();
  for (const frame of frames) {
    const out: ScaledEvent[] = [];
    const error = parser.parse(frame, RECEIVED, out);
    if (error !== undefined) {
      expect(error.value.length).toBeLessThanOrEqual(100);
      expect(out.filter(({ kind }) => kind !== 'gap')).toEqual([]);
    }
    for (const event of out) checkNumbers(event);
  }
}

function checkNumbers(event: ScaledEvent): void {
  for (const [name, member] of Object.entries(event)) {
    for (const number of Array.isArray(member) ? (member as unknown[]) : [member]) {
      if (typeof number !== 'number') continue;
      if (!Number.isSafeInteger(number)) throw new Error(`${name} of ${event.kind} is ${number}`);
      if (number < 0 && !MAY_BE_NEGATIVE.has(name)) throw new Error(`${name} of ${event.kind} is ${number}`);
    }
  }
  if (event.kind === 'trade') expect(event.tradeId.length).toBeGreaterThan(0);
  if ('priceScale' in event) expect(event.priceScale).toBeLessThanOrEqual(18);
}

/** -1 says that something is not known; funding rates are negative by nature. */
const MAY_BE_NEGATIVE = new Set(['previousSequence', 'index', 'rate', 'takerVolume', 'count']);
