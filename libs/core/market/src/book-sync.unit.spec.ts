import { describe, expect, test } from '@jest/globals';
import { BUFFERED_DELTAS_MAX, BookSync, type BookSyncOptions } from './book-sync.ts';
import type { ScaledDelta, ScaledEvent, ScaledSnapshot } from './scaled-event.ts';

const fields = { symbol: 'BTCUSDT', tsEventNanos: 0, priceScale: 0, quantityScale: 0 };

const snapshot = (sequence: number, more: Partial<ScaledSnapshot> = {}): ScaledSnapshot => ({
  ...fields,
  kind: 'snapshot',
  tsEvent: 1000,
  sequence,
  bids: [99, 1, 98, 2],
  asks: [101, 3],
  ...more,
});
const delta = (first: number, last: number, previous = -1, more: Partial<ScaledDelta> = {}): ScaledDelta => ({
  ...fields,
  kind: 'delta',
  tsEvent: 1000 + (last % 1000),
  firstSequence: first,
  lastSequence: last,
  previousSequence: previous,
  bids: [],
  asks: [],
  ...more,
});

function synced(options: Pick<BookSyncOptions, 'rule' | 'snapshots'> & Partial<BookSyncOptions>) {
  const events: ScaledEvent[] = [];
  const sync = new BookSync({ ...options, emit: (event) => events.push(event) });
  return { sync, told: () => events.splice(0) };
}
const brief = (events: readonly ScaledEvent[]): string[] =>
  events.map((event) =>
    event.kind === 'delta'
      ? `delta ${event.firstSequence}-${event.lastSequence}`
      : event.kind === 'snapshot'
        ? `snapshot ${event.sequence}`
        : event.kind === 'gap'
          ? `${event.reason} ${event.stream}: ${event.detail}`
          : event.kind,
  );

describe('a book whose snapshots are fetched', () => {
  test('tells the snapshot, the deltas that it lacks, then that it is whole', () => {
    const { sync, told } = synced({ rule: 'range', snapshots: 'rest' });
    expect([sync.onDelta(delta(1, 4)), sync.onDelta(delta(5, 9)), sync.onDelta(delta(10, 12))]).toEqual([
      'kept',
      'kept',
      'kept',
    ]);
    expect(told()).toEqual([]);
    expect(sync.onSnapshot(snapshot(7))).toBe('whole');
    expect(brief(told())).toEqual(['snapshot 7', 'delta 8-9', 'delta 10-12', 'resync book: whole at update 12']);
    expect(sync.onDelta(delta(13, 13))).toBe('applied');
    expect(sync.onDelta(delta(13, 13))).toBe('stale');
    expect(sync.onSnapshot(snapshot(20))).toBe('unneeded');
    expect(brief(told())).toEqual(['delta 13-13']);
  });

  test('wants another snapshot when this one is older than what it has kept', () => {
    const { sync, told } = synced({ rule: 'range', snapshots: 'rest' });
    sync.onDelta(delta(5, 9));
    expect(sync.onSnapshot(snapshot(3))).toBe('old');
    expect(sync.whole).toBe(false);
    expect(told()).toEqual([]);
    expect(sync.onSnapshot(snapshot(4))).toBe('whole');
  });

  test('what the snapshot has is not stale: it comes for the first time', () => {
    const { sync } = synced({ rule: 'range', snapshots: 'rest' });
    sync.onSnapshot(snapshot(7));
    expect([delta(5, 6), delta(7, 8), delta(7, 8)].map((each) => sync.onDelta(each))).toEqual([
      'covered',
      'applied',
      'stale',
    ]);
  });

  test('is told in an order of time that readers keep, whatever the clock of a snapshot is', () => {
    const times = (events: readonly ScaledEvent[]): number[] => events.map(({ tsEvent }) => tsEvent);
    const at = (tsEvent: number, tsEventNanos = 0): Partial<ScaledDelta> => ({ tsEvent, tsEventNanos });
    const { sync, told } = synced({ rule: 'range', snapshots: 'rest' });
    sync.onDelta(delta(1, 5, -1, at(5000)));
    // By our clock, 40 later than that of the venue and of the delta that comes next.
    sync.onSnapshot(snapshot(7, { tsEvent: 5060 }));
    sync.onDelta(delta(8, 8, -1, at(5020)));
    expect(times(told())).toEqual([5000, 5000, 5020]);
    // Lost by somebody who has a clock that is ahead, and nothing came before the snapshot.
    sync.lose('all', 6000);
    sync.onSnapshot(snapshot(9, { tsEvent: 6060 }));
    sync.onDelta(delta(10, 10, -1, at(6010, 7)));
    sync.onDelta(delta(11, 11, -1, at(6110, 7)));
    sync.onDelta(delta(13, 13, -1, at(6100)));
    expect(times(told())).toEqual([6060, 6060, 6060, 6110, 6110]);
    // A time that was far ahead is not spread.
    sync.onSnapshot(snapshot(13, { tsEvent: 6110 }));
    sync.onDelta(delta(14, 14, -1, at(90_000_000)));
    sync.onDelta(delta(15, 15, -1, at(7000)));
    expect(times(told())).toEqual([6110, 6110, 90_000_000, 7000]);
  });

  test('keeps so many deltas and no more, the newest ones', () => {
    const { sync } = synced({ rule: 'range', snapshots: 'rest' });
    for (let n = 1; n <= BUFFERED_DELTAS_MAX + 5; n++) sync.onDelta(delta(n, n));
    expect(sync.onSnapshot(snapshot(4))).toBe('old');
    expect(sync.onSnapshot(snapshot(5))).toBe('whole');
    expect(sync.sequence).toBe(BUFFERED_DELTAS_MAX + 5);
    const large = synced({ rule: 'range', snapshots: 'rest' });
    const bids = Array.from({ length: 1_000_000 }, (_, at) => at % 2);
    for (let n = 1; n <= 3; n++) large.sync.onDelta(delta(n, n, -1, { bids }));
    expect(large.sync.onSnapshot(snapshot(0))).toBe('old');
    expect(large.sync.onSnapshot(snapshot(1, { asks: [] }))).toBe('whole');
  });

  test('a hole is told, and the delta behind it is kept for the next snapshot', () => {
    const { sync, told } = synced({ rule: 'range', snapshots: 'rest' });
    sync.onSnapshot(snapshot(7));
    told();
    expect(sync.onDelta(delta(10, 11))).toBe('gap');
    expect(brief(told())).toEqual(['gap book: update 8 expected, 10 came']);
    expect(sync.whole).toBe(false);
    expect(sync.onSnapshot(snapshot(9))).toBe('whole');
    expect(brief(told())).toEqual(['snapshot 9', 'delta 10-11', 'resync book: whole at update 11']);
  });

  test('a hole among the kept deltas is a gap too, and what came after it is kept on', () => {
    const { sync, told } = synced({ rule: 'range', snapshots: 'rest' });
    for (const each of [delta(8, 8), delta(10, 10), delta(11, 11)]) sync.onDelta(each);
    expect(sync.onSnapshot(snapshot(7))).toBe('gap');
    expect(brief(told())).toEqual(['snapshot 7', 'delta 8-8', 'gap book: update 9 expected, 10 came']);
    expect(sync.onSnapshot(snapshot(9))).toBe('whole');
    expect(sync.sequence).toBe(11);
  });

  test('a crossed book is a gap, and a crossed snapshot is not taken', () => {
    const { sync, told } = synced({ rule: 'range', snapshots: 'rest' });
    expect(sync.onSnapshot(snapshot(7, { asks: [99, 1] }))).toBe('crossed');
    expect(told()).toEqual([]);
    sync.onSnapshot(snapshot(7));
    told();
    expect(sync.onDelta(delta(8, 8, -1, { bids: [101, 1] }))).toBe('crossed');
    expect(brief(told())).toEqual(['gap book: the best bid is at or above the best ask at update 8']);
    expect(sync.whole).toBe(false);
  });

  test('a snapshot by a clock that is ahead is told before the deltas that follow it', () => {
    const { sync, told } = synced({ rule: 'range', snapshots: 'rest' });
    sync.onDelta(delta(8, 8));
    sync.onSnapshot(snapshot(7, { tsEvent: 9_000_000 }));
    expect(told().map(({ tsEvent }) => tsEvent)).toEqual([1008, 1008, 1008]);
  });

  test('everything lost is said by the resync, and a book lost before it does not hide it', () => {
    const { sync, told } = synced({ rule: 'range', snapshots: 'rest' });
    sync.lose('all');
    sync.lose('book');
    sync.onSnapshot(snapshot(7));
    expect(told().at(-1)).toMatchObject({ kind: 'gap', reason: 'resync', stream: 'all' });
  });
});

describe('the rules of sequence', () => {
  test('previous: the first delta after a fetched snapshot reaches over it, each other names the one before', () => {
    const { sync, told } = synced({ rule: 'previous', snapshots: 'rest' });
    sync.onDelta(delta(50, 60, 45));
    sync.onDelta(delta(70, 80, 60));
    expect(sync.onSnapshot(snapshot(44))).toBe('old');
    expect(sync.onSnapshot(snapshot(65))).toBe('whole');
    expect(brief(told())).toEqual(['snapshot 65', 'delta 66-80', 'resync book: whole at update 80']);
    expect(sync.onDelta(delta(90, 95, 80))).toBe('applied');
    expect(sync.onDelta(delta(70, 80, 60))).toBe('stale');
    expect(sync.onDelta(delta(96, 99, 94))).toBe('gap');
    expect(brief(told())).toEqual(['delta 81-95', 'gap book: an update after 95 expected, 99 after 94 came']);
  });

  test('previous, snapshots in the stream: signs of life, a new count, and what came before the snapshot', () => {
    const { sync, told } = synced({ rule: 'previous', snapshots: 'stream' });
    expect(sync.onDelta(delta(5, 5, 4))).toBe('dropped');
    expect(sync.onSnapshot(snapshot(10))).toBe('whole');
    expect(sync.onDelta(delta(15, 15, 10))).toBe('applied');
    expect(sync.onDelta(delta(15, 15, 15))).toBe('idle');
    expect(sync.onDelta(delta(15, 15, 10))).toBe('stale');
    told();
    expect(sync.onDelta(delta(3, 3, 15, { bids: [100, 5] }))).toBe('applied');
    expect(told()).toMatchObject([{ kind: 'snapshot', sequence: 3, bids: [100, 5, 99, 1, 98, 2], asks: [101, 3] }]);
    expect(sync.onDelta(delta(4, 4, 3))).toBe('applied');
    expect(sync.onDelta(delta(2, 2, 1))).toBe('gap');
  });

  test('next: each is the last plus one', () => {
    const { sync } = synced({ rule: 'next', snapshots: 'stream' });
    sync.onSnapshot(snapshot(10));
    expect(sync.onDelta(delta(11, 11))).toBe('applied');
    expect(sync.onDelta(delta(11, 11))).toBe('stale');
    expect(sync.onDelta(delta(13, 13))).toBe('gap');
    expect(sync.onSnapshot(snapshot(1))).toBe('whole');
    expect(sync.onDelta(delta(2, 2))).toBe('applied');
  });

  test('ordered: we count, across snapshots too, and the checksum is the proof', () => {
    const seen: boolean[] = [];
    const { sync, told } = synced({
      rule: 'ordered',
      snapshots: 'stream',
      checksum: { depth: 1, of: (bids, asks) => (bids[0] ?? 0) * 1000 + (asks[0] ?? 0) },
      onChecksum: (matched) => seen.push(matched),
    });
    sync.onSnapshot(snapshot(0, { checksum: 99_101 }));
    sync.onDelta(delta(0, 0, -1, { bids: [100, 1], checksum: 100_101 }));
    sync.onSnapshot(snapshot(0));
    sync.onDelta(delta(0, 0));
    expect(brief(told())).toEqual([
      'snapshot 1',
      'resync book: whole at update 1',
      'delta 2-2',
      'snapshot 3',
      'delta 4-4',
    ]);
    expect(sync.onDelta(delta(0, 0, -1, { checksum: 1 }))).toBe('checksum');
    expect(seen).toEqual([true, true, false]);
    expect(brief(told())).toEqual(["gap book: the venue's checksum is another at update 0"]);
    expect(sync.onSnapshot(snapshot(0, { checksum: 1 }))).toBe('checksum');
    expect(told()).toEqual([]);
  });

  test('deltas of a stream without numbers are counted by us, whatever the rule', () => {
    const { sync, told } = synced({ rule: 'previous', snapshots: 'stream' });
    sync.onSnapshot(snapshot(0));
    expect([sync.onDelta(delta(0, 0)), sync.onDelta(delta(0, 0))]).toEqual(['applied', 'applied']);
    expect(brief(told()).slice(2)).toEqual(['delta 1-1', 'delta 2-2']);
  });

  test('a snapshot that is refused loses the whole book that it was to replace', () => {
    const { sync, told } = synced({ rule: 'next', snapshots: 'stream' });
    sync.onSnapshot(snapshot(10));
    told();
    expect(sync.onSnapshot(snapshot(11, { bids: [101, 1] }))).toBe('crossed');
    expect(brief(told())).toEqual([
      'gap book: a snapshot was refused: the best bid is at or above the best ask at update 11',
    ]);
  });
});
