import { describe, expect, test } from '@jest/globals';
import type { ScaledDelta, ScaledEvent, ScaledSnapshot } from '@portcullis/market';
import { cryptofeedFrames } from '../../../test/cryptofeed-capture.ts';
import { MarketNormalizer } from '../../market/normalizer.ts';
import { krakenDialect } from './dialect.ts';

const FILES = { trades: 'KRAKEN.ws.48.0.gz', ticker: 'KRAKEN.ws.49.0.gz', book: 'KRAKEN.ws.50.0.gz' } as const;

/** A book of the plainest kind, in which a level is looked up by its price. */
class PlainBook {
  readonly sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  priceScale = 0;
  quantityScale = 0;

  take(event: ScaledDelta | ScaledSnapshot): void {
    if (event.kind === 'snapshot') {
      this.sides.bids.clear();
      this.sides.asks.clear();
      this.priceScale = event.priceScale;
      this.quantityScale = event.quantityScale;
    }
    // In this recording scales do not grow after the snapshot.
    expect([event.priceScale, event.quantityScale]).toEqual([this.priceScale, this.quantityScale]);
    for (const side of ['bids', 'asks'] as const) {
      const levels = event[side];
      for (let at = 0; at < levels.length; at += 2) {
        const [price, quantity] = [levels[at] as number, levels[at + 1] as number];
        if (quantity === 0) this.sides[side].delete(price);
        else this.sides[side].set(price, quantity);
      }
      if (this.sides[side].size <= 1000) continue;
      for (const [price] of this.best(side).slice(1000)) this.sides[side].delete(price);
    }
  }

  best(side: 'bids' | 'asks'): [number, number][] {
    const sign = side === 'bids' ? -1 : 1;
    return [...this.sides[side]].sort(([a], [b]) => (a - b) * sign);
  }

  flat(side: 'bids' | 'asks'): number[] {
    return this.best(side).slice(0, 10).flat();
  }
}

describe('a recording of WebSocket v1', () => {
  test('each of its 4269 checksums holds, and none when a level is altered', () => {
    const frames = cryptofeedFrames(FILES.book);
    if (frames === undefined) return;
    const parser = krakenDialect.parser();
    const { checksum } = parser;
    if (checksum === undefined) throw new Error('the venue has a checksum');
    const books = new Map<string, PlainBook>();
    const counts = { held: 0, checked: 0, altered: 0, unseen: 0, backwards: 0 };
    const times = new Map<string, number>();
    for (const { bytes, receivedMicros } of frames) {
      const out: ScaledEvent[] = [];
      expect(parser.parse(bytes, receivedMicros, out)).toBeUndefined();
      for (const event of out) {
        if (event.kind !== 'delta' && event.kind !== 'snapshot') throw new Error(`${event.kind} is not subscribed to`);
        const { symbol } = event;
        const book = books.get(symbol) ?? new PlainBook();
        books.set(symbol, book);
        book.take(event);
        if (event.tsEvent < (times.get(symbol) ?? 0)) counts.backwards += 1;
        times.set(symbol, event.tsEvent);
        if (event.checksum === undefined) continue;
        const [bids, asks] = [book.flat('bids'), book.flat('asks')];
        counts.checked += 1;
        if (checksum.of(symbol, bids, asks) === event.checksum) counts.held += 1;
        const at = counts.checked % bids.length;
        const altered = bids.with(at, (bids[at] as number) + 1);
        counts.altered += 1;
        if (checksum.of(symbol, altered, asks) === event.checksum) counts.unseen += 1;
      }
    }
    expect(counts).toEqual({ held: 4269, checked: 4269, altered: 4269, unseen: 0, backwards: 0 });
    expect(books.size).toBe(10);
  });

  test('the normalizer keeps ten whole books from it', () => {
    const frames = cryptofeedFrames(FILES.book);
    if (frames === undefined) return;
    const normalizer = new MarketNormalizer(krakenDialect, { onEvent: () => undefined });
    for (const { bytes, receivedMicros } of frames) normalizer.frame(bytes, receivedMicros);
    expect(normalizer.counters).toMatchObject({ malformed: 0, gaps: 0, resyncs: 10, crossed: 0, duplicates: 0 });
    expect(normalizer.counters.checksums).toEqual({ ok: 4269, bad: 0 });
    expect(normalizer.counters.events).toMatchObject({ snapshot: 10, delta: 4269 });
  });

  test('a lost update is found by the next checksum that it concerns, and the book is wanted anew', () => {
    const frames = cryptofeedFrames(FILES.book);
    if (frames === undefined) return;
    const wanted: string[] = [];
    const normalizer = new MarketNormalizer(krakenDialect, {
      onEvent: () => undefined,
      onSnapshotWanted: (symbol) => wanted.push(symbol),
    });
    const holed = frames.filter((_, at) => at < 1000 || at >= 1050);
    for (const { bytes, receivedMicros } of holed) normalizer.frame(bytes, receivedMicros);
    expect(normalizer.counters.checksums.bad).toBeGreaterThan(0);
    expect(new Set(wanted).size).toBe(normalizer.counters.checksums.bad);
    for (const symbol of wanted) expect(normalizer.whole(symbol)).toBe(false);
  });

  test('trades and tickers', () => {
    const [trades, ticker] = [cryptofeedFrames(FILES.trades), cryptofeedFrames(FILES.ticker)];
    if (trades === undefined || ticker === undefined) return;
    const parser = krakenDialect.parser();
    const out: ScaledEvent[] = [];
    for (const { bytes, receivedMicros } of [...trades, ...ticker]) {
      expect(parser.parse(bytes, receivedMicros, out)).toBeUndefined();
    }
    expect(out.filter(({ kind }) => kind === 'trade')).toHaveLength(10);
    expect(out.filter(({ kind }) => kind === 'quote')).toHaveLength(18);
    expect(out[0]).toEqual({
      kind: 'trade',
      symbol: 'XMR/USD',
      tsEvent: 1_618_678_142_557_535,
      tsEventNanos: 0,
      priceScale: 2,
      quantityScale: 8,
      tradeId: '1618678142557535-354.11-0.89594024-s',
      price: 35_411,
      quantity: 89_594_024,
      aggressor: 'sell',
    });
  });
});
