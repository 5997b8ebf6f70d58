import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { QualityState } from '@portcullis/contracts';
import { QualityLedger } from '../src/quality-ledger.ts';
import { all, book, DAY, DAY_MICROS, gap, qualityWindow, ReadFixture, trade, type VenueEvent } from './read-fixture.ts';

const QUARTER = 900_000_000;

let fixture: ReadFixture;
let ledger: QualityLedger;
const minute = (index: number): number => DAY + index * 60_000_000;
/** A trade and a book event every minute for the first hour of two days. */
const events: VenueEvent[] = [0, 1].flatMap((day) =>
  Array.from({ length: 60 }, (_, index): VenueEvent[] => [
    trade('A', minute(index) + day * DAY_MICROS, day * 1000 + index * 2 + 1),
    book(
      'delta',
      'A',
      { tsEvent: minute(index) + day * DAY_MICROS, seq: day * 1000 + index * 2 + 2 },
      { bids: [1, 2, 3, 4], asks: [] },
    ),
  ]).flat(),
);

beforeEach(async () => {
  fixture = new ReadFixture();
  ledger = new QualityLedger(fixture.store);
  await fixture.write([...events, gap('A', minute(20), 900)]);
  const record = async (stream: 'trade' | 'book', day: number, states: QualityState[]): Promise<void> =>
    ledger.record(
      'kraken',
      'A',
      states.map((state, index) =>
        qualityWindow(
          stream,
          DAY + day * DAY_MICROS + index * QUARTER,
          state,
          state === 'GOOD' ? [] : ['silent for 400 s'],
        ),
      ),
    );
  await record('trade', 0, ['GOOD', 'BAD', 'DEGRADED', 'GOOD']);
  await record('book', 0, ['GOOD', 'GOOD', 'GOOD', 'GOOD']);
  await record('trade', 1, ['GOOD']);
});
afterEach(() => fixture.close());

const to = DAY + 4 * QUARTER;

test('windows below the least are left out of their stream alone, and a gap stands for each stretch', async () => {
  const found = await all(fixture.reader().events({ to, quality: { ledger, least: 'GOOD' } }));
  const trades = found.filter(({ kind }) => kind === 'trade').map(({ tsEvent }) => (tsEvent - DAY) / 60_000_000);
  expect(trades).toEqual([...Array.from({ length: 15 }, (_, i) => i), ...Array.from({ length: 15 }, (_, i) => i + 45)]);
  expect(found.filter(({ kind }) => kind === 'delta')).toHaveLength(60);
  const gaps = found.filter((event) => event.kind === 'gap');
  expect(gaps.map(({ tsEvent, stream, from, to: end }) => [tsEvent - DAY, stream, from - DAY, end - DAY])).toEqual([
    [QUARTER, 'trade', QUARTER, 2 * QUARTER],
    [minute(20) - DAY, 'all', minute(20) - 10 - DAY, -DAY],
    [2 * QUARTER, 'trade', 2 * QUARTER, 3 * QUARTER],
  ]);
  expect(gaps[0]?.detail).toBe(
    'trade left out, BAD, 1 window from 2024-03-01T00:15:00.000Z to 2024-03-01T00:30:00.000Z: silent for 400 s',
  );
  expect(found.map(({ tsEvent }) => tsEvent)).toEqual(found.map(({ tsEvent }) => tsEvent).sort((a, b) => a - b));
});

test('with least DEGRADED only what is bad or unknown is left out', async () => {
  const request = { to, kinds: ['trade'], gaps: false, quality: { ledger, least: 'DEGRADED' } } as const;
  expect(await all(fixture.reader().events(request))).toHaveLength(45);
});

test('windows that are not in the ledger count as bad, over days', async () => {
  const request = { kinds: ['trade'], quality: { ledger, least: 'DEGRADED' } } as const;
  const found = await all(fixture.reader().events(request));
  expect(found.filter(({ kind }) => kind === 'trade')).toHaveLength(60);
  const unknown = found.filter((event) => event.kind === 'gap').filter(({ detail }) => detail.includes('UNKNOWN'));
  expect(unknown.map(({ from, to: end }) => [from, end])).toEqual([
    [DAY + 4 * QUARTER, DAY + DAY_MICROS],
    [DAY + DAY_MICROS + QUARTER, DAY + 2 * DAY_MICROS],
  ]);
});

test('a filtered read goes on after any of its events, gaps of the filter too', async () => {
  const request = { quality: { ledger, least: 'GOOD' } } as const;
  const reader = fixture.reader();
  const batches = await all(reader.eventBatches(request));
  const whole = batches.flatMap((batch) => batch.events);
  const cursors = batches.flatMap((batch) => batch.events.map((_, index) => batch.cursorAfter(index)));
  const gaps = whole.flatMap(({ kind }, index) => (kind === 'gap' ? [index] : []));
  for (const index of [0, ...gaps, whole.length - 1]) {
    expect(await all(reader.events({ ...request, after: cursors[index]! }))).toEqual(whole.slice(index + 1));
  }
});
