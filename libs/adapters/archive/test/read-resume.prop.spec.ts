import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { all, book, DAY, DAY_MICROS, gap, quote, ReadFixture, rowsOf, trade, type VenueEvent } from './read-fixture.ts';

let fixture: ReadFixture;
beforeEach(() => {
  fixture = new ReadFixture();
});
afterEach(() => fixture.close());

// Few times and numbers, so that streams tie in both; two days and several segments, some of which overlap.
const place = fc.record({
  what: fc.constantFrom('quote', 'trade', 'book', 'gap'),
  symbol: fc.constantFrom('A', 'B/C'),
  tsEvent: fc.tuple(fc.nat({ max: 1 }), fc.nat({ max: 4 })).map(([day, step]) => DAY + day * DAY_MICROS + step * 1000),
  seq: fc.nat({ max: 3 }),
  levels: fc.nat({ max: 3 }),
});
const segments = fc.array(fc.array(place, { minLength: 1, maxLength: 25 }), { minLength: 1, maxLength: 4 });

test('reading after any cursor gives exactly the rest', async () => {
  await fc.assert(
    fc.asyncProperty(segments, fc.infiniteStream(fc.nat()), async (given, random) => {
      await fixture.close();
      fixture = new ReadFixture();
      // A book event is there once; other rows may tie even within their stream.
      const seen = new Set<string>();
      for (const segment of given) await fixture.write(segment.map(eventOf).filter((event) => isNew(event, seen)));
      const reader = fixture.reader();
      const batches = await all(reader.batches({}));
      const whole = rowsOf(batches);
      const events = await all(reader.events({}));
      const sortedWhole = [...whole].sort(
        ([ts, seq, key], [ts2, seq2, key2]) =>
          Number(ts) - Number(ts2) || Number(seq) - Number(seq2) || (key! < key2! ? -1 : 1),
      );
      expect(whole.map((row) => row.slice(0, 3))).toEqual(sortedWhole.map((row) => row.slice(0, 3)));
      for (let cut = 0; cut < 3; cut++) {
        const eventBatches = await all(reader.eventBatches({}));
        const at = random.next().value % events.length;
        const cursors = eventBatches.flatMap((batch) => batch.events.map((_, index) => batch.cursorAfter(index)));
        expect(await all(reader.events({ after: cursors[at]! }))).toEqual(events.slice(at + 1));
        const rest = rowsOf(await all(reader.batches({ after: cursors[at]! })));
        expect(rest).toEqual(whole.slice(whole.length - rest.length));
      }
      expect(rowsOf(await all(reader.batches({ after: batches.at(-1)!.cursor })))).toEqual([]);
    }),
    { numRuns: 12 },
  );
}, 120_000);

function eventOf({
  what,
  symbol,
  tsEvent,
  seq,
  levels,
}: {
  what: string;
  symbol: string;
  tsEvent: number;
  seq: number;
  levels: number;
}): VenueEvent {
  if (what === 'quote') return quote(symbol, tsEvent, seq, levels);
  if (what === 'trade') return trade(symbol, tsEvent, seq, levels);
  if (what === 'gap') return gap(symbol, tsEvent, seq);
  return book(
    'delta',
    symbol,
    { tsEvent, seq },
    { bids: Array.from({ length: levels * 2 }, (_, i) => i + 1), asks: [] },
  );
}

function isNew({ kind, symbol, tsEvent, seq }: VenueEvent, seen: Set<string>): boolean {
  const key = `${symbol} ${tsEvent} ${seq}`;
  if (kind !== 'delta') return true;
  const fresh = !seen.has(key);
  seen.add(key);
  return fresh;
}
