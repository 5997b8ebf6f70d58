import { QUALITY_WINDOW_MICROS, type QualityWindow } from '@portcullis/contracts';
import { assert } from '@portcullis/kernel';
import { judged, type WindowFacts } from './rules.ts';

const DAY_MICROS = 86_400_000_000;

export interface BarsToJudge {
  /** Starts of the bars in microseconds, ascending; one that is there twice counts as a duplicate. */
  readonly starts: Iterable<number>;
  /** Divides a day. */
  readonly periodMicros: number;
  /** What the import is to have covered, `[from, to)`. */
  readonly from: number;
  readonly to: number;
}

interface Counts {
  messages: number;
  duplicates: number;
}

/** Starts of periods in `[from, to)`; periods begin at multiples of their length. */
function periodsIn(from: number, to: number, period: number): number {
  return Math.max(0, Math.ceil(to / period) - Math.ceil(from / period));
}

/**
 * The windows of imported bars: what `[from, to)` should have against what is there, by the bars' own times. A window
 * without a single bar is there, and BAD. Where a bar is longer than a window, each window expects the bar that covers
 * it. Streams one window at a time, so any number of bars will do.
 */
export function* barWindows({ starts, periodMicros: period, from, to }: BarsToJudge): Generator<QualityWindow> {
  assert(Number.isSafeInteger(period) && period > 0 && DAY_MICROS % period === 0, 'a period that divides a day');
  const first = Math.floor(from / QUALITY_WINDOW_MICROS) * QUALITY_WINDOW_MICROS;
  const bars = starts[Symbol.iterator]();
  let next = bars.next();
  let last = -Infinity;
  for (let start = first; start < to; start += QUALITY_WINDOW_MICROS) {
    const end = start + QUALITY_WINDOW_MICROS;
    const counts: Counts = { messages: 0, duplicates: 0 };
    for (; next.done !== true && next.value < end; next = bars.next()) {
      assert(next.value >= last, 'bars come in ascending order');
      if (next.value < from && next.value + period <= start) continue;
      if (next.value === last) counts.duplicates += 1;
      else if (next.value >= from && next.value < to) counts.messages += 1;
      last = next.value;
    }
    yield judged(factsOf(start, counts, { period, from, to, last }));
  }
}

function factsOf(
  start: number,
  { messages, duplicates }: Counts,
  {
    period,
    from,
    to,
    last,
  }: { readonly period: number; readonly from: number; readonly to: number; readonly last: number },
): WindowFacts {
  const end = start + QUALITY_WINDOW_MICROS;
  const observedFrom = Math.max(start, from);
  const observedTo = Math.min(end, to);
  const isLong = period > QUALITY_WINDOW_MICROS;
  const covered = last <= start && start < last + period ? 1 : 0;
  const expected = isLong ? 1 : periodsIn(observedFrom, observedTo, period);
  const present = isLong ? Math.max(covered, messages) : messages;
  return {
    start,
    stream: 'bar',
    messages: present,
    expected,
    gaps: present < expected ? 1 : 0,
    duplicates,
    outOfOrder: 0,
    // An import has no time but the bars' own: what is missing is counted in bars.
    staleMicros: 0,
    reconnects: 0,
    drops: 0,
    observedFrom,
    observedTo,
  };
}
