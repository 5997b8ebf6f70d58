import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ScaledEvent } from '@portcullis/market';
import { MarketStream, type MarketStreamOptions, dialectOf } from '../src/market/index.ts';
import { PretendStream } from './pretend-stream.ts';

const SYMBOL = 'BTCUSDT';
let venue: PretendStream;
let stream: MarketStream;
let events: ScaledEvent[];
let troubles: string[];

const told = (symbol = SYMBOL): string[] =>
  events.filter((event) => event.symbol === symbol).map((event) => (event.kind === 'gap' ? event.reason : event.kind));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** Events until the next `resync`, and no more. */
async function whole(symbol = SYMBOL): Promise<string[]> {
  await until(() => told(symbol).includes('resync'));
  const all = told(symbol);
  events = [];
  return all;
}

function follow(options: Partial<MarketStreamOptions> & { readonly symbols?: readonly string[] } = {}): void {
  const { symbols = [SYMBOL], ...more } = options;
  stream = new MarketStream({
    dialect: dialectOf('binance-spot'),
    restUrl: venue.restUrl,
    wsUrl: venue.wsUrl,
    streams: ['quote', 'trade', 'book'],
    onEvent: (event) => void events.push(event),
    onTrouble: (what) => void troubles.push(what),
    staleMs: 60_000,
    ...more,
  });
  stream.start(symbols);
}

beforeEach(async () => {
  venue = await PretendStream.start();
  events = [];
  troubles = [];
});

afterEach(() => {
  stream.close();
  venue.stop();
});

describe('market stream', () => {
  test('says that nothing is known, subscribes, and builds the book from snapshot and deltas', async () => {
    venue.refusals = 1;
    follow();
    await until(() => venue.subscribed.length > 0);
    venue.quote('100.00', '100.02');
    venue.delta();
    venue.delta();
    expect(await whole()).toEqual(['disconnect', 'snapshot', 'resync']);
    expect(venue.subscribed).toEqual(['btcusdt@bookTicker', 'btcusdt@trade', 'btcusdt@depth@100ms']);
    expect(troubles).toEqual(['/api/v3/depth: HTTP 503']);
    venue.quote('100.00', '100.02');
    venue.delta();
    await until(() => events.length === 2);
    expect(told()).toEqual(['quote', 'delta']);
    const book = stream.book(SYMBOL);
    expect([book?.levels('buy', 5), book?.levels('sell', 5)]).toMatchObject([{ length: 2 }, { length: 1 }]);
  });

  test('a dropped frame is a gap; quotes wait until the book is whole again', async () => {
    follow();
    await whole();
    venue.delta();
    venue.delta({ lost: true });
    venue.delta();
    venue.quote('100.00', '100.02');
    expect(await whole()).toEqual(['delta', 'gap', 'snapshot', 'resync']);
    expect(stream.whole(SYMBOL)).toBe(true);
  });

  test('lost trades are a gap of the trades alone', async () => {
    follow();
    await whole();
    venue.trade();
    venue.trade({ lost: true });
    venue.trade();
    await until(() => events.length === 3);
    expect(events).toMatchObject([{ tradeId: '1' }, { kind: 'gap', stream: 'trade' }, { tradeId: '3' }]);
    expect(stream.whole(SYMBOL)).toBe(true);
  });

  test('deltas that are older than the snapshot are dropped, later ones applied', async () => {
    follow();
    await until(() => venue.subscribed.length > 0);
    venue.delta();
    await until(() => venue.snapshots === 1);
    venue.delta();
    const all = await whole();
    expect(all.slice(0, 2)).toEqual(['disconnect', 'snapshot']);
  });

  test('a disconnect is told once and followed by a resync', async () => {
    follow();
    await whole();
    venue.cut();
    expect(await whole()).toEqual(['disconnect', 'snapshot', 'resync']);
    expect(stream.counters).toMatchObject({ connections: 2, reconnects: 1 });
  });

  test('silence is stale, and ends with another connection', async () => {
    follow({ staleMs: 400 });
    await whole();
    await until(() => told().includes('stale'));
    await until(() => stream.counters.connections >= 2);
  });

  test('a malformed frame is counted, and its neighbours go on', async () => {
    follow();
    await whole();
    venue.send('{"e":"trade","s":"BTCUSDT"}');
    venue.send('no json');
    venue.quote('100.00', '100.02');
    await until(() => events.length > 0);
    expect(told()).toEqual(['quote']);
    expect(stream.counters.malformed).toBe(2);
  });

  test('symbols come and go while it runs, and the others notice nothing', async () => {
    follow();
    await whole();
    stream.follow([SYMBOL, 'ETHUSDT']);
    expect((await whole('ETHUSDT'))[0]).toBe('gap');
    expect(venue.connections).toBe(1);
    expect(stream.symbols).toEqual([SYMBOL, 'ETHUSDT']);
    stream.unfollow(['ETHUSDT']);
    await until(() => venue.following[0]?.length === 3);
    venue.delta({ symbol: 'ETHUSDT' });
    venue.trade();
    await until(() => events.length > 0);
    expect(told()).toEqual(['trade']);
    expect([told('ETHUSDT'), stream.whole('ETHUSDT'), stream.whole(SYMBOL)]).toEqual([[], false, true]);
    stream.unfollow([SYMBOL]);
    await until(() => venue.connections === 0);
    events = [];
    stream.follow([SYMBOL]);
    expect(await whole()).toEqual(['disconnect', 'snapshot', 'resync']);
  });

  test('many symbols are spread over several connections', async () => {
    const symbols = Array.from({ length: 150 }, (_, at) => `S${at}USDT`);
    follow({ symbols, streams: ['trade', 'quote'] });
    await until(() => venue.following.flat().length === 300);
    expect(venue.following.map((streams) => streams.length)).toEqual([200, 100]);
    expect(new Set(venue.following.flat()).size).toBe(300);
  });

  test("measures the venue's clock, with how wrong that can be", async () => {
    venue.clockAheadMs = 1300;
    follow();
    await until(() => stream.clock !== undefined);
    const { offsetMicros, uncertaintyMicros } = stream.clock!;
    // Its clock shows whole milliseconds, and so does ours.
    expect(Math.abs(offsetMicros - 1_300_000)).toBeLessThanOrEqual(uncertaintyMicros + 2000);
  });

  test('does not ask a venue that is asked too much until it says', async () => {
    venue.refusals = 1;
    venue.refuseWith = { status: 429, headers: { 'retry-after': '1' } };
    follow();
    await whole();
    expect(troubles[0]).toContain('nothing is asked for 1 s');
  });

  test('gives everything raw, each symbol by a connection of its own', async () => {
    const frames: [string, string][] = [];
    const onFrame: MarketStreamOptions['onFrame'] = ({ symbol, bytes }) =>
      void frames.push([symbol, Buffer.from(bytes).toString()]);
    follow({ symbols: [SYMBOL, 'ETHUSDT'], onFrame });
    await whole('ETHUSDT');
    expect(venue.connections).toBe(2);
    const snapshot = frames.find(([symbol, text]) => symbol === 'ETHUSDT' && text.includes('lastUpdateId'));
    expect(snapshot?.[1]).toContain('"bids":[["100.00","1.000"]]');
  });

  test('a closed stream says nothing more', async () => {
    follow();
    await whole();
    stream.close();
    venue.trade();
    await until(() => venue.connections === 0);
    expect(events).toEqual([]);
  });
});
