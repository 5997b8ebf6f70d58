import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatScaled } from '@portcullis/market';
import { hostileTexts, parseAll } from '../../../test/hostile-texts.ts';
import { krakenDialect } from './dialect.ts';

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

describe('the parser', () => {
  const either = hostileTexts(sound);

  test('never throws and tells safe integers only, whatever comes as text', () => {
    fc.assert(
      fc.property(fc.array(either, { minLength: 1, maxLength: 12 }), (texts) => {
        parseAll(
          krakenDialect,
          texts.map((text) => Buffer.from(text)),
        );
      }),
      { numRuns: 600 },
    );
  });

  test('never throws, whatever comes as bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseAll(krakenDialect, [bytes])),
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
        const [quote] = parseAll(krakenDialect, [Buffer.from(frame)]);
        if (quote?.kind !== 'quote') throw new Error('no quote');
        expect(formatScaled(quote.bidPrice, quote.priceScale)).toBe(text);
        expect(quote.askPrice).toBe(quote.bidPrice);
      }),
    );
  });
});
