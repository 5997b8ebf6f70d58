import { describe, expect, test } from '@jest/globals';
import { crc32 } from 'node:zlib';
import type { ScaledEvent } from '@portcullis/market';
import { MarketNormalizer } from '../../market/normalizer.ts';
import { okxDialect } from './dialect.ts';

const RECEIVED = 1_700_000_000_000_000;

function parsedAll(texts: readonly string[], parser = okxDialect.parser()) {
  const out: ScaledEvent[] = [];
  const errors = texts.flatMap((text) => parser.parse(Buffer.from(text), RECEIVED, out) ?? []);
  return { errors, out, parser };
}

function parsed(text: string) {
  const { errors, out } = parsedAll([text]);
  return { error: errors[0], out };
}

interface BookFields {
  readonly action?: string;
  readonly bids?: readonly (readonly [string, string])[];
  readonly asks?: readonly (readonly [string, string])[];
  readonly ts?: string;
  /** What stands behind, for example `"seqId":5`. */
  readonly rest?: string;
}
const bookFrame = ({ action = 'snapshot', bids = [], asks = [], ts = '1597026383085', rest = '' }: BookFields) => {
  const [b, a] = [bids, asks].map((side) => side.map(([p, q]) => `["${p}","${q}","0","1"]`).join(','));
  return `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"${action}","data":[{"asks":[${a}],"bids":[${b}],"ts":"${ts}"${rest === '' ? '' : `,${rest}`}}]}`;
};

/** From the examples of "Order book channel". */
const snapshot = bookFrame({
  bids: [
    ['8476.97', '256'],
    ['8475.55', '101'],
  ],
  asks: [
    ['8476.98', '415'],
    ['8477', '7'],
  ],
  rest: '"checksum":-855196043,"prevSeqId":-1,"seqId":123456',
});
const update = bookFrame({
  action: 'update',
  bids: [['8476.97', '0']],
  rest: '"checksum":-855196044,"prevSeqId":123456,"seqId":123459',
});
const trade =
  '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897","count":"3"}]}';
const ticker =
  '{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"instType":"SPOT","instId":"BTC-USDT","last":"9999.99","lastSz":"0.1","askPx":"9999.99","askSz":"11","bidPx":"8888.88","bidSz":"5","ts":"1597026383085"}]}';
const mark =
  '{"arg":{"channel":"mark-price","instId":"BTC-USD-190628"},"data":[{"instType":"FUTURES","instId":"BTC-USD-190628","markPx":"0.1000","ts":"1597026383085"}]}';
const funding =
  '{"arg":{"channel":"funding-rate","instId":"BTC-USD-SWAP"},"data":[{"fundingRate":"-0.0001875391284828","fundingTime":"1700726400000","instId":"BTC-USD-SWAP","instType":"SWAP","method":"current_period","nextFundingRate":"","nextFundingTime":"1700755200000","premium":"0.0001233824646391","settState":"settled","ts":"1700724675402"}]}';
const candle =
  '{"arg":{"channel":"candle1m","instId":"BTC-USDT"},"data":[["1629993600000","42500","48199.9","41006.1","41006.1","3587.41204591","166741046.22583129","166741046.22583100","1"]]}';

describe('frames of OKX', () => {
  test('books with the numbers of the venue', () => {
    const { errors, out } = parsedAll([snapshot, update]);
    expect(errors).toEqual([]);
    expect(out).toEqual([
      {
        kind: 'snapshot',
        symbol: 'BTC-USDT',
        tsEvent: 1_597_026_383_085_000,
        tsEventNanos: 0,
        priceScale: 2,
        quantityScale: 0,
        sequence: 123_456,
        bids: [847_697, 256, 847_555, 101],
        asks: [847_698, 415, 847_700, 7],
        checksum: -855_196_043,
      },
      {
        kind: 'delta',
        symbol: 'BTC-USDT',
        tsEvent: 1_597_026_383_085_000,
        tsEventNanos: 0,
        priceScale: 2,
        quantityScale: 0,
        firstSequence: 123_457,
        lastSequence: 123_459,
        previousSequence: 123_456,
        bids: [847_697, 0],
        asks: [],
        checksum: -855_196_044,
      },
    ]);
  });

  test('signs of life, a lost update and a new count under the numbers', () => {
    const wanted: string[] = [];
    const normalizer = new MarketNormalizer(okxDialect, {
      onEvent: () => undefined,
      onSnapshotWanted: (symbol) => wanted.push(symbol),
    });
    const numbered = (previous: number, last: number, bids: BookFields['bids'] = [['8475.55', `${last}`]]) =>
      bookFrame({ action: 'update', bids, rest: `"checksum":0,"prevSeqId":${previous},"seqId":${last}` });
    const feed = (...texts: string[]) => {
      for (const text of texts) normalizer.frame(Buffer.from(text), RECEIVED);
    };
    feed(snapshot.replace('-855196043', '0'), numbered(123_456, 123_459), numbered(123_459, 123_459, []));
    feed(numbered(123_459, 3), numbered(3, 5));
    expect(normalizer.whole('BTC-USDT')).toBe(true);
    expect(normalizer.counters).toMatchObject({ gaps: 0, duplicates: 0, checksums: { ok: 0, bad: 0 } });
    feed(numbered(6, 7));
    expect(normalizer.whole('BTC-USDT')).toBe(false);
    expect(normalizer.counters).toMatchObject({ gaps: 1, malformed: 0 });
    expect(wanted).toEqual(['BTC-USDT']);
  });

  test('frames without numbers are counted, also such as cannot be read', () => {
    const bare = (text: string) => text.replace(/,"prevSeqId":-?\d+,"seqId":\d+/, '');
    const { errors, out } = parsedAll([
      bare(snapshot),
      bare(update),
      bare(update).replace('1597026383085', 'x'),
      bare(update),
    ]);
    expect(errors).toMatchObject([{ member: 'ts' }]);
    expect(out).toMatchObject([
      { sequence: 1 },
      { previousSequence: 1, firstSequence: 2, lastSequence: 2 },
      { previousSequence: 3, firstSequence: 4, lastSequence: 4 },
    ]);
  });

  test('a checksum of 0 is none, and one without a sign is the same', () => {
    expect('checksum' in (parsed(snapshot.replace('-855196043', '0')).out[0] ?? {})).toBe(false);
    expect(parsed(snapshot.replace('-855196043', `${2 ** 32 - 855_196_043}`)).out).toMatchObject([
      { checksum: -855_196_043 },
    ]);
  });

  test('trades, also several in a row of one id', () => {
    expect(parsed(trade).out).toEqual([
      {
        kind: 'trade',
        symbol: 'BTC-USDT',
        tsEvent: 1_630_048_897_897_000,
        tsEventNanos: 0,
        priceScale: 1,
        quantityScale: 8,
        tradeId: '130639474',
        price: 422_199,
        quantity: 12_060_306,
        aggressor: 'buy',
      },
    ]);
    expect(okxDialect.consecutiveTradeIds).toBeUndefined();
  });

  test('tickers are quotes while both sides have one', () => {
    expect(parsed(ticker).out).toMatchObject([
      {
        kind: 'quote',
        sequence: 0,
        bidPrice: 888_888,
        bidQuantity: 5,
        askPrice: 999_999,
        askQuantity: 11,
        priceScale: 2,
      },
    ]);
    expect(parsed(ticker.replace('"8888.88"', '""'))).toEqual({ error: undefined, out: [] });
  });

  test('mark prices and funding', () => {
    expect(parsed(mark).out).toMatchObject([
      { kind: 'mark', symbol: 'BTC-USD-190628', price: 1, priceScale: 1, index: -1 },
    ]);
    expect(parsed(funding).out).toEqual([
      {
        kind: 'funding',
        symbol: 'BTC-USD-SWAP',
        tsEvent: 1_700_724_675_402_000,
        tsEventNanos: 0,
        rateScale: 16,
        rate: -1_875_391_284_828,
        nextAt: 1_700_726_400_000_000,
      },
    ]);
    const older = funding.replace(/,"ts":"\d+"/, '').replace('"1700726400000"', '""');
    expect(parsed(older).out).toMatchObject([{ tsEvent: RECEIVED, nextAt: 0 }]);
  });

  test('only finished bars of a minute are told', () => {
    expect(parsed(candle).out).toEqual([
      {
        kind: 'bar',
        symbol: 'BTC-USDT',
        tsEvent: 1_629_993_659_999_999,
        tsEventNanos: 0,
        priceScale: 1,
        quantityScale: 8,
        period: 60_000_000,
        start: 1_629_993_600_000_000,
        open: 425_000,
        high: 481_999,
        low: 410_061,
        close: 410_061,
        volume: 358_741_204_591,
        takerVolume: -1,
        quoteVolume: '166741046.225831',
        count: -1,
      },
    ]);
    expect(parsed(candle.replace('"1"]', '"0"]'))).toEqual({ error: undefined, out: [] });
    expect(parsed(candle.replace('candle1m', 'candle1H'))).toEqual({ error: undefined, out: [] });
  });

  test('pong, answers and other channels are nothing, a refusal is told', () => {
    const nothing = [
      'pong',
      '{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
      '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade.","connId":"a4d3ae55"}',
      '{"arg":{"channel":"books5","instId":"BTC-USDT"},"data":[{}]}',
      '{"arg":{"channel":"constructor"},"data":[{}]}',
    ];
    expect(parsedAll(nothing)).toMatchObject({ errors: [], out: [] });
    const refused = '{"event":"error","code":"60012","msg":"Invalid request","connId":"a4d3ae55"}';
    expect(parsed(refused).error).toMatchObject({ member: 'error', value: '["60012","Invalid request"]' });
  });

  test.each([
    ['ping', 'frame', 'JSON in UTF-8'],
    ['[]', 'frame', 'an object'],
    ['{}', 'arg', 'an object'],
    [snapshot.replace('"BTC-USDT"', '"BTC USDT"'), 'instId', 'a symbol'],
    [snapshot.replace('"snapshot"', '"else"'), 'action', 'snapshot or update'],
    [snapshot.replace(/"data":.*/, '"data":5}'), 'data', 'a list'],
    [snapshot.replace('"asks":[[', '"x":[['), 'asks', 'a list'],
    [snapshot.replace('"8476.98","415","0","1"', '"8476.98"'), 'asks', 'a price and a quantity'],
    [snapshot.replace('"8476.98"', '8476.98'), 'asks', 'an unsigned decimal'],
    [snapshot.replace('"8476.97"', '"-1"'), 'bids', 'an unsigned decimal'],
    [snapshot.replace('"256"', '"9007199254740992"'), 'bids', 'safe integers'],
    [snapshot.replace('"256"', '"9007199254740991"').replace('"101"', '"0.5"'), 'quantity', 'safe integers'],
    [snapshot.replace('1597026383085', '159702638308'), 'ts', 'epoch milliseconds'],
    [snapshot.replace('-855196043', '"x"'), 'checksum', '32 bits'],
    [snapshot.replace('-855196043', '4294967296'), 'checksum', '32 bits'],
    [snapshot.replace('123456}', '-5}'), 'seqId', 'a whole number'],
    [update.replace('"prevSeqId":123456,', ''), 'prevSeqId', 'a whole number'],
    [update.replace('123459', '9007199254740993'), 'seqId', 'safe integers'],
    [trade.replace('"42219.9"', '"0"'), 'px', 'above zero'],
    [trade.replace('"0.12060306"', '0.12060306'), 'sz', 'an unsigned decimal'],
    [trade.replace('"buy"', '"BUY"'), 'side', 'buy or sell'],
    [trade.replace('"130639474"', '""'), 'tradeId', 'an id'],
    [trade.replace('"1630048897897"', '1630048897897'), 'ts', 'epoch milliseconds'],
    [trade.replace('[{', '[5,{'), 'data', 'an object'],
    [ticker.replace('"5"', 'null'), 'bidSz', 'an unsigned decimal'],
    [mark.replace('"0.1000"', '""'), 'markPx', 'an unsigned decimal'],
    [funding.replace('"-0.0001875391284828"', '""'), 'fundingRate', 'a decimal'],
    [funding.replace('"1700726400000"', '"soon"'), 'fundingTime', 'epoch milliseconds'],
    [candle.replace(',"1"]', ']'), 'data', '9 members'],
    [candle.replace(',"1"]', ',"2"]'), 'confirm', '0 or 1'],
    [candle.replace('1629993600000', '1629993601000'), 'ts', 'a minute'],
    [candle.replace('"42500"', '"?"'), 'open', 'an unsigned decimal'],
    [candle.replace('"166741046.22583100"', '"-1"'), 'volCcyQuote', 'a plain decimal'],
    ['{"arg":{"channel":"candle1m","instId":"BTC-USDT"},"data":[{}]}', 'data', 'a list'],
  ])('what is wrong is named, and nothing of it told: %s', (text, member, expected) => {
    const { error, out } = parsed(text);
    expect(error).toMatchObject({ member });
    expect(error?.expected).toContain(expected);
    expect(error?.value.length).toBeLessThanOrEqual(100);
    expect(out).toEqual([]);
  });

  test('what is nested deeply is malformed, not an accident', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(parsed(trade.replace(/\[\{.*\]/, deep))).toMatchObject({ error: { member: 'data' }, out: [] });
  });

  test('a frame that is wrong in its second row tells nothing of the first', () => {
    const row = /\[(\{"instId".*\})\]/.exec(trade)?.[1] ?? '';
    const { error, out } = parsed(trade.replace(row, `${row},${row.replace('"buy"', '"x"')}`));
    expect(error).toMatchObject({ member: 'side' });
    expect(out).toEqual([]);
  });
});

describe("the venue's checksum", () => {
  const sideTexts = (bids: BookFields['bids'] = [], asks: BookFields['asks'] = []): string => {
    const parts: string[] = [];
    for (let at = 0; at < 25; at++) {
      for (const level of [bids[at], asks[at]]) if (level !== undefined) parts.push(`${level[0]}:${level[1]}`);
    }
    return parts.join(':');
  };
  /** Of the book that a snapshot tells, as the parser reckons it. */
  function reckoned(fields: BookFields, more: readonly string[] = []): number | undefined {
    const { errors, out, parser } = parsedAll([bookFrame(fields), ...more]);
    expect(errors).toEqual([]);
    const [book] = out;
    if (book?.kind !== 'snapshot') throw new Error('no snapshot');
    return parser.checksum?.of('BTC-USDT', book.bids, book.asks);
  }

  test('is over both sides in turn, the longer one alone at the end', () => {
    const bids = [['3366.1', '7']] as const;
    const asks = [
      ['3366.8', '9'],
      ['3368', '8'],
      ['3372', '8'],
    ] as const;
    // The second example of "Checksum" has this string.
    expect(sideTexts(bids, asks)).toBe('3366.1:7:3366.8:9:3368:8:3372:8');
    expect(reckoned({ bids, asks })).toBe(crc32('3366.1:7:3366.8:9:3368:8:3372:8') | 0);
    expect(reckoned({})).toBe(0);
  });

  test.each([['30000.0'], ['30000.10'], ['3e4'], ['30000'], ['0.10'], ['1e-8']])(
    'is over numbers as they were written: %s',
    (price) => {
      const bids = [[price, '0.10'] as const, ['0.000000001', '1'] as const];
      const asks = [['30001', '100'] as const, ['30002', '2.50'] as const];
      expect(reckoned({ bids, asks })).toBe(crc32(sideTexts(bids, asks)) | 0);
    },
  );

  test('follows the latest text of a level, and forgets those of the book before', () => {
    const parser = okxDialect.parser();
    const asks = [['2', '1']] as const;
    const of = (...bids: number[]) => parser.checksum?.of('BTC-USDT', bids, [2, 1]);
    const feed = (fields: BookFields) => expect(parsedAll([bookFrame(fields)], parser).errors).toEqual([]);
    feed({ bids: [['1.0', '3']], asks });
    expect(of(1, 3)).toBe(crc32('1.0:3:2:1') | 0);
    feed({ action: 'update', bids: [['1', '4']] });
    expect(of(1, 4)).toBe(crc32('1:4:2:1') | 0);
    feed({ action: 'update', bids: [['1.0', '5.0']] });
    expect(of(1, 5)).toBe(crc32('1.0:5.0:2:1') | 0);
    feed({ action: 'update', bids: [['1.00', '0']] });
    expect(of(1, 5)).toBe(crc32('1:5:2:1') | 0);
    feed({ action: 'update', bids: [['1.0', '5.0']] });
    feed({ bids: [['1', '5']], asks });
    expect(of(1, 5)).toBe(crc32('1:5:2:1') | 0);
    // A finer number than before: the book is told at its scale from then on.
    feed({ action: 'update', bids: [['0.25', '5']] });
    expect(parser.checksum?.of('BTC-USDT', [100, 5, 25, 5], [200, 1])).toBe(crc32('1:5:2:1:0.25:5') | 0);
  });

  test('leaves out what is beyond 25 levels', () => {
    const side = (from: number, step: number) =>
      Array.from({ length: 40 }, (_, n) => [`${from + n * step}`, '1'] as const);
    const [bids, asks] = [side(1000, -1), side(1001, 1)];
    expect(reckoned({ bids, asks })).toBe(crc32(sideTexts(bids, asks)) | 0);
  });
});

describe('requests to OKX', () => {
  test('channels by instrument, in parts', () => {
    const streams = ['quote', 'trade', 'book', 'bar', 'mark', 'funding', 'book'] as const;
    const [frame = ''] = okxDialect.subscribe({ symbols: ['BTC-USDT-SWAP'], streams });
    const channels = ['tickers', 'trades', 'books', 'candle1m', 'mark-price', 'funding-rate'];
    expect(JSON.parse(frame)).toEqual({
      op: 'subscribe',
      args: channels.map((channel) => ({ channel, instId: 'BTC-USDT-SWAP' })),
    });
    // The venue refuses what an instrument does not have.
    const args = (instId: string) => {
      const [each = ''] = okxDialect.subscribe({ symbols: [instId], streams: ['mark', 'funding', 'trade'] });
      return (JSON.parse(each) as { args: { channel: string }[] }).args.map(({ channel }) => channel);
    };
    expect(args('BTC-USDT')).toEqual(['trades']);
    expect(args('BTC-USD-220527')).toEqual(['mark-price', 'trades']);
    expect(okxDialect.unsubscribe({ symbols: ['A-B'], streams: ['book'] })).toEqual([
      '{"op":"unsubscribe","args":[{"channel":"books","instId":"A-B"}]}',
    ]);
    const symbols = Array.from({ length: 150 }, (_, n) => `S${n}-USDT`);
    const frames = okxDialect.subscribe({ symbols, streams: ['book', 'trade'] });
    expect(frames.map((each) => (JSON.parse(each) as { args: unknown[] }).args.length)).toEqual([200, 100]);
    expect(frames.every((each) => each.length < 64 * 1024)).toBe(true);
  });

  test('bars are at the address for business', () => {
    expect(okxDialect.streams).not.toContain('bar');
    expect(okxDialect.beside?.streams).toEqual(['bar']);
    expect(okxDialect.beside?.wsUrl).toContain('/business');
  });

  test('the clock is read, or not', () => {
    expect(okxDialect.clock?.read({ code: '0', data: [{ ts: '1597026383085' }] })).toBe(1_597_026_383_085_000);
    for (const body of [null, {}, { data: [] }, { data: [{ ts: 5 }] }]) {
      expect(okxDialect.clock?.read(body)).toBeUndefined();
    }
  });
});
