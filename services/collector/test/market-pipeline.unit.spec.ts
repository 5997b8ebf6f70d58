import { expect, test } from '@jest/globals';
import { type NumberedEvent, ScaledBook, type ScaledEvent } from '@portcullis/market';
import { MarketPipeline } from '../src/state/market-pipeline.ts';

const SECOND = 1_000_000;
const START = 1_700_000_000 * SECOND;

/** A sink with room for so many more events. */
class Sink {
  readonly events: NumberedEvent[] = [];
  readonly leftOut: string[] = [];
  room = Number.POSITIVE_INFINITY;
  refuses: NumberedEvent['kind'] | undefined;

  append(_venue: string, event: NumberedEvent): boolean {
    if (this.room <= 0 || event.kind === this.refuses) return false;
    this.room -= 1;
    this.events.push(event);
    return true;
  }

  take(venue: string, event: NumberedEvent): boolean {
    return this.append(venue, event);
  }

  leaveOut(_venue: string, symbol: string): void {
    this.leftOut.push(symbol);
  }

  get told(): string[] {
    return this.events.map((event) => (event.kind === 'gap' ? event.reason : event.kind));
  }
}

const base = { symbol: 'X', tsEventNanos: 0, priceScale: 0, quantityScale: 0 };
const trade = (at: number): ScaledEvent => ({
  ...base,
  kind: 'trade',
  tsEvent: at,
  tradeId: String(at),
  price: 1,
  quantity: 1,
  aggressor: 'buy',
});
const delta = (at: number, last: number): ScaledEvent => ({
  ...base,
  kind: 'delta',
  tsEvent: at,
  firstSequence: last,
  lastSequence: last,
  previousSequence: -1,
  bids: [9, 1],
  asks: [],
});

function opened(): { archive: Sink; bus: Sink; pipeline: MarketPipeline } {
  const [archive, bus, book] = [new Sink(), new Sink(), new ScaledBook()];
  book.replace({ priceScale: 0, quantityScale: 0, bids: [9, 1], asks: [10, 2] });
  const pipeline = new MarketPipeline({
    firstSequence: 100,
    archive,
    bus,
    bookOf: () => book,
    isWhole: () => true,
  });
  pipeline.begin('v', 'X', ['trade', 'book'], START);
  return { archive, bus, pipeline };
}

test('numbers each event once: the archive and the bus have the same numbers', () => {
  const { archive, bus, pipeline } = opened();
  for (const at of [1, 2, 3]) pipeline.take('v', trade(START + at), START + at);
  expect(archive.events.map(({ seq }) => seq)).toEqual([100, 101, 102]);
  expect(bus.events).toEqual(archive.events);
});

test('what the archive had no room for is told there, with its span, and the book stated again', () => {
  const { archive, bus, pipeline } = opened();
  pipeline.take('v', delta(START, 5), START);
  archive.room = 0;
  pipeline.take('v', delta(START + 1, 6), START + 1);
  pipeline.take('v', delta(START + 2, 7), START + 2);
  archive.room = Number.POSITIVE_INFINITY;
  // Asked again a second later only; until then what comes belongs to the same hole.
  pipeline.take('v', delta(START + 3, 8), START + 3);
  expect(archive.told).toEqual(['delta']);
  pipeline.take('v', delta(START + 2 * SECOND, 9), START + 2 * SECOND);
  expect(archive.told).toEqual(['delta', 'gap', 'delta', 'snapshot', 'resync']);
  expect(archive.events[1]).toMatchObject({ stream: 'book', from: START + 1, to: START + 3 });
  expect(archive.events[1]).toMatchObject({ detail: '3 events found no room in the spool' });
  expect(archive.events[3]).toMatchObject({ sequence: 9, bids: [9, 1], asks: [10, 2] });
  // The bus lost nothing, and hears which numbers are not for it.
  expect(bus.told).toEqual(['delta', 'delta', 'delta', 'delta', 'delta']);
  expect(bus.leftOut).toHaveLength(3);
  const numbers = archive.events.map(({ seq }) => seq);
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});

test('a stream that is shed takes no other with it', () => {
  const { archive, pipeline } = opened();
  archive.refuses = 'trade';
  for (let at = 0; at < 3; at++) {
    pipeline.take('v', trade(START + at), START + at);
    pipeline.take('v', delta(START + at, at), START + at);
  }
  expect(archive.told).toEqual(['delta', 'delta', 'delta']);
  archive.refuses = undefined;
  pipeline.take('v', trade(START + SECOND), START + SECOND);
  expect(archive.told.slice(3)).toEqual(['gap', 'trade']);
  expect(archive.events[3]).toMatchObject({ stream: 'trade', detail: '3 events found no room in the spool' });
});

test('a spool that stays full is asked ever more rarely, and the hole grows meanwhile', () => {
  const { archive, pipeline } = opened();
  archive.refuses = 'trade';
  for (let second = 0; second < 60; second++) {
    pipeline.take('v', trade(START + second * SECOND), START + second * SECOND);
  }
  expect(archive.told.length).toBeGreaterThan(2);
  expect(archive.told.length).toBeLessThan(8);
  const lost = [...(pipeline.find('v', 'X')?.lost.values() ?? [])].reduce((sum, { count }) => sum + count, 0);
  const told = archive.events.reduce(
    (sum, event) => sum + (event.kind === 'gap' ? Number.parseInt(event.detail, 10) : 0),
    0,
  );
  expect(lost + told).toBe(60);
});

test('where not even a gap finds room, the hole is told as one of everything', () => {
  const { archive, pipeline } = opened();
  archive.room = 0;
  pipeline.take('v', pipeline.lane('v', 'X').gapEvent('disconnect', START, { detail: '' }), START);
  pipeline.take('v', trade(START + 1), START + 1);
  archive.room = Number.POSITIVE_INFINITY;
  pipeline.take('v', trade(START + SECOND), START + SECOND);
  expect(archive.told).toEqual(['gap', 'trade', 'snapshot', 'resync']);
  expect(archive.events[0]).toMatchObject({ stream: 'all', detail: '2 events found no room in the spool' });
});

test('a loss on the way to the bus is told on the bus alone', () => {
  const { archive, bus, pipeline } = opened();
  pipeline.take('v', delta(START, 5), START);
  pipeline.restateOnBus('v', 'X', START + 1, '7 messages found no room');
  expect(bus.told).toEqual(['delta', 'gap', 'snapshot', 'resync']);
  expect(archive.told).toEqual(['delta']);
});

test('drops mark the quality window', () => {
  const { bus, pipeline } = opened();
  bus.room = 0;
  pipeline.take('v', trade(START), START);
  const [closed] = pipeline.closedWindows(START + 3600 * SECOND);
  const drops = closed?.windows
    .filter(({ stream }) => stream === 'trade')
    .reduce((sum, window) => sum + window.drops, 0);
  expect(drops).toBe(1);
});

test('the archive gets a whole book in each quarter of an hour but the first, which began with one', () => {
  const { archive, pipeline } = opened();
  pipeline.take('v', delta(START, 5), START);
  const lane = pipeline.lane('v', 'X');
  for (const minutes of [0, 1, 14, 16, 20, 31]) pipeline.snapshotInArchive(lane, START + minutes * 60 * SECOND);
  expect(archive.told.filter((kind) => kind === 'snapshot')).toHaveLength(2);
});
