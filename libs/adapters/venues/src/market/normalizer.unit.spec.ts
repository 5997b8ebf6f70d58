import { describe, expect, test } from '@jest/globals';
import type { ScaledDelta, ScaledEvent, ScaledGap, ScaledQuote, ScaledSnapshot, ScaledTrade } from '@portcullis/market';
import { binanceSpotDialect } from '../binance/market/dialects.ts';
import type { FrameError, MarketDialect } from './dialect.ts';
import type { Drop } from './instrument-stream.ts';
import { MarketNormalizer, type NormalizerOptions, SYMBOLS_MAX } from './normalizer.ts';

/** A venue whose frames are lists of events as JSON, so that a test says what it means. */
function plainDialect(fields: Partial<MarketDialect>): MarketDialect {
  return {
    ...binanceSpotDialect,
    bookRule: 'range',
    snapshots: 'rest',
    ...fields,
    parser: () => ({
      parse: (frame, _received, out) => {
        const text = Buffer.from(frame).toString();
        if (text === 'broken') return { member: 'frame', value: text, expected: 'events' };
        out.push(...(JSON.parse(text) as ScaledEvent[]));
        return undefined;
      },
      parseSnapshot: (body, _symbol, _received, out) => {
        const text = Buffer.from(body).toString();
        if (text === 'broken') return { member: 'body', value: text, expected: 'a snapshot' };
        out.push(JSON.parse(text) as ScaledSnapshot);
        return undefined;
      },
    }),
  };
}

const AT = 1_723_161_254_000_000;
const fields = { symbol: 'X', tsEvent: AT, tsEventNanos: 0, priceScale: 0, quantityScale: 0 };
const quote = (sequence: number, more: Partial<ScaledQuote> = {}): ScaledQuote => ({
  ...fields,
  kind: 'quote',
  sequence,
  bidPrice: 99,
  bidQuantity: 1,
  askPrice: 101,
  askQuantity: 1,
  ...more,
});
const trade = (id: number | string, tsEvent = AT, more: Partial<ScaledTrade> = {}): ScaledTrade => ({
  ...fields,
  kind: 'trade',
  tsEvent,
  tradeId: String(id),
  price: 100,
  quantity: 1,
  aggressor: 'buy',
  ...more,
});
const delta = (sequence: number, more: Partial<ScaledDelta> = {}): ScaledDelta => ({
  ...fields,
  kind: 'delta',
  firstSequence: sequence,
  lastSequence: sequence,
  previousSequence: -1,
  bids: [],
  asks: [],
  ...more,
});
const snapshot = (sequence: number, more: Partial<ScaledSnapshot> = {}): ScaledSnapshot => ({
  ...fields,
  kind: 'snapshot',
  sequence,
  bids: [99, 1],
  asks: [101, 1],
  ...more,
});

function made(dialect: Partial<MarketDialect> = {}, options: Partial<NormalizerOptions> = {}) {
  const events: ScaledEvent[] = [];
  const wanted: string[] = [];
  const errors: FrameError[] = [];
  const dropped: Drop[] = [];
  const normalizer = new MarketNormalizer(plainDialect(dialect), {
    onEvent: (event) => events.push(event),
    onSnapshotWanted: (symbol) => wanted.push(symbol),
    onFrameError: (error) => errors.push(error),
    onDropped: (drop) => dropped.push(drop),
    ...options,
  });
  const send = (...sent: ScaledEvent[]): void => normalizer.frame(Buffer.from(JSON.stringify(sent)), AT);
  const fetch = (body: ScaledSnapshot): void => normalizer.snapshot(body.symbol, Buffer.from(JSON.stringify(body)), AT);
  const told = (): string[] =>
    events.splice(0).map((event) => {
      if (event.kind === 'gap') return `${event.reason} ${event.stream}: ${event.detail}`;
      return event.kind === 'trade' ? `trade ${event.tradeId}` : event.kind;
    });
  return { normalizer, events, wanted, errors, dropped, send, fetch, told };
}

describe('the books of a connection', () => {
  test('are asked for once, and told from the snapshot on', () => {
    const { normalizer, wanted, send, fetch, told } = made();
    normalizer.follow(['X', 'Y']);
    normalizer.disconnected('disconnect', 'nothing is known yet', AT);
    expect(told()).toEqual(['disconnect all: nothing is known yet', 'disconnect all: nothing is known yet']);
    normalizer.connected(AT);
    expect(wanted.splice(0)).toEqual(['X', 'Y']);
    send(quote(1), delta(5), trade(1), delta(6));
    expect(told()).toEqual(['trade 1']);
    expect(normalizer.book('X')).toBeUndefined();
    fetch(snapshot(5));
    expect(told()).toEqual(['snapshot', 'delta', 'resync all: whole at update 6']);
    send(quote(2));
    expect(told()).toEqual(['quote']);
    expect([normalizer.whole('X'), normalizer.whole('Y'), wanted]).toEqual([true, false, []]);
    expect(normalizer.book('X')?.top()?.bidPrice).toBe(99);
  });

  test('a snapshot older than what came, and one that is malformed, are asked for again', () => {
    const { normalizer, wanted, errors, send, fetch, told } = made();
    send(delta(5));
    fetch(snapshot(3));
    normalizer.snapshot('X', Buffer.from('broken'), AT);
    expect(wanted).toEqual(['X', 'X', 'X']);
    expect(errors).toHaveLength(1);
    fetch(snapshot(4));
    expect(told()).toEqual(['snapshot', 'delta', 'resync book: whole at update 5']);
    expect(normalizer.counters).toMatchObject({ snapshots: 2, malformed: 1, resyncs: 1, gaps: 0 });
  });

  test('a hole, a crossed book and one lost by command are gaps, and quotes are held back until it is whole', () => {
    const { normalizer, wanted, send, fetch, told } = made();
    fetch(snapshot(4));
    send(delta(6), quote(1));
    fetch(snapshot(6));
    send(delta(7, { bids: [101, 1] }), quote(2));
    fetch(snapshot(7));
    normalizer.lose('X', 'three were dropped', AT);
    fetch(snapshot(8));
    expect(told().filter((what) => what !== 'snapshot')).toEqual([
      'resync book: whole at update 4',
      'gap book: update 5 expected, 6 came',
      'resync book: whole at update 6',
      'gap book: the best bid is at or above the best ask at update 7',
      'resync book: whole at update 7',
      'gap all: three were dropped',
      'resync all: whole at update 8',
    ]);
    expect(normalizer.counters).toMatchObject({ gaps: 3, resyncs: 4, crossed: 1 });
    expect(wanted).toEqual(['X', 'X', 'X']);
  });

  test('a lost connection is told once to each, after what was told before', () => {
    const { normalizer, events, send, fetch } = made();
    normalizer.connected(AT);
    fetch(snapshot(4, { tsEvent: AT + 1_300_000 }));
    normalizer.disconnected('stale', 'no frame', AT);
    normalizer.disconnected('disconnect', 'refused', AT);
    const gaps = events.filter((event): event is ScaledGap => event.kind === 'gap' && event.reason !== 'resync');
    expect(gaps).toMatchObject([{ reason: 'stale', from: AT + 1_300_000, tsEvent: AT + 1_300_000, stream: 'all' }]);
    normalizer.connected(AT);
    // The venue began anew: lower numbers are new.
    send(delta(1));
    fetch(snapshot(1));
    send(quote(1));
    expect(events.at(-1)?.kind).toBe('quote');
  });

  test('snapshots in the stream need no asking, but after a loss they do', () => {
    const { normalizer, wanted, send, told } = made({ snapshots: 'stream', bookRule: 'next' });
    normalizer.follow(['X']);
    normalizer.connected(AT);
    send(delta(3), snapshot(4), delta(5), delta(5), delta(7), delta(8), snapshot(8));
    expect(wanted).toEqual(['X']);
    expect(told()).toEqual([
      'snapshot',
      'resync book: whole at update 4',
      'delta',
      'gap book: update 6 expected, 7 came',
      'snapshot',
      'resync book: whole at update 8',
    ]);
    expect(normalizer.counters).toMatchObject({ duplicates: 1, snapshots: 2 });
  });

  test('a hole that the parser saw concerns everybody on the connection', () => {
    const { send, fetch, told, wanted } = made();
    fetch(snapshot(4));
    fetch(snapshot(4, { symbol: 'Y' }));
    told();
    const gap = {
      kind: 'gap' as const,
      reason: 'gap' as const,
      detail: '4 messages',
      stream: 'all' as const,
      from: 0,
      to: 0,
    };
    send({ ...gap, symbol: '', tsEvent: AT, tsEventNanos: 0 });
    expect(told()).toEqual(['gap all: 4 messages', 'gap all: 4 messages']);
    expect(wanted).toEqual(['X', 'Y']);
  });

  test('without numbers and checksums a malformed frame costs the books', () => {
    const { normalizer, send, told } = made({ snapshots: 'stream', bookRule: 'ordered' });
    send(snapshot(0));
    normalizer.frame(Buffer.from('broken'), AT);
    expect(told().at(-1)).toBe('gap book: a malformed frame: frame');
    expect(normalizer.counters).toMatchObject({ frames: 2, malformed: 1 });
  });

  test('keeps no more levels than the venue keeps up to date', () => {
    const { normalizer, send } = made({ snapshots: 'stream', bookRule: 'next', bookDepth: 2 });
    send(snapshot(1, { bids: [99, 1, 98, 1] }), delta(2, { bids: [100, 1, 98, 0] }));
    expect(normalizer.book('X')?.flat('buy', 9)).toEqual([100, 1, 99, 1]);
    send(delta(3, { bids: [98, 1, 97, 1] }));
    expect(normalizer.book('X')?.flat('buy', 9)).toEqual([100, 1, 99, 1]);
  });
});

describe('what is beside the books', () => {
  const open = { quotesNeedBook: false } as const;

  test('quotes twice or too late are dropped and counted', () => {
    const { normalizer, send, told, dropped } = made({}, open);
    send(quote(5), quote(5), quote(4), quote(0), quote(0));
    expect(told()).toEqual(['quote', 'quote', 'quote']);
    expect(normalizer.counters).toMatchObject({ duplicates: 1, outOfOrder: 1 });
    expect(dropped).toEqual([
      { why: 'duplicate', stream: 'quote' },
      { why: 'out-of-order', stream: 'quote' },
    ]);
  });

  test('consecutive trades: holes are told, late ones fill them, repeated ones go', () => {
    const { normalizer, send, told } = made({ consecutiveTradeIds: true });
    send(trade(5, AT), trade(6, AT + 1), trade(10, AT + 2), trade(8, AT + 1), trade(8, AT + 1), trade(6, AT + 1));
    send(trade(2, AT - 5), trade(11, AT + 3, { quantity: 0 }), trade(12, AT + 4), trade(1, AT + 9));
    expect(told()).toEqual([
      'trade 5',
      'trade 6',
      'gap trade: 3 trades from 7 on are missing',
      'trade 10',
      'trade 8',
      'trade 12',
      'gap trade: trade ids fell from 12 to 1',
      'trade 1',
    ]);
    expect(normalizer.counters).toMatchObject({ duplicates: 2, outOfOrder: 2, gaps: 2 });
  });

  test('other trade ids: the same one at the same time goes', () => {
    const { normalizer, send, told } = made({ consecutiveTradeIds: false });
    for (let n = 0; n < 3000; n++) send(trade(`t${n}`));
    send(trade('t2999'), trade('t2999', AT + 1), trade('t1'));
    expect(told()).toHaveLength(3002);
    expect(normalizer.counters.duplicates).toBe(1);
  });

  test('bars, marks and funding rates come once and in order', () => {
    const bar = { ...fields, kind: 'bar' as const, period: 60, open: 1, high: 1, low: 1, close: 1, volume: 1 };
    const rest = { takerVolume: -1, quoteVolume: '', count: 1 };
    const mark = { kind: 'mark' as const, symbol: 'X', tsEventNanos: 0, priceScale: 0, index: -1 };
    const funding = { kind: 'funding' as const, symbol: 'X', tsEventNanos: 0, rateScale: 0, nextAt: 0, rate: 1 };
    const { normalizer, send, told } = made();
    for (const start of [60, 120, 120, 60]) send({ ...bar, ...rest, start });
    for (const tsEvent of [5, 6, 6, 5]) send({ ...mark, tsEvent, price: 1 }, { ...funding, tsEvent });
    expect(told()).toEqual(['bar', 'bar', 'mark', 'funding', 'mark', 'funding']);
    expect(normalizer.counters).toMatchObject({ duplicates: 3, outOfOrder: 3 });
  });

  test('without a book the first event after a hole ends it', () => {
    const { normalizer, send, told } = made({}, open);
    normalizer.follow(['X']);
    normalizer.disconnected('disconnect', 'nothing is known yet', AT);
    normalizer.connected(AT);
    send(trade(1), trade(2));
    expect(told().slice(1)).toEqual(['resync all: events come again', 'trade 1', 'trade 2']);
  });

  test('only what is followed comes through', () => {
    const { normalizer, send, told } = made();
    normalizer.follow(['X']);
    send(trade(1), trade(1, AT, { symbol: 'Y' }));
    normalizer.unfollow(['X']);
    send(trade(2));
    expect(told()).toEqual(['trade 1']);
  });

  test('so many symbols and no more', () => {
    const { normalizer, errors, send } = made();
    send(...Array.from({ length: SYMBOLS_MAX + 1 }, (_, n) => trade(1, AT, { symbol: `S${n}` })));
    expect(normalizer.counters.events.trade).toBe(SYMBOLS_MAX);
    expect(errors).toMatchObject([{ member: 'symbol' }]);
  });
});

describe('with frames of Binance', () => {
  const frames = [
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161254459,"s":"BTCUSDT","U":8,"u":9,"b":[["61659.74","1.2"]],"a":[]}}',
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":1,"p":"61837.63","q":"0.02","T":1723161255342,"m":true,"M":true}}',
  ];

  test('half a line is malformed and nothing else suffers; a price with more digits rescales the book', () => {
    const events: ScaledEvent[] = [];
    const errors: FrameError[] = [];
    const normalizer = new MarketNormalizer(binanceSpotDialect, {
      onEvent: (event) => events.push(event),
      onFrameError: (error) => errors.push(error),
    });
    const body = '{"lastUpdateId":7,"bids":[["61659.7","1"]],"asks":[["61660","1"]]}';
    for (const frame of frames) normalizer.frame(Buffer.from(frame), AT);
    normalizer.snapshot('BTCUSDT', Buffer.from(body), AT);
    normalizer.frame(Buffer.from(frames[0]?.slice(0, 60) ?? ''), AT);
    const finer = frames[0]?.replace('"U":8,"u":9', '"U":10,"u":10').replace('61659.74', '61659.7401') ?? '';
    normalizer.frame(Buffer.from(finer), AT);
    expect(errors).toMatchObject([{ member: 'frame' }]);
    expect(normalizer.counters).toMatchObject({ malformed: 1, gaps: 0, resyncs: 1 });
    expect(normalizer.book('BTCUSDT')?.flat('buy', 9)).toEqual([616_597_401, 120, 616_597_400, 120, 616_597_000, 100]);
    expect(events.map(({ kind }) => kind)).toEqual(['trade', 'snapshot', 'delta', 'gap', 'delta']);
  });
});
