import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Cursor } from '@portcullis/archive';
import type { InstrumentDefinition } from '@portcullis/market';
import type { ReplayInput } from '@portcullis/replay';
import type { EventSource } from '../src/dataset/input-batch.ts';
import { type Dataset, openDataset } from '../src/dataset/open-dataset.ts';
import { loadTape } from '../src/dataset/tape.ts';
import {
  barEvents,
  DAY,
  GeneratedStore,
  MINUTE,
  quoteEvent,
  tradeEvent,
  type VenueEvent,
  walk,
} from './generated-store.ts';

const made: GeneratedStore[] = [];
const opened: Dataset[] = [];

async function storeOf(events: readonly VenueEvent[]): Promise<GeneratedStore> {
  const store = new GeneratedStore();
  made.push(store);
  await store.write(events);
  return store;
}

async function dataset(...[request, options]: Parameters<typeof openDataset>): Promise<Dataset> {
  const found = await openDataset(request, options);
  opened.push(found);
  return found;
}

async function read(source: EventSource, definitions: readonly InstrumentDefinition[], after?: Cursor) {
  const events: ReplayInput[] = [];
  const cursors: Cursor[] = [];
  for await (const batch of source.batches(definitions, after)) {
    batch.events.forEach((event, index) => {
      events.push(event);
      cursors.push(batch.cursorAfter(index));
    });
  }
  return { events, cursors };
}

afterAll(async () => {
  for (const one of opened) await one.close();
  for (const one of made) await one.close();
});

function book(kind: 'delta' | 'snapshot', at: number, bids: number[], asks: number[]): VenueEvent {
  const sequences =
    kind === 'snapshot' ? { sequence: at } : { firstSequence: at, lastSequence: at, previousSequence: -1 };
  return {
    ...{
      venue: 'binance-spot',
      kind,
      symbol: 'BTCUSDT',
      tsEvent: DAY + at,
      tsEventNanos: 0,
      seq: at,
      tsInit: DAY + at,
    },
    ...{ priceScale: 2, quantityScale: 3, bids, asks, ...sequences },
  } as VenueEvent;
}

describe('events of every kind', () => {
  let store: GeneratedStore;
  const gap: VenueEvent = {
    ...{ venue: 'binance-spot', kind: 'gap', symbol: 'BTCUSDT', tsEvent: DAY + 40, tsEventNanos: 0, seq: 40 },
    ...{ tsInit: DAY + 40, reason: 'disconnect', detail: 'the line broke', stream: 'all', from: DAY + 30, to: 0 },
  };
  const mark: VenueEvent = {
    ...{ venue: 'binance-spot', kind: 'mark', symbol: 'BTCUSDT', tsEvent: DAY + 50, tsEventNanos: 0, seq: 50 },
    ...{ tsInit: DAY + 51, price: 61_234_567, index: -1, priceScale: 4 },
  };
  const funding: VenueEvent = {
    ...{ venue: 'binance-spot', kind: 'funding', symbol: 'BTCUSDT', tsEvent: DAY + 60, tsEventNanos: 0, seq: 60 },
    ...{ tsInit: DAY + 61, rate: -125, rateScale: 6, nextAt: DAY + 1000 },
  };
  beforeAll(async () => {
    store = await storeOf([
      quoteEvent(DAY + 10, 10, 612_345),
      tradeEvent(DAY + 20, 20, 612_346, { tradeId: 'abc' }),
      tradeEvent(DAY + 20, 21, 61_235, { priceScale: 1, aggressor: 'unknown' }),
      gap,
      mark,
      funding,
      book('snapshot', 70, [612_345, 1_000, 612_344, 2_000], [612_346, 3_000]),
      book('delta', 71, [], [612_346, 0]),
      book('delta', 72, [], []),
      quoteEvent(DAY + 80, 80, 612_346),
    ]);
  });

  const common = (at: number, seq = at, tsInit = DAY + at) => ({ slot: 0, seq, tsEvent: DAY + at, tsInit });
  const expected = [
    {
      kind: 'quote',
      ...common(10, 10, DAY + 15),
      bidPrice: 612_345,
      bidQuantity: 1_500,
      askPrice: 612_346,
      askQuantity: 2_500,
    },
    { kind: 'trade', ...common(20, 20, DAY + 25), tradeId: 'abc', price: 612_346, quantity: 1_234, aggressor: 'sell' },
    {
      kind: 'trade',
      ...common(20, 21, DAY + 25),
      tradeId: '21',
      price: 612_350,
      quantity: 1_234,
      aggressor: 'unknown',
    },
    {
      kind: 'gap',
      ...common(40),
      reason: 'disconnect',
      detail: 'the line broke',
      stream: 'all',
      from: DAY + 30,
      to: 0,
    },
    { kind: 'mark', ...common(50, 50, DAY + 51), price: 612_345 },
    { kind: 'funding', ...common(60, 60, DAY + 61), rate: -125, rateScale: 6, nextAt: DAY + 1000 },
    { kind: 'book', ...common(70), snapshot: true, bids: [612_345, 1_000, 612_344, 2_000], asks: [612_346, 3_000] },
    { kind: 'book', ...common(71), snapshot: false, bids: [], asks: [612_346, 0] },
    { kind: 'book', ...common(72), snapshot: false, bids: [], asks: [] },
    {
      kind: 'quote',
      ...common(80, 80, DAY + 85),
      bidPrice: 612_346,
      bidQuantity: 1_500,
      askPrice: 612_347,
      askQuantity: 2_500,
    },
  ];
  const definition: InstrumentDefinition = {
    ...{ venue: 'binance-spot', symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', tickSize: '0.01', lotSize: '0.001' },
    ...{ quantityMin: '0.001', quantityMax: '1000', priceMin: '0.01', priceMax: '1000000', notionalMin: '0' },
  };

  test('come exact and in the order of replay, from the archive and from a tape', async () => {
    const source = await dataset({ url: store.url }, { fill: 'book' });
    const archived = await read(source, [definition]);
    expect(archived.events).toEqual(expected);
    const tape = await loadTape(source, [definition], 1e9);
    expect(await read(tape!, [definition])).toEqual(archived);
  });

  test('go on after every one of them', async () => {
    const source = await dataset({ url: store.url }, { fill: 'book' });
    const { events, cursors } = await read(source, [definition]);
    const tape = await loadTape(source, [definition], 1e9);
    for (const [index, cursor] of cursors.entries()) {
      expect((await read(source, [definition], cursor)).events).toEqual(events.slice(index + 1));
      expect((await read(tape!, [definition], cursor)).events).toEqual(events.slice(index + 1));
    }
  });

  test('are those that a fill model can use, where nobody says which', async () => {
    const kinds = async (fill?: 'quotes' | 'trades' | 'book') =>
      (await dataset({ url: store.url }, fill && { fill })).info.kinds.join();
    expect(await kinds('quotes')).toBe('funding,gap,mark,quote,trade');
    expect(await kinds()).toBe('funding,gap,mark,quote,trade');
    expect(await kinds('book')).toBe('delta,funding,gap,mark,quote,snapshot,trade');
    await expect(dataset({ url: store.url }, { fill: 'next-open' })).rejects.toThrow(
      /fill is "next-open", expected quotes, trades, book: next-open needs bar events/,
    );
  });

  test('a tape that is too large is none', async () => {
    expect(await loadTape(await dataset({ url: store.url }), [definition], 100)).toBeUndefined();
  });
});

describe('what does not fit', () => {
  test('is told as a malformed record, in its place', async () => {
    const at = (index: number) => DAY + index * MINUTE;
    const bars = barEvents(walk('malformed', 4));
    const store = await storeOf([
      ...bars.slice(0, 2),
      { ...bars[2]!, high: 1, low: 2 } as VenueEvent,
      { ...bars[3]!, open: 0 } as VenueEvent,
      quoteEvent(at(10), 10, 5_000),
      quoteEvent(at(11), 11, 5_000, { askPrice: 4_999 }),
      quoteEvent(at(12), 12, 0),
      quoteEvent(at(13), 13, 5_001, { priceScale: 3 }),
      tradeEvent(at(14), 14, 0),
    ]);
    const source = await dataset({ url: store.url, kinds: ['bar', 'quote', 'trade'] });
    const tick: InstrumentDefinition = {
      ...{ venue: 'binance-spot', symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', tickSize: '0.01', lotSize: '0.5' },
      ...{ quantityMin: '0.5', quantityMax: '1000', priceMin: '0.01', priceMax: '1000000', notionalMin: '0' },
    };
    const { events, cursors } = await read(source, [tick]);
    expect(events.map(({ kind }) => kind).join()).toBe(
      'bar,bar,malformed,malformed,quote,malformed,malformed,malformed,malformed',
    );
    expect(events[5]).toMatchObject({
      seq: 11,
      what: 'quote with bidPrice 50, bidQuantity 1.5, askPrice 49.99, askQuantity 2.5: expected prices above zero on the tick size that fit each other, and quantities from zero',
    });
    // 1.5 and 2.5 in lots of a half.
    expect(events[4]).toMatchObject({ bidQuantity: 3, askQuantity: 5 });
    const tape = await loadTape(source, [tick], 1e9);
    expect(await read(tape!, [tick])).toEqual({ events, cursors });
  });
});

describe('a selection', () => {
  let store: GeneratedStore;
  beforeAll(async () => {
    store = await storeOf([...barEvents(walk('one', 3 * 1440)), ...barEvents(walk('two', 100), 'ETHUSDT')]);
  });

  test('is known before it is read', async () => {
    const { info } = await dataset({ url: store.url, symbols: ['BTCUSDT'], from: DAY + 1440 * MINUTE });
    expect(info).toMatchObject({
      kinds: ['bar'],
      instruments: [{ venue: 'binance-spot', symbol: 'BTCUSDT' }],
      rows: 2 * 1440,
      from: DAY + 1441 * MINUTE - 1,
      to: DAY + 3 * 1440 * MINUTE - 1,
    });
  });

  test('has a digest of its content and its bounds, not of the place where it lies', async () => {
    const again = await storeOf([...barEvents(walk('one', 3 * 1440)), ...barEvents(walk('two', 100), 'ETHUSDT')]);
    const digest = async (request: Parameters<typeof openDataset>[0]) => (await dataset(request)).info.digest;
    const whole = await digest({ url: store.url });
    expect(await digest({ url: again.url })).toBe(whole);
    const others = [
      { symbols: ['BTCUSDT'] },
      { from: DAY + 1 },
      { to: DAY + 1440 * MINUTE },
      { quality: 'GOOD' as const },
    ];
    const digests = await Promise.all(others.map((other) => digest({ url: store.url, ...other })));
    expect(new Set([whole, ...digests]).size).toBe(5);
  });

  test('has instruments by slot, inferred from its numbers', async () => {
    const source = await dataset({ url: store.url });
    expect(await source.instruments()).toMatchObject([
      { symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', tickSize: '0.01', lotSize: '0.00001', priceMin: '0.01' },
      { symbol: 'ETHUSDT', base: 'ETH', quote: 'USDT', tickSize: '0.01' },
    ]);
    const { events } = await read(source, await source.instruments());
    expect(events.length).toBe(3 * 1440 + 100);
    expect(events.slice(0, 4).map(({ slot }) => slot)).toEqual([0, 1, 0, 1]);
  });

  test.each([
    [
      { symbols: ['BTCUSD'] },
      /data.symbols is "BTCUSD", expected some of venue=binance-spot\/kind=bar\/symbol=BTCUSDT \(2024-03-01 to 2024-03-03\)/,
    ],
    [{ venues: ['kraken'] }, /data.venues is "kraken", expected some of/],
    [{ kinds: ['quote' as const] }, /data.kinds is "quote", expected some of/],
    [{ from: DAY + 5000 * MINUTE }, /data is .*, expected some of/],
    [{ from: DAY, to: DAY }, /data.to is .*, expected a time after data.from/],
  ])('%j that selects nothing is refused with what there is', async (request, expected) => {
    await expect(dataset({ url: store.url, ...request })).rejects.toThrow(expected);
  });

  test('of an empty store is refused', async () => {
    const empty = await storeOf([]);
    await expect(dataset({ url: empty.url })).rejects.toThrow(/has no market data/);
  });
});
