import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScaledBook, type ScaledEvent } from '@portcullis/market';
import { type RunningVenue, startVenue } from '@portcullis/testkit';
import { CcxtMarketSource, type CcxtMarketOptions, type CcxtTrouble } from './index.ts';

// ccxt.pro as it is, against the simulated venue as a process of its own: a stub would only show what its author thinks
// that ccxt does.

const sources: CcxtMarketSource[] = [];
let venue: RunningVenue;
let url = '';

beforeAll(async () => {
  venue = await startVenue();
  url = venue.url;
});

afterAll(async () => {
  await Promise.all(sources.map((source) => source.close()));
  await venue.stop();
});

/** Everything but the callbacks. */
const binance = (): Omit<CcxtMarketOptions, 'onEvent' | 'onTrouble'> => ({
  exchangeId: 'binance',
  symbols: ['BTC/USDT'],
  streams: ['quote', 'trade', 'book', 'bar', 'mark'],
  bookEveryMs: 50,
  settings: {
    options: { defaultType: 'spot', fetchMarkets: { types: ['spot'] }, fetchCurrencies: false, fetchMargins: false },
  },
  // REST keeps its production addresses, so that ccxt's own tables apply.
  fetchImplementation: (address, { method = 'GET', headers = {} }) => {
    const { pathname, search } = new URL(address);
    return fetch(url + pathname + search, { method, headers });
  },
  wsUrls: { spot: `${url.replace('http:', 'ws:')}/stream/ws` },
});

async function open(options: Partial<CcxtMarketOptions> = {}) {
  const events: ScaledEvent[] = [];
  const troubles: CcxtTrouble[] = [];
  const source = await CcxtMarketSource.open({
    ...binance(),
    onEvent: (event) => events.push(event),
    onTrouble: (trouble) => troubles.push(trouble),
    ...options,
  });
  sources.push(source);
  return { source, events, troubles };
}

async function until(check: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!check()) {
    if (Date.now() > end) throw new Error(`nothing within 30 s: ${check.toString()}`);
    await sleep(20);
  }
}

const of = <K extends ScaledEvent['kind']>(events: readonly ScaledEvent[], kind: K) =>
  events.filter((event): event is Extract<ScaledEvent, { kind: K }> => event.kind === kind);

/** Puts the book together as a reader of the events would. */
function follow(events: readonly ScaledEvent[]): ScaledBook {
  const book = new ScaledBook();
  let last = 0;
  for (const event of events) {
    if (event.kind === 'snapshot') {
      expect(book.replace(event)).toBe('applied');
      last = event.sequence;
    } else if (event.kind === 'delta') {
      expect(event.firstSequence).toBe(last + 1);
      expect(book.apply(event)).toBe('applied');
      last = event.lastSequence;
    }
  }
  return book;
}

describe('binance through ccxt.pro', () => {
  test('quotes, trades and a book that is built without a hole, in exact numbers', async () => {
    const { source, events, troubles } = await open();
    expect(source.streams).toEqual(['quote', 'trade', 'book', 'bar']);
    expect(source.bookTrust).toBe('library');
    await until(
      () => of(events, 'delta').length > 20 && of(events, 'trade').length > 5 && of(events, 'quote').length > 5,
    );
    await source.close();
    const count = events.length;
    expect(troubles).toEqual([]);
    expect(new Set(events.map(({ symbol }) => symbol))).toEqual(new Set(['BTCUSDT']));
    expect(of(events, 'snapshot')).toHaveLength(1);
    expect(of(events, 'gap')).toMatchObject([{ reason: 'resync', stream: 'book' }]);
    const book = follow(events);
    expect(book.size('buy')).toBeGreaterThan(10);
    // What ccxt rounded somewhere would show as more digits than the market has.
    for (const event of [...of(events, 'trade'), ...of(events, 'quote'), ...of(events, 'delta')]) {
      expect(event.priceScale).toBeLessThanOrEqual(2);
      expect(event.quantityScale).toBeLessThanOrEqual(5);
    }
    const ids = of(events, 'trade').map(({ tradeId }) => Number(tradeId));
    expect(ids).toEqual(ids.map((_, at) => (ids[0] ?? 0) + at));
    // And the venue's own record of those trades says the same.
    const recent = (await (await fetch(`${url}/api/v3/trades?symbol=BTCUSDT&limit=1000`)).json()) as VenueTrade[];
    const byId = new Map(recent.map((trade) => [String(trade.id), trade]));
    const compared = of(events, 'trade').flatMap((trade) => {
      const its = byId.get(trade.tradeId);
      if (its === undefined) return [];
      const price = trade.price / 10 ** trade.priceScale;
      const quantity = trade.quantity / 10 ** trade.quantityScale;
      expect([price, quantity, trade.aggressor]).toEqual([
        Number(its.price),
        Number(its.qty),
        its.isBuyerMaker ? 'sell' : 'buy',
      ]);
      return [trade];
    });
    expect(compared.length).toBeGreaterThan(0);
    await sleep(200);
    expect(events).toHaveLength(count);
  });

  test('a lost connection is a gap of every stream on it, and everything comes again', async () => {
    const { events, troubles, source } = await open({ streams: ['quote', 'trade', 'book'] });
    await until(() => ['quote', 'trade', 'delta'].every((kind) => events.some((event) => event.kind === kind)));
    const before = events.length;
    await fetch(`${url}/sim/faults`, { method: 'POST', body: JSON.stringify({ closeSockets: 'market' }) });
    const resyncs = () => of(events.slice(before), 'gap').filter(({ reason }) => reason === 'resync');
    await until(() => resyncs().length >= 3);
    await until(() => of(events.slice(before), 'delta').length > 5);
    await source.close();
    const gaps = of(events.slice(before), 'gap');
    expect(
      gaps
        .filter(({ reason }) => reason === 'disconnect')
        .map(({ stream }) => stream)
        .toSorted(),
    ).toEqual(['book', 'quote', 'trade']);
    expect(
      resyncs()
        .map(({ stream }) => stream)
        .toSorted(),
    ).toEqual(['book', 'quote', 'trade']);
    expect(troubles.length).toBeGreaterThanOrEqual(3);
    expect(of(events, 'snapshot')).toHaveLength(2);
    follow(events);
    const ids = of(events, 'trade').map(({ tradeId }) => tradeId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('a venue or a symbol that does not exist is refused', async () => {
    await expect(open({ exchangeId: 'nosuchvenue' })).rejects.toThrow('ccxt.pro knows no venue nosuchvenue');
    await expect(open({ exchangeId: '../binance' })).rejects.toThrow('no name of a venue');
    await expect(open({ symbols: ['NO/SUCH'] })).rejects.toThrow('NO/SUCH');
  });
});

interface VenueTrade {
  readonly id: number;
  readonly price: string;
  readonly qty: string;
  readonly isBuyerMaker: boolean;
}
