import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type ScaledEvent, formatScaled } from '@portcullis/market';
import { krakenDialect } from './dialect.ts';

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

function parseAll(frames: readonly Uint8Array[]): ScaledEvent[] {
  const parser = krakenDialect.parser();
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

const digits = fc.oneof(
  fc.tuple(fc.nat({ max: 99_999 }), fc.nat({ max: 99_999_999 })).map(([a, b]) => `${a}.${String(b).padStart(8, '0')}`),
  fc.nat({ max: 100_000 }).map(String),
  fc.constantFrom('0', '0.00000000', '1e-8', '5E-05', '900719925474099.1', '0.000000000000000001', '9007199254740991'),
);
const time = fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 }).map((ms) => new Date(ms).toISOString());
const seconds = fc.tuple(fc.integer({ min: 1_500_000_000, max: 1_900_000_000 }), fc.nat({ max: 999_999 }));
const secondsText = seconds.map(([s, f]) => `${s}.${String(f).padStart(6, '0')}`);
const symbol = fc.constantFrom('BTC/USD', 'XBT/USD', 'METAx/USD');
const side2 = fc
  .array(fc.tuple(digits, digits), { maxLength: 5 })
  .map((levels) => `[${levels.map(([p, q]) => `{"price":${p},"qty":${q}}`).join(',')}]`);
const side1 = fc
  .array(fc.tuple(digits, digits, secondsText), { minLength: 1, maxLength: 5 })
  .map((levels) => `[${levels.map(([p, q, t]) => `["${p}","${q}","${t}"]`).join(',')}]`);
const crc = fc.nat({ max: 0xffff_ffff });

const sound = fc.oneof(
  fc
    .tuple(fc.constantFrom('snapshot', 'update'), symbol, side2, side2, crc, time)
    .map(
      ([type, s, b, a, c, t]) =>
        `{"channel":"book","type":"${type}","data":[{"symbol":"${s}","bids":${b},"asks":${a},"checksum":${c},"timestamp":"${t}"}]}`,
    ),
  fc
    .tuple(symbol, digits, digits, fc.nat(), time)
    .map(
      ([s, p, q, id, t]) =>
        `{"channel":"trade","type":"update","data":[{"symbol":"${s}","side":"sell","price":${p},"qty":${q},"ord_type":"limit","trade_id":${id},"timestamp":"${t}"}]}`,
    ),
  fc
    .tuple(symbol, digits, digits, digits, digits)
    .map(
      ([s, b, B, a, A]) =>
        `{"channel":"ticker","type":"update","data":[{"symbol":"${s}","bid":${b},"bid_qty":${B},"ask":${a},"ask_qty":${A}}]}`,
    ),
  fc
    .tuple(symbol, fc.integer({ min: 10, max: 59 }), digits, digits)
    .map(
      ([s, minute, p, v]) =>
        `{"channel":"ohlc","type":"update","data":[{"symbol":"${s}","open":${p},"high":${p},"low":${p},"close":1.5,"trades":3,"volume":${v},"interval_begin":"2026-09-10T17:${minute}:00.000000000Z","interval":1}]}`,
    ),
  fc
    .tuple(symbol, fc.nat({ max: 12 }), fc.nat({ max: 12 }))
    .map(
      ([s, p, q]) =>
        `{"channel":"instrument","type":"update","data":{"pairs":[{"symbol":"${s}","price_precision":${p},"qty_precision":${q},"qty_min":5e-05}]}}`,
    ),
  fc.tuple(symbol, side1, side1).map(([s, a, b]) => `[1,{"as":${a},"bs":${b}},"book-1000","${s}"]`),
  fc.tuple(symbol, side1, side1, crc).map(([s, a, b, c]) => `[1,{"a":${a}},{"b":${b},"c":"${c}"},"book-1000","${s}"]`),
  fc
    .tuple(symbol, digits, digits, secondsText)
    .map(([s, p, q, t]) => `[1,[["${p}","${q}","${t}","b","m",""]],"trade","${s}"]`),
  fc
    .tuple(symbol, digits, digits)
    .map(([s, p, q]) => `[1,{"a":["${p}",1,"${q}"],"b":["${p}",1,"${q}"]},"ticker","${s}"]`),
  fc.constantFrom('{"event":"heartbeat"}', '{"method":"pong"}', '{"error":"x","success":false}'),
);

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

describe('the parser', () => {
  const either = fc.oneof(
    { weight: 4, arbitrary: sound },
    { weight: 4, arbitrary: fc.tuple(sound, mutation).map(([text, how]) => mutated(text, how)) },
    {
      weight: 4,
      arbitrary: fc.tuple(sound, fc.nat(), junk).map(([text, nth, value]) => withValue(text, nth, value)),
    },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string() },
  );

  test('never throws and tells safe integers only, whatever comes as text', () => {
    fc.assert(
      fc.property(fc.array(either, { minLength: 1, maxLength: 12 }), (texts) => {
        parseAll(texts.map((text) => Buffer.from(text)));
      }),
      { numRuns: 600 },
    );
  });

  test('never throws, whatever comes as bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseAll([bytes])),
      { numRuns: 400 },
    );
  });

  test('no digit of a price is lost between the frame and the event', () => {
    const price = fc
      .tuple(fc.integer({ min: 1, max: 2 ** 50 }), fc.integer({ min: 0, max: 10 }))
      .map(([value, scale]) => formatScaled(value, scale));
    fc.assert(
      fc.property(price, fc.nat({ max: 6 }), (text, zeros) => {
        const written = `${text}${text.includes('.') ? '' : '.'}${'0'.repeat(zeros + 1)}`;
        const frame = `{"channel":"ticker","type":"update","data":[{"symbol":"A/B","bid":${written},"bid_qty":1,"ask":${text},"ask_qty":1}]}`;
        const [quote] = parseAll([Buffer.from(frame)]);
        if (quote?.kind !== 'quote') throw new Error('no quote');
        expect(formatScaled(quote.bidPrice, quote.priceScale)).toBe(text);
        expect(quote.askPrice).toBe(quote.bidPrice);
      }),
    );
  });
});
