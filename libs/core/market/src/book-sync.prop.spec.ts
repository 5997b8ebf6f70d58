import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BookSync, type BookSyncOptions } from './book-sync.ts';
import { ScaledBook } from './scaled-book.ts';
import type { ScaledDelta, ScaledEvent, ScaledSnapshot } from './scaled-event.ts';
import type { SequenceRuleName } from './sequence-rule.ts';

const scales = { priceScale: 1, quantityScale: 0 };
const common = { symbol: 'BTCUSDT', tsEventNanos: 0, ...scales };

const level = (low: number, high: number) =>
  fc.tuple(fc.integer({ min: low, max: high }), fc.integer({ min: 0, max: 3 }));
const change = fc.record({
  bids: fc.array(level(1, 10), { maxLength: 3 }),
  asks: fc.array(level(11, 20), { maxLength: 3 }),
  /** Updates in it, and numbers that other instruments took before it. */
  width: fc.integer({ min: 1, max: 3 }),
  skipped: fc.integer({ min: 0, max: 2 }),
});

/** What happens to a delta on its way: it comes, gets lost, comes twice, or comes so many deltas too late. */
const way = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ kind: 'comes' as const, late: 0 }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'lost' as const, late: 0 }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'twice' as const, late: 0 }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('late' as const), late: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), late: fc.integer({ min: 1, max: 5 }) }) },
);
const step = fc.record({ change, way, reset: fc.integer({ min: 0, max: 30 }).map((n) => n === 0) });

/** The venue's truth: the book after each update number. */
interface Truth {
  readonly delta: ScaledDelta;
  readonly snapshot: ScaledSnapshot;
}

function truthOf(
  steps: readonly { change: typeof change extends fc.Arbitrary<infer T> ? T : never; reset: boolean }[],
  rule: SequenceRuleName,
  mayRestart: boolean,
): Truth[] {
  const book = new ScaledBook();
  let last = 1_000_000;
  let restarts = 0;
  return steps.map(({ change: { bids, asks, width, skipped }, reset }, at) => {
    const previous = last;
    const wide = rule === 'next' ? 1 : width;
    const hidden = rule === 'previous' ? skipped : 0;
    // A venue that counts anew begins far below, and does not soon come to the numbers of before.
    if (reset && mayRestart) last = 1_000_000 - 1000 * (restarts += 1);
    else last += hidden + wide;
    const lastSequence = last;
    const fields = { ...common, tsEvent: 1000 + at };
    const numbers =
      rule === 'ordered'
        ? { firstSequence: 0, lastSequence: 0, previousSequence: -1 }
        : {
            firstSequence: lastSequence - wide + 1,
            lastSequence,
            previousSequence: rule === 'previous' ? previous : -1,
          };
    const delta: ScaledDelta = { ...fields, kind: 'delta', ...numbers, bids: bids.flat(), asks: asks.flat() };
    book.apply(delta);
    const checksum = checksumOf(book.flat('buy', 10), book.flat('sell', 10));
    const state = { bids: book.flat('buy', 100), asks: book.flat('sell', 100) };
    const sequence = rule === 'ordered' ? 0 : lastSequence;
    return {
      delta: rule === 'ordered' ? { ...delta, checksum } : delta,
      snapshot: { ...fields, kind: 'snapshot', sequence, ...state },
    };
  });
}

function checksumOf(bids: readonly number[], asks: readonly number[]): number {
  return [...bids, -1, ...asks].reduce((sum, each) => (Math.imul(sum, 31) + each) | 0, 7);
}

type Case = Pick<BookSyncOptions, 'rule' | 'snapshots'> & { readonly mayRestart?: boolean };

const cases: readonly Case[] = [
  { rule: 'range', snapshots: 'rest' },
  { rule: 'previous', snapshots: 'rest' },
  { rule: 'previous', snapshots: 'stream' },
  { rule: 'previous', snapshots: 'stream', mayRestart: true },
  { rule: 'next', snapshots: 'rest' },
  { rule: 'next', snapshots: 'stream' },
  { rule: 'ordered', snapshots: 'stream' },
];

/** A reader of the emitted events that knows the spot rule alone. */
class Reader {
  readonly book = new ScaledBook();
  sequence = 0;
  whole = false;
  #resynced = false;

  take(event: ScaledEvent): void {
    if (event.kind === 'gap') {
      this.#resynced = event.reason === 'resync';
      this.whole = this.#resynced;
    } else if (event.kind === 'snapshot') {
      expect(this.book.replace(event)).toBe('applied');
      this.sequence = event.sequence;
    } else if (event.kind === 'delta') {
      expect(event.firstSequence).toBe(this.sequence + 1);
      expect(event.lastSequence).toBeGreaterThan(this.sequence);
      expect(this.book.apply(event)).toBe('applied');
      this.sequence = event.lastSequence;
    }
  }
}

const content = (book: ScaledBook): unknown => [book.flat('buy', 100), book.flat('sell', 100)];

describe('book sync', () => {
  test.each(cases)(
    '$rule, snapshots by $snapshots: the book is the true one or not whole, whatever gets lost',
    (each) => {
      fc.assert(
        fc.property(
          fc.array(step, { minLength: 3, maxLength: 60 }),
          fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 60, maxLength: 60 }),
          (steps, fetchAfter) => {
            const truths = truthOf(steps, each.rule, each.mayRestart ?? false);
            run(each, { truths, ways: steps.map(({ way: taken }) => taken), fetchAfter });
          },
        ),
        { numRuns: 300 },
      );
    },
  );
});

interface Run {
  readonly truths: readonly Truth[];
  readonly ways: readonly { readonly kind: string; readonly late: number }[];
  readonly fetchAfter: readonly number[];
}

function run(each: Case, { truths, ways, fetchAfter }: Run): void {
  const reader = new Reader();
  const sync: BookSync = new BookSync({
    rule: each.rule,
    snapshots: each.snapshots,
    checksum: { depth: 10, of: checksumOf },
    emit: (event) => reader.take(event),
  });
  /** By the state that the book claims: what of the truth it may be equal to. */
  const arrivals: { at: number; truth: number }[] = [];
  for (const [truth, { kind, late }] of ways.entries()) {
    if (kind === 'comes' || kind === 'twice' || kind === 'again') arrivals.push({ at: truth, truth });
    if (kind === 'twice') arrivals.push({ at: truth, truth });
    if (kind === 'late' || kind === 'again') arrivals.push({ at: truth + late, truth });
  }
  arrivals.sort((a, b) => a.at - b.at);
  let waiting = 0;
  let newest = -1;
  for (const [n, { at, truth }] of arrivals.entries()) {
    const { delta } = truths[truth] as Truth;
    sync.onDelta(delta);
    if (each.rule !== 'ordered' || sync.whole) newest = Math.max(newest, truth);
    check(each, { sync, reader, truths, newest: at });
    if (sync.whole) continue;
    waiting += 1;
    if (waiting <= (fetchAfter[n % fetchAfter.length] ?? 0)) continue;
    waiting = 0;
    sync.onSnapshot((truths[Math.min(at, truths.length - 1)] as Truth).snapshot);
    check(each, { sync, reader, truths, newest: at });
  }
}

function check(
  { rule }: Case,
  { sync, reader, truths, newest }: { sync: BookSync; reader: Reader; truths: readonly Truth[]; newest: number },
): void {
  expect(reader.whole).toBe(sync.whole);
  if (!sync.whole) return;
  // The state that the book says it is in; without numbers any state up to now, which the checksum vouches for.
  const now = JSON.stringify(content(sync.book));
  const claimed = truths.filter(({ snapshot, delta }, at) =>
    rule === 'ordered' ? at <= newest : snapshot.sequence === sync.sequence && delta.lastSequence === sync.sequence,
  );
  expect(claimed.map(({ snapshot }) => JSON.stringify([snapshot.bids, snapshot.asks]))).toContain(now);
  expect(content(reader.book)).toEqual(content(sync.book));
  expect(reader.sequence).toBe(sync.sequence);
}
