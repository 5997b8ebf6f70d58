import { describe, expect, test } from '@jest/globals';
import type { ScaledEvent } from '@portcullis/market';
import type { MarketParser } from '../../market/dialect.ts';
import { MarketNormalizer } from '../../market/normalizer.ts';
import { bybitDialect } from './index.ts';

const RECEIVED = 1_700_000_000_000_000;

function read(frame: unknown, parser: MarketParser = bybitDialect.parser()) {
  const events: ScaledEvent[] = [];
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
  const error = parser.parse(Buffer.from(text), RECEIVED, events);
  return { events, error };
}

const book = (type: 'snapshot' | 'delta', u: number, b: string[][] = [], a: string[][] = []) => ({
  topic: 'orderbook.200.BTCUSDT',
  type,
  ts: 1_672_304_484_978,
  data: { s: 'BTCUSDT', b, a, u, seq: 7_961_638_724 },
  cts: 1_672_304_484_976,
});

describe('V5', () => {
  test('a book, whole and changed, has the time of the matching engine', () => {
    const parser = bybitDialect.parser();
    expect(read(book('snapshot', 18_521_288, [['16493.50', '0.006']], [['16611.00', '0.029']]), parser).events).toEqual(
      [
        {
          kind: 'snapshot',
          symbol: 'BTCUSDT',
          tsEvent: 1_672_304_484_976_000,
          tsEventNanos: 0,
          priceScale: 1,
          quantityScale: 3,
          sequence: 18_521_288,
          bids: [164_935, 6],
          asks: [166_110, 29],
        },
      ],
    );
    const { cts, ...older } = book('delta', 18_521_289, [['16493.50', '0']]);
    expect(cts).toBeGreaterThan(0);
    expect(read(older, parser).events).toMatchObject([
      {
        kind: 'delta',
        tsEvent: 1_672_304_484_978_000,
        firstSequence: 18_521_289,
        lastSequence: 18_521_289,
        bids: [164_935, 0],
      },
    ]);
  });

  test('a hole in the numbers loses the book; a service that began anew sends it whole, from 1 on', () => {
    const gaps: string[] = [];
    const normalizer = new MarketNormalizer(bybitDialect, {
      onEvent: (event) => {
        if (event.kind === 'gap') gaps.push(`${event.reason} ${event.detail}`);
      },
    });
    const sides: [string[][], string[][]] = [[['100', '1']], [['101', '1']]];
    const frames = [
      book('snapshot', 7, ...sides),
      book('delta', 8, [['99', '1']]),
      book('snapshot', 1, ...sides),
      book('delta', 2, [['99', '1']]),
      book('delta', 4, [['98', '1']]),
      book('delta', 5, [['97', '1']]),
    ];
    for (const frame of frames) normalizer.frame(Buffer.from(JSON.stringify(frame)), RECEIVED);
    expect(normalizer.whole('BTCUSDT')).toBe(false);
    expect(gaps).toEqual(['resync whole at update 7', 'gap update 3 expected, 4 came']);
    normalizer.frame(Buffer.from(JSON.stringify(book('snapshot', 9, ...sides))), RECEIVED);
    expect(normalizer.whole('BTCUSDT')).toBe(true);
  });

  test('best quotes: those that are only told again are none', () => {
    const parser = bybitDialect.parser();
    const best = (type: string, u: number, b: string[][], a: string[][]) => ({
      topic: 'orderbook.1.BTCUSDT',
      type,
      ts: 1_672_304_484_978,
      data: { s: 'BTCUSDT', b, a, u, seq: 5 },
    });
    expect(read(best('snapshot', 3, [['100.5', '2']], [['101', '1.5']]), parser).events).toEqual([
      {
        kind: 'quote',
        symbol: 'BTCUSDT',
        tsEvent: 1_672_304_484_978_000,
        tsEventNanos: 0,
        priceScale: 1,
        quantityScale: 1,
        sequence: 0,
        bidPrice: 1005,
        bidQuantity: 20,
        askPrice: 1010,
        askQuantity: 15,
      },
    ]);
    expect(read(best('snapshot', 3, [['100.5', '2']], [['101', '1.5']]), parser).events).toEqual([]);
    // A change without one of the sides leaves it as it is; what is removed beside the new best is no best.
    const changed = best(
      'delta',
      4,
      [
        ['100.5', '0'],
        ['100.55', '1'],
      ],
      [],
    );
    expect(read(changed, parser).events).toMatchObject([
      { priceScale: 2, bidPrice: 10_055, bidQuantity: 10, askPrice: 10_100, askQuantity: 15 },
    ]);
    expect(read(best('snapshot', 5, [], [['101', '1']]), parser)).toEqual({ events: [], error: undefined });
    expect(read(best('delta', 6, [], [['101', '2']]), parser)).toEqual({ events: [], error: undefined });
  });

  test('trades', () => {
    const trade = {
      T: 1_672_304_486_865,
      s: 'BTCUSDT',
      S: 'Buy',
      v: '0.001',
      p: '16578.50',
      L: 'PlusTick',
      i: '20f43950-d8dd-5b31-9112-a178eb6023af',
      BT: false,
    };
    const frame = {
      topic: 'publicTrade.BTCUSDT',
      type: 'snapshot',
      ts: 1_672_304_486_868,
      data: [trade, { ...trade, S: 'Sell' }],
    };
    expect(read(frame).events).toEqual([
      {
        kind: 'trade',
        symbol: 'BTCUSDT',
        tsEvent: 1_672_304_486_865_000,
        tsEventNanos: 0,
        priceScale: 1,
        quantityScale: 3,
        tradeId: '20f43950-d8dd-5b31-9112-a178eb6023af',
        price: 165_785,
        quantity: 1,
        aggressor: 'buy',
      },
      expect.objectContaining({ aggressor: 'sell' }),
    ]);
  });

  test('mark prices and funding rates are put together from a whole ticker and changes to it', () => {
    const parser = bybitDialect.parser();
    const ticker = (type: string, data: Record<string, string>) => ({
      topic: 'tickers.BTCUSDT',
      type,
      cs: 24_987_956_059,
      ts: 1_673_272_861_686,
      data: { symbol: 'BTCUSDT', ...data },
    });
    const first = ticker('snapshot', {
      markPrice: '17217.33',
      indexPrice: '17227.36',
      nextFundingTime: '1673280000000',
      fundingRate: '-0.000212',
    });
    const base = { symbol: 'BTCUSDT', tsEvent: 1_673_272_861_686_000, tsEventNanos: 0 };
    expect(read(first, parser).events).toEqual([
      { kind: 'mark', ...base, priceScale: 2, price: 1_721_733, index: 1_722_736 },
      { kind: 'funding', ...base, rateScale: 6, rate: -212, nextAt: 1_673_280_000_000_000 },
    ]);
    expect(read(ticker('delta', { lastPrice: '17216.00' }), parser).events).toEqual([]);
    expect(read(ticker('delta', { indexPrice: '17227.4' }), parser).events).toMatchObject([
      { kind: 'mark', price: 1_721_733, index: 1_722_740 },
    ]);
    expect(read(ticker('delta', { fundingRate: '0.0001' }), parser).events).toMatchObject([
      { kind: 'funding', rateScale: 6, rate: 100, nextAt: 1_673_280_000_000_000 },
    ]);
    // Spot, and a dated future.
    expect(read(ticker('snapshot', { lastPrice: '1' })).events).toEqual([]);
    const dated = { markPrice: '5', indexPrice: '', fundingRate: '', nextFundingTime: '' };
    expect(read(ticker('snapshot', dated)).events).toMatchObject([{ kind: 'mark', price: 5, index: -1 }]);
  });

  test('only finished bars of a minute', () => {
    const bar = (confirm: boolean) => ({
      start: 1_672_324_800_000,
      end: 1_672_324_859_999,
      interval: '1',
      open: '16649.5',
      close: '16677',
      high: '16677',
      low: '16608',
      volume: '2.081',
      turnover: '34666.4005',
      confirm,
      timestamp: 1_672_324_988_882,
    });
    const frame = (topic: string, confirm = true) => ({ topic, type: 'snapshot', ts: 1, data: [bar(confirm)] });
    expect(read(frame('kline.1.BTCUSDT')).events).toEqual([
      {
        kind: 'bar',
        symbol: 'BTCUSDT',
        tsEvent: 1_672_324_859_999_999,
        tsEventNanos: 0,
        priceScale: 1,
        quantityScale: 3,
        period: 60_000_000,
        start: 1_672_324_800_000_000,
        open: 166_495,
        high: 166_770,
        low: 166_080,
        close: 166_770,
        volume: 2081,
        takerVolume: -1,
        quoteVolume: '34666.4005',
        count: -1,
      },
    ]);
    // The turnover of an inverse contract is in the coin.
    expect(read(frame('kline.1.BTCUSD')).events).toMatchObject([{ quoteVolume: '' }]);
    expect(read(frame('kline.1.BTCUSDT', false)).events).toEqual([]);
    expect(read(frame('kline.5.BTCUSDT')).events).toEqual([]);
  });

  test('answers say nothing, refusals are errors', () => {
    const pong = { success: true, ret_msg: 'pong', conn_id: '0970e817', op: 'ping' };
    expect(read(pong)).toEqual({ events: [], error: undefined });
    const refusal = { success: false, ret_msg: 'error:handler not found,topic:x', op: 'subscribe' };
    expect(read(refusal).error).toMatchObject({ member: 'ret_msg', expected: 'an accepted request' });
  });
});

describe('the stream before V5', () => {
  const old = (type: string, cross_seq: number, data: unknown) => ({
    topic: 'orderBook_200.100ms.BTCUSD',
    type,
    data,
    cross_seq,
    timestamp_e6: 1_555_647_221_331_673,
  });
  const row = (price: string, side: string, size?: number) => ({
    price,
    symbol: 'BTCUSD',
    id: 1,
    side,
    ...(size === undefined ? {} : { size }),
  });
  const part = (more: Record<string, unknown>) => ({ delete: [], update: [], insert: [], ...more });

  test('changes are numbered from the whole book on, and one that is not new keeps the number', () => {
    const parser = bybitDialect.parser();
    const first = old('snapshot', 100, [row('2999.00', 'Buy', 9), row('3001', 'Sell', 1e-7)]);
    expect(read(first, parser).events).toMatchObject([
      { kind: 'snapshot', sequence: 100, bids: [2999, 90_000_000], asks: [3001, 1], quantityScale: 7 },
    ]);
    const changes = part({ delete: [row('3001.00', 'Sell')], insert: [row('3001.50', 'Sell', 5)] });
    const numbers = [140, 141, 141, 150].map((cross) => read(old('delta', cross, changes), parser).events[0]);
    expect(numbers).toMatchObject([101, 102, 102, 103].map((lastSequence) => ({ lastSequence })));
    expect(numbers[0]).toMatchObject({ bids: [], asks: [30_010, 0, 30_015, 50_000_000] });
    expect(read(old('snapshot', 90, [row('1', 'Buy', 1)]), parser).events).toMatchObject([{ sequence: 104 }]);
  });

  test('a change that cannot be read leaves a hole behind', () => {
    const normalizer = new MarketNormalizer(bybitDialect, { onEvent: () => undefined });
    const frames = [
      old('snapshot', 100, [row('2999', 'Buy', 9), row('3001', 'Sell', 1)]),
      old('delta', 101, part({ update: [row('2999', 'Both', 1)] })),
      old('delta', 102, part({ update: [row('2999', 'Buy', 1)] })),
    ];
    for (const frame of frames) normalizer.frame(Buffer.from(JSON.stringify(frame)), RECEIVED);
    expect(normalizer.counters).toMatchObject({ malformed: 1, gaps: 1, resyncs: 1 });
  });

  test('instruments', () => {
    const parser = bybitDialect.parser();
    const frame = (type: string, data: unknown) => ({
      topic: 'instrument_info.100ms.BTCUSD',
      type,
      data,
      cross_seq: 9,
      timestamp_e6: 1_555_647_164_875_373,
    });
    const first = {
      symbol: 'BTCUSD',
      mark_price_e4: 81_178_500,
      index_price_e4: 81_172_800,
      funding_rate_e6: -127_347,
    };
    expect(read(frame('snapshot', first), parser).events).toMatchObject([
      { kind: 'mark', priceScale: 2, price: 811_785, index: 811_728 },
      { kind: 'funding', rateScale: 6, rate: -127_347, nextAt: 0 },
    ]);
    const next = { delete: [], insert: [], update: [{ symbol: 'BTCUSD', index_price_e4: '81172900' }] };
    expect(read(frame('delta', next), parser).events).toMatchObject([{ kind: 'mark', price: 811_785, index: 811_729 }]);
  });
});

test.each([
  ['{', 'frame'],
  ['"x"', 'frame'],
  [{ ...book('snapshot', 1), type: 'other' }, 'type'],
  [{ ...book('snapshot', 1), cts: 'now' }, 'cts'],
  [book('delta', -1), 'u'],
  [book('delta', 1, [['1']]), 'b'],
  [book('delta', 1, [], [['1', '-1']]), 'a'],
  [book('delta', 1, [], [['99999999999999999999', '1']]), 'a'],
  [{ ...book('delta', 1), data: { s: 'A B' } }, 's'],
  [{ topic: 'publicTrade.X', data: [{ T: 5 }] }, 'T'],
  [{ topic: 'publicTrade.X', data: [{ T: 1_672_304_486_865, i: '1', p: '1', v: '1', S: 'None', s: 'X' }] }, 'side'],
  [{ topic: 'tickers.X', ts: 1_672_304_486_865, type: 'snapshot', data: { symbol: 'X', markPrice: 'x' } }, 'markPrice'],
  [{ topic: 'kline.1.X', data: [{ confirm: 'yes' }] }, 'confirm'],
  [{ topic: 'orderBookL2_25.X', type: 'delta', data: {}, cross_seq: 'x' }, 'cross_seq'],
])('a malformed frame gives nothing but its error: %j', (frame, member) => {
  expect(read(frame)).toMatchObject({ events: [], error: { member } });
});

test('requests: ten topics each, tickers once for what is in them', () => {
  const symbols = Array.from({ length: 5 }, (_, at) => `S${at}`);
  const frames = bybitDialect.subscribe({ symbols, streams: ['mark', 'funding', 'book', 'quote'] });
  const parsed = frames.map((text) => JSON.parse(text) as { op: string; args: string[] });
  expect(parsed.map(({ op, args }) => [op, args.length])).toEqual([
    ['subscribe', 10],
    ['subscribe', 5],
  ]);
  expect(parsed[0]?.args.slice(0, 4)).toEqual(['tickers.S0', 'orderbook.200.S0', 'orderbook.1.S0', 'tickers.S1']);
  expect(bybitDialect.unsubscribe({ symbols: ['A'], streams: ['trade'] })).toEqual([
    '{"op":"unsubscribe","args":["publicTrade.A"]}',
  ]);
  const time = { retCode: 0, result: { timeSecond: '1688639403', timeNano: '1688639403423213947' }, time: 1 };
  expect(bybitDialect.clock?.read(time)).toBe(1_688_639_403_423_213);
  expect(bybitDialect.clock?.read({ result: {} })).toBeUndefined();
});
