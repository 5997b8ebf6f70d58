import type { QualityWindow } from '@portcullis/contracts';
import { assert } from '@portcullis/kernel';
import type { DataStream } from '../scaled-event.ts';
import { judged, type WindowFacts } from './rules.ts';

const COUNTS = ['messages', 'gaps', 'duplicates', 'outOfOrder', 'staleMicros', 'reconnects', 'drops'] as const;

type Counts = Record<(typeof COUNTS)[number], number>;

function counts(combine: (one: number, other: number) => number, a: QualityWindow, b: QualityWindow): Counts {
  return Object.fromEntries(COUNTS.map((name) => [name, combine(a[name], b[name])])) as Counts;
}

function latency(a: QualityWindow, b: QualityWindow): Pick<WindowFacts, 'latencyMicros'> {
  const one = a.latencyMicros ?? b.latencyMicros;
  const other = b.latencyMicros ?? a.latencyMicros;
  if (one === undefined || other === undefined) return {};
  const later = (name: 'p50' | 'p99' | 'max'): number => Math.max(one[name], other[name]);
  return { latencyMicros: { p50: later('p50'), p99: later('p99'), max: later('max') } };
}

/**
 * Two accounts of the same window and stream as one, judged anew.
 *
 * Of accounts whose observed times overlap (the same observer earlier and later, or two observers) each count is the
 * larger one, so that the joint one is never better than either, except that more of the window was seen. Accounts of
 * times apart (before and after a restart) are added, and the time between them, which nobody saw, is stale.
 */
export function mergeWindows(a: QualityWindow, b: QualityWindow): QualityWindow {
  assert(a.start === b.start && a.stream === b.stream, 'two accounts of one window');
  const { start, stream } = a;
  const unseen = Math.max(a.observedFrom, b.observedFrom) - Math.min(a.observedTo, b.observedTo);
  const apart = unseen > 0;
  const joined = counts(apart ? (one, other) => one + other : Math.max, a, b);
  if (apart) joined.staleMicros += unseen;
  const expected = [a.expected, b.expected].filter((value) => value !== undefined);
  return judged({
    start,
    stream,
    ...joined,
    ...(expected.length === 0 ? {} : { expected: apart ? expected.reduce((x, y) => x + y) : Math.max(...expected) }),
    ...latency(a, b),
    observedFrom: Math.min(a.observedFrom, b.observedFrom),
    observedTo: Math.max(a.observedTo, b.observedTo),
  });
}

/** What a window counts as that is in no ledger. */
export function unobservedWindow(start: number, stream: DataStream): QualityWindow {
  const counted = { messages: 0, gaps: 0, duplicates: 0, outOfOrder: 0, staleMicros: 0, reconnects: 0, drops: 0 };
  return judged({ start, stream, ...counted, observedFrom: start, observedTo: start });
}
