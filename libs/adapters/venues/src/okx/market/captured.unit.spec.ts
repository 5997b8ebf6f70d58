import { describe, expect, test } from '@jest/globals';
import type { ScaledDelta, ScaledEvent, ScaledSnapshot } from '@portcullis/market';
import { cryptofeedFrames } from '../../../test/cryptofeed-capture.ts';
import { MarketNormalizer } from '../../market/normalizer.ts';
import { okxDialect } from './dialect.ts';

const FILE = 'OKX.ws.1.0.gz';
type Frame = NonNullable<ReturnType<typeof cryptofeedFrames>>[number];

/** A book of the plainest kind, at the scales of the latest event. */
class PlainBook {
  sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
  #priceScale = 0;
  #quantityScale = 0;

  take(event: ScaledDelta | ScaledSnapshot): void {
    const price = event.kind === 'snapshot' ? 1 : 10 ** (event.priceScale - this.#priceScale);
    const quantity = event.kind === 'snapshot' ? 1 : 10 ** (event.quantityScale - this.#quantityScale);
    this.#priceScale = event.priceScale;
    this.#quantityScale = event.quantityScale;
    for (const side of ['bids', 'asks'] as const) {
      const before = event.kind === 'snapshot' ? [] : [...this.sides[side]];
      this.sides[side] = new Map(before.map(([p, q]) => [p * price, q * quantity]));
      const levels = event[side];
      for (let at = 0; at < levels.length; at += 2) {
        const [p, q] = [levels[at] as number, levels[at + 1] as number];
        if (q === 0) this.sides[side].delete(p);
        else this.sides[side].set(p, q);
      }
    }
  }

  flat(side: 'bids' | 'asks'): number[] {
    const sign = side === 'bids' ? -1 : 1;
    return [...this.sides[side]].sort(([a], [b]) => (a - b) * sign).flat();
  }
}

describe('a recording of 2022, without numbers of updates', () => {
  test('each of its 290 checksums holds, and none when a level is altered', () => {
    const frames = cryptofeedFrames(FILE);
    if (frames === undefined) return;
    const parser = okxDialect.parser();
    const { checksum } = parser;
    if (checksum === undefined) throw new Error('the venue has a checksum');
    const books = new Map<string, PlainBook>();
    const counts = { held: 0, checked: 0, unseen: 0, levelsMost: 0 };
    for (const { bytes, receivedMicros } of frames) {
      const out: ScaledEvent[] = [];
      expect(parser.parse(bytes, receivedMicros, out)).toBeUndefined();
      for (const event of out) {
        if (event.kind !== 'delta' && event.kind !== 'snapshot') continue;
        const book = books.get(event.symbol) ?? new PlainBook();
        books.set(event.symbol, book);
        book.take(event);
        const [bids, asks] = [book.flat('bids'), book.flat('asks')];
        counts.levelsMost = Math.max(counts.levelsMost, bids.length / 2, asks.length / 2);
        counts.checked += 1;
        if (checksum.of(event.symbol, bids, asks) === event.checksum) counts.held += 1;
        const at = counts.checked % 50;
        const altered = asks.with(at, (asks[at] as number) + 1);
        if (checksum.of(event.symbol, bids, altered) === event.checksum) counts.unseen += 1;
      }
    }
    // Nobody forgot a level here: the venue itself removes what leaves its 400 best.
    expect(counts).toEqual({ held: 290, checked: 290, unseen: 0, levelsMost: 400 });
  });

  test('the normalizer keeps three whole books from it', () => {
    const frames = cryptofeedFrames(FILE);
    if (frames === undefined) return;
    const normalizer = new MarketNormalizer(okxDialect, { onEvent: () => undefined, quotesNeedBook: false });
    for (const { bytes, receivedMicros } of frames) normalizer.frame(bytes, receivedMicros);
    expect(normalizer.counters).toMatchObject({ malformed: 0, gaps: 0, resyncs: 3, crossed: 0, duplicates: 0 });
    expect(normalizer.counters.checksums).toEqual({ ok: 290, bad: 0 });
    expect(normalizer.counters.events).toMatchObject({ snapshot: 3, delta: 287, trade: 74, quote: 28 });
  });

  test('a lost update is found by the checksum, one that cannot be read by the count', () => {
    const frames = cryptofeedFrames(FILE);
    if (frames === undefined) return;
    const run = (change: (frame: Frame, at: number) => Frame | undefined) => {
      const normalizer = new MarketNormalizer(okxDialect, { onEvent: () => undefined });
      for (const [at, frame] of frames.entries()) {
        const changed = change(frame, at);
        if (changed !== undefined) normalizer.frame(changed.bytes, changed.receivedMicros);
      }
      return normalizer.counters;
    };
    const lost = run((frame, at) => (at >= 100 && at < 110 ? undefined : frame));
    expect(lost.checksums.bad).toBeGreaterThan(0);
    expect(lost.gaps).toBe(lost.checksums.bad);
    const unreadable = run((frame, at) => {
      const text = Buffer.from(frame.bytes).toString();
      return at === 100 ? { ...frame, bytes: Buffer.from(text.replace(/"ts":"\d+"/, '"ts":""')) } : frame;
    });
    expect(unreadable).toMatchObject({ malformed: 1, gaps: 1, checksums: { bad: 0 } });
  });
});
