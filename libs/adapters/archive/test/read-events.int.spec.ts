import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Cursor } from '../src/read/cursor.ts';
import {
  all,
  book,
  DAY,
  DAY_MICROS,
  gap,
  quote,
  ReadFixture,
  rowsOf,
  sorted,
  trade,
  type VenueEvent,
} from './read-fixture.ts';

let fixture: ReadFixture;
beforeEach(() => {
  fixture = new ReadFixture();
});
afterEach(() => fixture.close());

const common = { venue: 'kraken', symbol: 'XBT/USD', tsEventNanos: 1 };
const everyKind: VenueEvent[] = [
  quote('XBT/USD', DAY + 1, 1),
  trade('XBT/USD', DAY + 1, 2),
  {
    ...trade('XBT/USD', DAY + 2, 3),
    aggressor: 'unknown',
    tradeId: 'a trade id that is longer than twelve bytes, ü',
  } as VenueEvent,
  book('snapshot', 'XBT/USD', { tsEvent: DAY + 3, seq: 4 }, { bids: [100, 1, 99, 2], asks: [101, 5] }),
  book('delta', 'XBT/USD', { tsEvent: DAY + 3, seq: 5 }, { bids: [], asks: [101, 0] }),
  book('delta', 'XBT/USD', { tsEvent: DAY + 3, seq: 6 }, { bids: [], asks: [] }),
  { ...common, kind: 'mark', tsEvent: DAY + 4, seq: 7, tsInit: DAY + 4, price: 5, index: -1, priceScale: 0 },
  { ...common, kind: 'funding', tsEvent: DAY + 4, seq: 8, tsInit: DAY + 4, rate: -5, rateScale: 8, nextAt: 0 },
  {
    ...{
      ...common,
      kind: 'bar',
      tsEvent: DAY + 5,
      seq: 9,
      tsInit: DAY + 6,
      period: 5,
      start: DAY + 1,
      open: 1,
      high: 4,
    },
    ...{
      low: 0,
      close: 2,
      volume: 9_007_199_254_740_991,
      takerVolume: -1,
      quoteVolume: '123456789012345678.5',
      count: -1,
    },
    ...{ priceScale: 1, quantityScale: 0 },
  },
  gap('XBT/USD', DAY + 7, 10),
  gap('XBT/USD', DAY + DAY_MICROS, 11),
];

describe('events out of the archive', () => {
  test('are what was written, of every kind', async () => {
    await fixture.write(everyKind);
    expect(await all(fixture.reader().events({}))).toEqual(everyKind);
  });

  test('of many instruments come in one order, over days and segments', async () => {
    const events: VenueEvent[] = [];
    for (let i = 0; i < 20_000; i++) {
      const tsEvent = DAY + DAY_MICROS - 5_000_000 + Math.floor(i / 3) * 1000;
      events.push(i % 3 === 0 ? quote('A', tsEvent, i) : trade(i % 2 === 0 ? 'B' : 'A', tsEvent, i));
    }
    await fixture.write(events.slice(0, 9000));
    await fixture.write(events.slice(9000));
    expect(await all(fixture.reader().events({}))).toEqual(sorted(events));
  });

  test('of segments that overlap are sorted', async () => {
    const events = Array.from({ length: 9000 }, (_, i) => trade('A', DAY + i, i));
    for (let part = 0; part < 3; part++) await fixture.write(events.filter((_, i) => i % 3 === part && i % 7 < 5));
    await fixture.write(events.filter((_, i) => i % 7 >= 5));
    expect(await all(fixture.reader().events({}))).toEqual(events);
  });

  test('book events larger than chunks and batches come whole', async () => {
    const levels = (count: number): number[] => Array.from({ length: count * 2 }, (_, i) => i + 1);
    const events = [
      trade('A', DAY, 1),
      book('snapshot', 'A', { tsEvent: DAY, seq: 2 }, { bids: levels(30_000), asks: levels(12_345) }),
      ...Array.from({ length: 3000 }, (_, i) =>
        book('delta', 'A', { tsEvent: DAY + i, seq: i + 3 }, { bids: levels(i % 5), asks: [] }),
      ),
      trade('A', DAY + 9000, 4000),
    ];
    await fixture.write(events);
    expect(await all(fixture.reader().events({}))).toEqual(sorted(events));
  });

  test('are narrowed by venue, kind, symbol and time; gaps come along unless refused', async () => {
    await fixture.write([...everyKind, { ...trade('ETH', DAY + 1, 1), venue: 'okx' }, gap('ETH', DAY + 1, 1)]);
    const kinds = async (request: object): Promise<string[]> =>
      (await all(fixture.reader().events(request))).map(({ venue, kind, symbol }) => `${venue} ${kind} ${symbol}`);
    expect(await kinds({ venues: ['okx'] })).toEqual(['okx trade ETH']);
    const trades = ['kraken trade XBT/USD', 'kraken trade XBT/USD'];
    const gaps = ['kraken gap XBT/USD', 'kraken gap XBT/USD'];
    expect(await kinds({ kinds: ['trade'], symbols: ['XBT/USD'] })).toEqual([...trades, ...gaps]);
    expect(await kinds({ kinds: ['trade'], symbols: ['XBT/USD'], gaps: false })).toEqual(trades);
    expect(await kinds({ symbols: ['XBT/USD'], gaps: false, from: DAY + 3, to: DAY + 4 })).toHaveLength(3);
    expect(await kinds({ symbols: ['XBT/USD'], from: DAY + DAY_MICROS })).toEqual(['kraken gap XBT/USD']);
    expect(await kinds({ to: DAY })).toEqual([]);
  });

  test('go on after the cursor of any event', async () => {
    await fixture.write(everyKind);
    const cursors: Cursor[] = [];
    for await (const batch of fixture.reader().eventBatches({})) {
      batch.events.forEach((_, index) => cursors.push(batch.cursorAfter(index)));
    }
    expect(cursors).toHaveLength(everyKind.length);
    const reader = fixture.reader();
    for (const [index, after] of cursors.entries()) {
      const rest = await all(reader.events({ after: JSON.parse(JSON.stringify(after)) as Cursor }));
      expect(rest).toEqual(everyKind.slice(index + 1));
    }
  });
});

describe('columns out of the archive', () => {
  test('are those asked for, and the two of the order', async () => {
    await fixture.write(everyKind);
    const batches = await all(fixture.reader().batches({ columns: ['price', 'bidPrice'], gaps: false }));
    const streams = batches.flatMap((batch) => batch.streams);
    expect(Object.fromEntries(streams.map(({ stream, columns }) => [stream.kind, Object.keys(columns)]))).toMatchObject(
      {
        quote: ['tsEvent', 'seq', 'bidPrice'],
        trade: ['tsEvent', 'seq', 'price'],
        funding: ['tsEvent', 'seq'],
      },
    );
    expect(streams.every(({ columns: { tsEvent } }) => tsEvent instanceof Float64Array)).toBe(true);
    expect(rowsOf(batches).slice(0, 3)).toEqual([
      [DAY + 1, 1, 'venue=kraken/kind=quote/symbol=XBT%2FUSD', 100],
      [DAY + 1, 2, 'venue=kraken/kind=trade/symbol=XBT%2FUSD', 100],
      [DAY + 2, 3, 'venue=kraken/kind=trade/symbol=XBT%2FUSD', 100],
    ]);
  });

  test('stay what they are while later ones are read', async () => {
    await fixture.write(Array.from({ length: 50_000 }, (_, i) => trade('A', DAY + i, i, i)));
    const batches = await all(fixture.reader().batches({ columns: ['price'] }));
    expect(rowsOf(batches).every(([, seq, , price]) => seq === price)).toBe(true);
  });

  test('a read can be left in the middle, and the next goes on at its cursor', async () => {
    await fixture.write(Array.from({ length: 100_000 }, (_, i) => trade('A', DAY + (i >> 3), i)));
    const reader = fixture.reader();
    let cursor: Cursor | undefined;
    let rows = 0;
    for await (const batch of reader.batches({ columns: [] })) {
      cursor = batch.cursor;
      rows += batch.length;
      break;
    }
    for await (const batch of reader.batches({ columns: [], after: cursor! })) rows += batch.length;
    expect(rows).toBe(100_000);
  });
});
