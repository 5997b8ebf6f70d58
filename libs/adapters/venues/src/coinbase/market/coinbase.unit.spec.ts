import { describe, expect, test } from '@jest/globals';
import type { ScaledEvent } from '@portcullis/market';
import type { FrameError, MarketParser } from '../../market/dialect.ts';
import { MarketNormalizer } from '../../market/normalizer.ts';
import { coinbaseDialect } from './index.ts';

const RECEIVED = 1_775_572_200_000_000;
const AT = 'T14:30:01.456789Z';
const DAY = '2026-04-07';

function read(frame: unknown, parser: MarketParser = coinbaseDialect.parser()) {
  const events: ScaledEvent[] = [];
  const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
  const error: FrameError | undefined = parser.parse(Buffer.from(text), RECEIVED, events);
  return { events, error };
}

const advanced = (channel: string, sequence_num: number, ...events: unknown[]) => ({
  channel,
  client_id: '',
  timestamp: `${DAY}${AT}`,
  sequence_num,
  events,
});

const level = (side: 'bid' | 'offer', price_level: string, new_quantity: string, event_time = `${DAY}${AT}`) => ({
  side,
  event_time,
  price_level,
  new_quantity,
});
const whole = (sequence: number, product_id = 'BTC-USD') =>
  advanced('l2_data', sequence, {
    type: 'snapshot',
    product_id,
    updates: [level('bid', '21921.73', '0.06317902'), level('offer', '21921.74', '1.5')],
  });
const change = (sequence: number, product_id = 'BTC-USD') =>
  advanced('l2_data', sequence, { type: 'update', product_id, updates: [level('bid', '21921.73', '0')] });

describe('Advanced Trade', () => {
  test('a whole book has the time of the frame, a change that of its latest level', () => {
    const parser = coinbaseDialect.parser();
    expect(read(whole(0), parser).events).toEqual([
      {
        kind: 'snapshot',
        symbol: 'BTC-USD',
        tsEvent: 1_775_572_201_456_789,
        tsEventNanos: 0,
        priceScale: 2,
        quantityScale: 8,
        sequence: 0,
        bids: [2_192_173, 6_317_902],
        asks: [2_192_174, 150_000_000],
      },
    ]);
    const update = advanced('l2_data', 1, {
      type: 'update',
      product_id: 'BTC-USD',
      updates: [
        level('bid', '21921.73', '0.00000000', `${DAY}T14:30:02.000000123Z`),
        level('offer', '21921.5', '2', `${DAY}T14:30:01.999999Z`),
      ],
    });
    expect(read(update, parser).events).toEqual([
      {
        kind: 'delta',
        symbol: 'BTC-USD',
        tsEvent: 1_775_572_202_000_000,
        tsEventNanos: 123,
        priceScale: 2,
        quantityScale: 8,
        firstSequence: 0,
        lastSequence: 0,
        previousSequence: -1,
        bids: [2_192_173, 0],
        asks: [2_192_150, 200_000_000],
      },
    ]);
    // A change that is told with a time before the book that it changes stays after it.
    const early = advanced('l2_data', 2, {
      type: 'update',
      product_id: 'BTC-USD',
      updates: [level('bid', '21921.73', '1', `${DAY}T14:30:01.9Z`)],
    });
    expect(read(early, parser).events).toMatchObject([{ tsEvent: 1_775_572_202_000_000, tsEventNanos: 123 }]);
  });

  test('trades come newest first and are told in order, with the side of the taker', () => {
    const trade = (trade_id: string, side: string) => ({
      trade_id,
      product_id: 'ETH-USD',
      price: '1260.01',
      size: '0.3',
      side,
      time: '2019-08-14T20:42:27.265Z',
    });
    const frame = advanced('market_trades', 0, {
      type: 'update',
      trades: [trade('12346', 'SELL'), trade('12345', 'BUY')],
    });
    expect(read(frame).events).toEqual([
      {
        kind: 'trade',
        symbol: 'ETH-USD',
        tsEvent: 1_565_815_347_265_000,
        tsEventNanos: 0,
        priceScale: 2,
        quantityScale: 1,
        tradeId: '12345',
        price: 126_001,
        quantity: 3,
        aggressor: 'sell',
      },
      expect.objectContaining({ tradeId: '12346', aggressor: 'buy' }),
    ]);
    const history = advanced('market_trades', 0, { type: 'snapshot', trades: [trade('1', 'BUY')] });
    expect(read(history)).toEqual({ events: [], error: undefined });
  });

  test('a ticker is a quote when it says how much there is', () => {
    const ticker = {
      type: 'ticker',
      product_id: 'BTC-USD',
      price: '21932.98',
      best_bid: '21931.98',
      best_bid_quantity: '8000.21',
      best_ask: '21933.98',
      best_ask_quantity: '8038.07770938',
    };
    const of = (type: string, tickers: unknown[]) => read(advanced('ticker', 0, { type, tickers })).events;
    expect(of('update', [ticker])).toEqual([
      {
        kind: 'quote',
        symbol: 'BTC-USD',
        tsEvent: 1_775_572_201_456_789,
        tsEventNanos: 0,
        priceScale: 2,
        quantityScale: 8,
        sequence: 0,
        bidPrice: 2_193_198,
        bidQuantity: 800_021_000_000,
        askPrice: 2_193_398,
        askQuantity: 803_807_770_938,
      },
    ]);
    expect(of('update', [{ ...ticker, best_bid_quantity: undefined }])).toEqual([]);
    expect(
      of('update', [
        { ...ticker, best_ask: '' },
        { ...ticker, best_bid: '0' },
      ]),
    ).toEqual([]);
    expect(of('snapshot', [ticker])).toEqual([]);
  });

  test('a bar is finished when the next one begins', () => {
    const parser = coinbaseDialect.parser();
    const candle = (start: string, close: string) => ({
      start,
      high: '1867.72',
      low: '1865.63',
      open: '1867.38',
      close,
      volume: '0.20269406',
      product_id: 'ETH-USD',
    });
    const first = [candle('1688998200', '1866.81'), candle('1688997900', '1866')];
    expect(read(advanced('candles', 0, { type: 'snapshot', candles: first }), parser).events).toEqual([]);
    const same = [candle('1688998200', '1866.9')];
    expect(read(advanced('candles', 1, { type: 'update', candles: same }), parser).events).toEqual([]);
    const next = [candle('1688998500', '1867'), candle('1688998200', '1867.01')];
    expect(read(advanced('candles', 2, { type: 'update', candles: next }), parser).events).toEqual([
      {
        kind: 'bar',
        symbol: 'ETH-USD',
        tsEvent: 1_688_998_499_999_999,
        tsEventNanos: 0,
        priceScale: 2,
        quantityScale: 8,
        period: 300_000_000,
        start: 1_688_998_200_000_000,
        open: 186_738,
        high: 186_772,
        low: 186_563,
        close: 186_701,
        volume: 20_269_406,
        takerVolume: -1,
        quoteVolume: '',
        count: -1,
      },
    ]);
    // A correction of what is finished comes too late.
    expect(read(advanced('candles', 3, { type: 'update', candles: same }), parser).events).toEqual([]);
  });

  test('heartbeats, answers and channels that nobody asked for say nothing', () => {
    const beat = {
      current_time: '2023-06-23 20:31:56.121961769 +0000 UTC m=+91717.525857105',
      heartbeat_counter: 3049,
    };
    for (const frame of [
      advanced('heartbeats', 0, beat),
      advanced('subscriptions', 0, { subscriptions: { level2: ['BTC-USD'] } }),
      advanced('status', 0, { type: 'snapshot', products: [] }),
      { type: 'subscriptions', channels: [] },
      {
        type: 'heartbeat',
        sequence: 90,
        last_trade_id: 20,
        product_id: 'BTC-USD',
        time: '2014-11-07T08:19:28.464459Z',
      },
    ]) {
      expect(read(frame)).toEqual({ events: [], error: undefined });
    }
  });

  test('a jump of the number of messages is a hole of everything; one from before is nothing', () => {
    const parser = coinbaseDialect.parser();
    read(whole(0), parser);
    expect(read(advanced('heartbeats', 1), parser).events).toEqual([]);
    expect(read(change(5), parser).events).toMatchObject([
      {
        kind: 'gap',
        symbol: '',
        tsEvent: 1_775_572_201_456_789,
        reason: 'gap',
        stream: 'all',
        detail: 'message 2 expected, 5 came',
        from: 1_775_572_201_456_789,
        to: 1_775_572_201_456_789,
      },
      { kind: 'delta' },
    ]);
    expect(read(change(4), parser)).toEqual({ events: [], error: undefined });
    expect(read(change(6), parser).events).toHaveLength(1);
    // The venue counts anew.
    expect(read(change(0), parser).events.map(({ kind }) => kind)).toEqual(['gap', 'delta']);
  });

  test('after a hole every book is lost until it comes whole, also one that was not seen yet', () => {
    const gaps: string[] = [];
    const wanted: string[] = [];
    const normalizer = new MarketNormalizer(coinbaseDialect, {
      onEvent: (event) => {
        if (event.kind === 'gap') gaps.push(`${event.symbol} ${event.reason} ${event.stream}`);
      },
      onSnapshotWanted: (symbol) => wanted.push(symbol),
    });
    normalizer.follow(['BTC-USD', 'ETH-USD', 'SOL-USD']);
    normalizer.connected(RECEIVED);
    const frames = [whole(0), whole(1, 'ETH-USD'), change(3)];
    for (const frame of frames) normalizer.frame(Buffer.from(JSON.stringify(frame)), RECEIVED);
    expect(['BTC-USD', 'ETH-USD', 'SOL-USD'].map((symbol) => normalizer.whole(symbol))).toEqual([false, false, false]);
    expect(wanted).toEqual(['BTC-USD', 'ETH-USD', 'SOL-USD']);
    normalizer.frame(Buffer.from(JSON.stringify(whole(4, 'ETH-USD'))), RECEIVED);
    expect(normalizer.whole('ETH-USD')).toBe(true);
    expect(gaps).toEqual([
      'BTC-USD resync book',
      'ETH-USD resync book',
      'BTC-USD gap all',
      'ETH-USD gap all',
      'SOL-USD gap all',
      'ETH-USD resync all',
    ]);
  });
});

describe('the Exchange feed', () => {
  test('a ticker of today is a quote at the time of its trade', () => {
    const ticker = {
      type: 'ticker',
      sequence: 37_475_248_783,
      product_id: 'ETH-USD',
      price: '1285.22',
      best_bid: '1285.04',
      best_bid_size: '0.46688654',
      best_ask: '1285.27',
      best_ask_size: '1.56637040',
      side: 'buy',
      time: '2022-10-19T23:28:22.061769Z',
      trade_id: 370_843_401,
      last_size: '11.4396987',
    };
    expect(read(ticker).events).toMatchObject([
      { kind: 'quote', tsEvent: 1_666_222_102_061_769, bidPrice: 128_504, askQuantity: 156_637_040 },
    ]);
  });

  test('what has no time has that of its receipt, and a refusal is an error', () => {
    const snapshot = { type: 'snapshot', product_id: 'BTC-USD', bids: [['10101.10', '0.45054140']], asks: [] };
    expect(read(snapshot).events).toMatchObject([{ tsEvent: RECEIVED, bids: [101_011, 4_505_414], asks: [] }]);
    const refusal = { type: 'error', message: 'Failed to subscribe', reason: 'BTC-NONE is not a valid product' };
    expect(read(refusal).error).toEqual({
      member: 'error',
      value: 'Failed to subscribe',
      expected: 'an accepted request',
    });
  });
});

test.each([
  ['{', 'frame'],
  ['[]', 'frame'],
  [{ ...whole(0), timestamp: 'now' }, 'timestamp'],
  [{ ...whole(0), timestamp: '2026-02-30T00:00:00Z' }, 'timestamp'],
  [{ ...whole(0), sequence_num: -1 }, 'sequence_num'],
  [{ ...whole(0), events: {} }, 'events'],
  [advanced('l2_data', 0, { type: 'update', product_id: 'A B', updates: [] }), 'product_id'],
  [advanced('l2_data', 0, { type: 'other', product_id: 'A-B', updates: [] }), 'type'],
  [advanced('l2_data', 0, { type: 'update', product_id: 'A-B', updates: [level('bid', '-1', '1')] }), 'price_level'],
  [
    advanced('l2_data', 0, { type: 'update', product_id: 'A-B', updates: [level('bid', '1', '1e-30')] }),
    'new_quantity',
  ],
  [advanced('l2_data', 0, { type: 'update', product_id: 'A-B', updates: [{ side: 'ask' }] }), 'side'],
  [advanced('market_trades', 0, { type: 'update', trades: [{ product_id: 'A-B', time: `${DAY}${AT}` }] }), 'price'],
  [{ type: 'match', product_id: 'A-B', trade_id: 1.5, price: '1', size: '1', side: 'buy' }, 'trade_id'],
  [{ type: 'match', product_id: 'A-B', trade_id: 1, price: '0', size: '1', side: 'buy' }, 'price'],
  [{ type: 'l2update', product_id: 'A-B', changes: [['bid', '1', '1']] }, 'changes'],
])('a malformed frame gives nothing but its error: %j', (frame, member) => {
  expect(read(frame)).toMatchObject({ events: [], error: { member } });
});

test('requests: one for each channel, and heartbeats', () => {
  const subscription = { symbols: ['BTC-USD', 'ETH-USD'], streams: ['trade', 'book', 'mark'] } as const;
  expect(coinbaseDialect.subscribe(subscription).map((text) => JSON.parse(text) as unknown)).toEqual([
    { type: 'subscribe', channel: 'heartbeats' },
    { type: 'subscribe', product_ids: ['BTC-USD', 'ETH-USD'], channel: 'market_trades' },
    { type: 'subscribe', product_ids: ['BTC-USD', 'ETH-USD'], channel: 'level2' },
  ]);
  expect(coinbaseDialect.unsubscribe({ symbols: ['BTC-USD'], streams: ['quote'] })).toEqual([
    '{"type":"unsubscribe","product_ids":["BTC-USD"],"channel":"ticker"}',
  ]);
  expect(coinbaseDialect.unsubscribe({ symbols: [], streams: ['quote'] })).toEqual([]);
  const clock = { iso: '2023-02-09T20:36:39Z', epochSeconds: '1675974999', epochMillis: '1675974999123' };
  expect(coinbaseDialect.clock?.read(clock)).toBe(1_675_974_999_123_000);
  expect(coinbaseDialect.clock?.read({ epochMillis: '' })).toBeUndefined();
});
