import { expect, test } from '@jest/globals';
import { formatScaled } from '@portcullis/market';
import { cryptofeedFrames } from '../../../test/cryptofeed-capture.ts';
import { MarketNormalizer } from '../../market/normalizer.ts';
import { bybitDialect } from './index.ts';

const FILE = 'BYBIT.ws.25.0.gz';

test('a capture of the stream before V5: everything is read, no book crosses or has a hole', () => {
  const frames = cryptofeedFrames(FILE);
  if (frames === undefined) return;
  let trades = 0;
  let levelsMost = 0;
  let backwards = 0;
  const last = new Map<string, { number: number; at: number }>();
  const normalizer: MarketNormalizer = new MarketNormalizer(bybitDialect, {
    onEvent: (event) => {
      if (event.kind === 'trade') trades += 1;
      if (event.kind !== 'delta' && event.kind !== 'snapshot') return;
      const before = last.get(event.symbol);
      const number = event.kind === 'delta' ? event.firstSequence : event.sequence;
      if (before !== undefined) {
        expect(number).toBe(before.number + 1);
        if (event.tsEvent < before.at) backwards += 1;
      }
      last.set(event.symbol, { number, at: event.tsEvent });
      const book = normalizer.book(event.symbol);
      levelsMost = Math.max(levelsMost, book?.size('buy') ?? 0, book?.size('sell') ?? 0);
    },
  });
  for (const { bytes, receivedMicros } of frames) normalizer.frame(bytes, receivedMicros);
  const { counters } = normalizer;
  expect(counters).toMatchObject({
    malformed: 0,
    gaps: 0,
    crossed: 0,
    duplicates: 0,
    outOfOrder: 0,
    events: { quote: 0, delta: 3252, snapshot: 8, gap: 8 },
    resyncs: 8,
  });
  expect([frames.length, trades, backwards]).toEqual([3342, 101, 0]);
  // The venue removes what falls out of the 25 levels that it shows.
  expect(levelsMost).toBe(25);
  const book = normalizer.book('BCHUSDT');
  const top = book?.top();
  if (book === undefined || top === undefined) throw new Error('the book is not whole');
  expect([
    formatScaled(top.bidPrice, book.priceScale),
    formatScaled(top.bidQuantity, book.quantityScale),
    formatScaled(top.askPrice, book.priceScale),
    formatScaled(top.askQuantity, book.quantityScale),
  ]).toEqual(['1056.25', '24.33', '1056.3', '35.5']);
});

test('frames of it that come twice change nothing, and a lost one is a hole', () => {
  const frames = cryptofeedFrames(FILE)?.slice(0, 1500);
  if (frames === undefined) return;
  const run = (some: readonly { bytes: Uint8Array; receivedMicros: number }[]): MarketNormalizer => {
    const normalizer = new MarketNormalizer(bybitDialect, { onEvent: () => undefined });
    for (const { bytes, receivedMicros } of some) normalizer.frame(bytes, receivedMicros);
    return normalizer;
  };
  const once = run(frames);
  const isBook = ({ bytes }: { bytes: Uint8Array }): boolean => Buffer.from(bytes).includes('"type":"delta"');
  const twice = run(frames.flatMap((frame) => (isBook(frame) ? [frame, frame] : [frame])));
  expect(twice.counters.events).toEqual(once.counters.events);
  expect(twice.counters.duplicates).toBe(once.counters.events.delta);
  expect(twice.book('BCHUSDT')?.top()).toEqual(once.book('BCHUSDT')?.top());

  const damaged = frames.findLastIndex((frame) => isBook(frame) && Buffer.from(frame.bytes).includes('BCHUSDT'));
  const cut = frames.map((frame, at) => {
    return at === damaged - 600 ? { ...frame, bytes: frame.bytes.subarray(0, 40) } : frame;
  });
  const holed = run(cut);
  expect(holed.counters).toMatchObject({ malformed: 1, gaps: 8 });
  expect(holed.whole('BCHUSDT')).toBe(false);
});
