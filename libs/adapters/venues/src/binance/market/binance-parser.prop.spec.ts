import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ScaledEvent } from '@portcullis/market';
import type { FrameError } from '../../market/dialect.ts';
import { BinanceParser } from './binance-parser.ts';
import { type BinanceMarket, FastFrames } from './fast-frames.ts';
import { Malformed } from '../../market/frame-members.ts';
import { readFrame } from './slow-frames.ts';
import { ScalesBySymbol } from './symbol-scales.ts';

const RECEIVED = 1_723_161_253_000_000;
const SYMBOLS = { spot: 'BTCUSDT', usdm: 'BTCUSDT', coinm: 'ETHUSD_PERP' } as const;

const digits = (min: number, max: number) => fc.integer({ min, max }).map(String);
const decimal = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(digits(0, 99_999), fc.integer({ min: 0, max: 99_999_999 })).map(padded) },
  {
    weight: 3,
    arbitrary: fc.tuple(digits(0, 999_999_999), fc.integer({ min: 0, max: 99 })).map(([a, b]) => `${a}.${b}0`),
  },
  { weight: 3, arbitrary: digits(0, 100_000) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '0',
      '0.00000000',
      '10',
      '01',
      '.5',
      '5.',
      '',
      '1e5',
      '-1',
      '9007199254740991',
      '9007199254740992',
      '0.00000000001',
      '90071992.54740992',
      '123456789.123456789',
      `1.${'0'.repeat(70)}`,
    ),
  },
);
function padded([whole, fraction]: readonly [string, number]): string {
  return `${whole}.${String(fraction).padStart(8, '0')}`;
}
const whole = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 0, max: 9_999_999_999_999 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '0',
      '00',
      '9007199254740991',
      '9007199254740992',
      '99999999999999999',
      '-1',
      '1.5',
      '1e3',
      '',
    ),
  },
);
const time = fc.oneof(
  { weight: 10, arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }).map(String) },
  { weight: 4, arbitrary: fc.integer({ min: 1_700_000_000_000_000, max: 1_800_000_000_000_000 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('0', '5', '99999999999999', '9007199254740991') },
);
const levels = fc
  .array(fc.tuple(decimal, decimal), { maxLength: 6 })
  .map((pairs) => `[${pairs.map(([p, q]) => `["${p}","${q}"]`).join(',')}]`);
const flag = fc.constantFrom('true', 'false');

/** Frames as the venue writes them, of one market. */
function frameOf(market: BinanceMarket): fc.Arbitrary<string> {
  const symbol = SYMBOLS[market];
  const stream = symbol.toLowerCase();
  const pair = market === 'coinm' ? ',"ps":"ETHUSD"' : '';
  const futures = market !== 'spot';
  const quote = fc.tuple(whole, decimal, decimal, decimal, decimal, time, time).map(([u, b, B, a, A, T, E]) => {
    const head = { spot: `"u":${u}`, usdm: `"e":"bookTicker","u":${u}`, coinm: `"u":${u},"e":"bookTicker"` }[market];
    const times = futures ? `,"T":${T},"E":${E}` : '';
    return `{"stream":"${stream}@bookTicker","data":{${head},"s":"${symbol}"${pair},"b":"${b}","B":"${B}","a":"${a}","A":"${A}"${times}}}`;
  });
  const trade = fc.tuple(time, time, whole, decimal, decimal, flag, flag).map(([E, T, t, p, q, m, M]) => {
    const data = futures
      ? `"e":"trade","E":${E},"T":${T},"s":"${symbol}","t":${t},"p":"${p}","q":"${q}","X":"MARKET","m":${m}`
      : `"e":"trade","E":${E},"s":"${symbol}","t":${t},"p":"${p}","q":"${q}","T":${T},"m":${m},"M":${M}`;
    return `{"stream":"${stream}@trade","data":{${data}}}`;
  });
  const depth = fc.tuple(time, time, whole, whole, whole, levels, levels).map(([E, T, U, u, pu, b, a]) => {
    const [transaction, previous] = futures ? [`,"T":${T}`, `,"pu":${pu}`] : ['', ''];
    return `{"stream":"${stream}@depth@100ms","data":{"e":"depthUpdate","E":${E}${transaction},"s":"${symbol}"${pair},"U":${U},"u":${u}${previous},"b":${b},"a":${a}}}`;
  });
  const rare = fc.constantFrom(
    '{"result":null,"id":1}',
    `{"stream":"${stream}@aggTrade","data":{"e":"aggTrade","E":1633998512999,"s":"${symbol}","a":11,"p":"0.358","q":"100.0","f":1,"l":2,"T":1633998512998,"m":true,"M":true}}`,
    `{"stream":"${stream}@bookTicker","data":{"u":7,"s":"OTHER","b":"1","B":"1","a":"2","A":"1"}}`,
  );
  return fc.oneof(
    { weight: 5, arbitrary: quote },
    { weight: 5, arbitrary: trade },
    { weight: 5, arbitrary: depth },
    rare,
  );
}

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom('replace', 'insert', 'remove', 'cut', 'append'),
  byte: fc.oneof(fc.constantFrom(...'0123456789.",:[]{}truefalse '), fc.string({ minLength: 1, maxLength: 1 })),
});
function mutated(text: string, { at, how, byte }: { at: number; how: string; byte: string }): string {
  const place = Math.floor(at * text.length);
  if (how === 'append') return text + byte;
  if (how === 'cut') return text.slice(0, place);
  return text.slice(0, place) + (how === 'remove' ? '' : byte) + text.slice(how === 'insert' ? place : place + 1);
}

/** The slow path alone. */
class SlowParser {
  readonly #scales = new ScalesBySymbol();

  parse(text: string, out: ScaledEvent[]): FrameError | undefined {
    try {
      readFrame(JSON.parse(text), { scales: this.#scales, receivedMicros: RECEIVED, out });
      return undefined;
    } catch (error) {
      if (error instanceof Malformed) return error.error;
      if (error instanceof SyntaxError) return { member: 'frame', value: '', expected: '' };
      throw error;
    }
  }
}

const markets = ['spot', 'usdm', 'coinm'] as const;

describe.each(markets)('frames of %s', (market) => {
  const sound = frameOf(market);
  const either = fc.oneof(
    { weight: 3, arbitrary: sound },
    { weight: 2, arbitrary: fc.tuple(sound, mutation).map(([text, how]) => mutated(text, how)) },
  );

  test('read from their bytes are what they are by JSON, well-formed or not', () => {
    fc.assert(
      fc.property(fc.array(either, { minLength: 1, maxLength: 30 }), (texts) => {
        const parser = new BinanceParser(market);
        const slow = new SlowParser();
        for (const text of texts) {
          const [ours, theirs]: [ScaledEvent[], ScaledEvent[]] = [[], []];
          const error = parser.parse(Buffer.from(text), RECEIVED, ours);
          expect(error?.member).toBe(slow.parse(text, theirs)?.member);
          expect(ours).toEqual(theirs);
        }
      }),
      { numRuns: 400 },
    );
  });
});

describe('the fast path', () => {
  test.each([
    [
      'spot',
      'btcusdt@bookTicker',
      '"u":5,"s":"BTCUSDT","b":"1.50000000","B":"2.00000000","a":"1.60000000","A":"3.10000000"',
    ],
    [
      'spot',
      'btcusdt@trade',
      '"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.6","q":"0.02","T":1723161255342123,"m":true,"M":true',
    ],
    [
      'coinm',
      'ethusd_perp@depth@0ms',
      '"e":"depthUpdate","E":1723161257440,"T":1723161257434,"s":"ETHUSD_PERP","ps":"ETHUSD","U":1,"u":2,"pu":0,"b":[["2657.70","0"]],"a":[]',
    ],
    [
      'usdm',
      'btcusdt@bookTicker',
      '"e":"bookTicker","u":9,"s":"BTCUSDT","b":"1","B":"2","a":"3","A":"4","T":1723161256313,"E":1723161256313',
    ],
  ] as const)('of %s knows %s once it was seen', (market, stream, data) => {
    const frame = Buffer.from(`{"stream":"${stream}","data":{${data}}}`);
    const scales = new ScalesBySymbol();
    const out: ScaledEvent[] = [];
    const fast = new FastFrames(market);
    expect(fast.read(frame, RECEIVED, out)).toBe(false);
    const members = readFrame(JSON.parse(frame.toString()), { scales, receivedMicros: RECEIVED, out });
    const known = scales.of(String(members?.['s']));
    if (members === undefined || known === undefined) throw new Error('the frame is sound');
    fast.learn(frame, members, known);
    expect(fast.read(frame, RECEIVED, out)).toBe(true);
    expect(out[1]).toEqual(out[0]);
    expect(fast.read(frame.subarray(0, frame.length - 1), RECEIVED, out)).toBe(false);
    expect(fast.read(Buffer.concat([frame, Buffer.from(' ')]), RECEIVED, out)).toBe(false);
  });

  test('holds many streams apart, also such as begin alike', () => {
    const parser = new BinanceParser('spot');
    for (const turn of [1, 2]) {
      for (let n = 0; n < 500; n++) {
        const symbol = `AVERYLONGBEGINNING${n}USDT`;
        const text = `{"stream":"${symbol.toLowerCase()}@bookTicker","data":{"u":${turn},"s":"${symbol}","b":"${n}.5","B":"1","a":"${n}.6","A":"1"}}`;
        const out: ScaledEvent[] = [];
        expect(parser.parse(Buffer.from(text), RECEIVED, out)).toBeUndefined();
        expect(out).toMatchObject([{ symbol, sequence: turn, bidPrice: n * 10 + 5 }]);
      }
    }
  });
});
