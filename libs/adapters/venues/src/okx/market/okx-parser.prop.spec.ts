import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatScaled } from '@portcullis/market';
import { hostileTexts, parseAll } from '../../../test/hostile-texts.ts';
import { okxDialect } from './dialect.ts';

const digits = fc.oneof(
  fc.tuple(fc.nat({ max: 99_999 }), fc.nat({ max: 99_999_999 })).map(([a, b]) => `${a}.${b}`),
  fc.nat({ max: 100_000 }).map(String),
  fc.constantFrom('0', '0.10', '30000.0', '1e-8', '900719925474099.1', '0.000000000000000001', '9007199254740991', ''),
);
const ts = fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 });
const symbol = fc.constantFrom('BTC-USDT', 'BTC-USD-SWAP', 'BTC-USD-220527');
const side = fc
  .array(fc.tuple(digits, digits), { maxLength: 5 })
  .map((levels) => `[${levels.map(([p, q]) => `["${p}","${q}","0","1"]`).join(',')}]`);
const sequence = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.integer({ min: -1, max: 9 }), fc.nat({ max: 9 })).map(([p, s]) => `,"prevSeqId":${p},"seqId":${s}`),
);
const checksum = fc.oneof(fc.constant(0), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));

const sound = fc.oneof(
  fc
    .tuple(fc.constantFrom('snapshot', 'update'), symbol, side, side, ts, checksum, sequence)
    .map(
      ([action, s, b, a, t, c, q]) =>
        `{"arg":{"channel":"books","instId":"${s}"},"action":"${action}","data":[{"asks":${a},"bids":${b},"ts":"${t}","checksum":${c}${q}}]}`,
    ),
  fc
    .tuple(symbol, digits, digits, fc.nat(), ts)
    .map(
      ([s, p, q, id, t]) =>
        `{"arg":{"channel":"trades","instId":"${s}"},"data":[{"instId":"${s}","tradeId":"${id}","px":"${p}","sz":"${q}","side":"sell","ts":"${t}"}]}`,
    ),
  fc
    .tuple(symbol, digits, digits, digits, digits, ts)
    .map(
      ([s, b, B, a, A, t]) =>
        `{"arg":{"channel":"tickers","instId":"${s}"},"data":[{"instId":"${s}","askPx":"${a}","askSz":"${A}","bidPx":"${b}","bidSz":"${B}","ts":"${t}"}]}`,
    ),
  fc
    .tuple(symbol, digits, ts)
    .map(
      ([s, p, t]) =>
        `{"arg":{"channel":"mark-price","instId":"${s}"},"data":[{"instId":"${s}","markPx":"${p}","ts":"${t}"}]}`,
    ),
  fc
    .tuple(symbol, digits, ts, fc.constantFrom('', '-'))
    .map(
      ([s, p, t, sign]) =>
        `{"arg":{"channel":"funding-rate","instId":"${s}"},"data":[{"instId":"${s}","fundingRate":"${sign}${p}","fundingTime":"${t}"}]}`,
    ),
  fc
    .tuple(symbol, digits, digits, fc.nat({ max: 1000 }), fc.constantFrom('0', '1'))
    .map(
      ([s, p, v, minute, over]) =>
        `{"arg":{"channel":"candle1m","instId":"${s}"},"data":[["${1_629_993_600_000 + minute * 60_000}","${p}","${p}","${p}","${p}","${v}","${v}","${v}","${over}"]]}`,
    ),
  fc.constantFrom('pong', '{"event":"subscribe"}', '{"event":"error","code":"1","msg":"x"}'),
);

describe('the parser', () => {
  const either = hostileTexts(sound);

  test('never throws and tells safe integers only, whatever comes as text', () => {
    fc.assert(
      fc.property(fc.array(either, { minLength: 1, maxLength: 12 }), (texts) => {
        parseAll(
          okxDialect,
          texts.map((text) => Buffer.from(text)),
        );
      }),
      { numRuns: 600 },
    );
  });

  test('never throws, whatever comes as bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseAll(okxDialect, [bytes])),
      { numRuns: 400 },
    );
  });

  test('no digit of a price is lost between the frame and the event', () => {
    const price = fc
      .tuple(fc.integer({ min: 1, max: 2 ** 50 }), fc.integer({ min: 0, max: 10 }))
      .map(([value, scale]) => formatScaled(value, scale));
    fc.assert(
      fc.property(price, (text) => {
        const frame = `{"arg":{"channel":"mark-price","instId":"A-B"},"data":[{"instId":"A-B","markPx":"${text}","ts":"1597026383085"}]}`;
        const [mark] = parseAll(okxDialect, [Buffer.from(frame)]);
        if (mark?.kind !== 'mark') throw new Error('no mark price');
        expect(formatScaled(mark.price, mark.priceScale)).toBe(text);
      }),
    );
  });
});
