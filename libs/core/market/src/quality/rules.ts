import { QUALITY_STATES, QUALITY_WINDOW_MICROS, type QualityState, type QualityWindow } from '@portcullis/contracts';
import type { DataStream } from '../scaled-event.ts';

/** What was counted in a window, before it is judged. */
export type WindowFacts = Omit<QualityWindow, 'version' | 'state' | 'reasons'>;

/** One written rule. A window is DEGRADED where the measure is above `degraded`, BAD where it is above `bad`. */
export interface QualityRule {
  readonly name: string;
  /** What is measured, as the documentation says it. */
  readonly measures: string;
  readonly unit: 'count' | 'percent' | 'seconds';
  /** Above this it is DEGRADED; absent where only BAD is left. */
  readonly degraded?: number;
  /** Above this it is BAD; absent where it never is. */
  readonly bad?: number;
  readonly reason: string;
  /** Undefined where the rule does not apply. */
  measure(facts: WindowFacts): number | undefined;
}

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

/**
 * How long a stream may be silent before it counts as stale, in microseconds, where its subscriber says nothing else.
 * Books and quotes of what anybody trades move every second; a trade may not happen for a while; a venue tells a bar when
 * it ends, so two in a row are missing after this (for bars of a minute; longer ones wait two periods and a half
 * minute); funding is told at least once a period of 8 hours.
 */
export const SILENCE_MICROS_MAX: Readonly<Record<DataStream, number>> = {
  quote: 30 * SECOND,
  book: 30 * SECOND,
  trade: 15 * MINUTE,
  bar: 150 * SECOND,
  mark: 30 * SECOND,
  funding: 9 * 60 * MINUTE,
};

function share(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : (100 * part) / whole;
}

/** Silence of a whole window. A market may not trade for a quarter of an hour, and funding is told once in hours. */
function silence({ stream, messages, expected }: WindowFacts): number | undefined {
  if (stream === 'trade' || stream === 'funding' || expected === 0) return undefined;
  return messages === 0 ? 1 : 0;
}

/** In the order in which the reasons are given. Unknown is never GOOD: whatever was not seen counts against a window. */
export const QUALITY_RULES: readonly QualityRule[] = [
  {
    name: 'unseen',
    measures: 'part of the window that was not observed',
    unit: 'percent',
    degraded: 0,
    bad: 50,
    reason: 'What nobody watched may have had holes; of a window seen for less than half nothing can be said.',
    measure: ({ observedFrom, observedTo }) =>
      share(QUALITY_WINDOW_MICROS - (observedTo - observedFrom), QUALITY_WINDOW_MICROS),
  },
  {
    name: 'silent',
    measures: 'no message in the whole window (quote, book, bar, mark)',
    unit: 'count',
    bad: 0,
    reason: 'These streams always have something to say while the market is open.',
    measure: silence,
  },
  {
    name: 'quiet',
    measures: 'no trade in the whole window',
    unit: 'count',
    degraded: 0,
    reason: 'It may be true of a small market, and it may be a dead subscription: it is not known.',
    measure: ({ stream, messages }) => (stream === 'trade' && messages === 0 ? 1 : undefined),
  },
  {
    name: 'drops',
    measures: 'messages given up for want of room',
    unit: 'count',
    bad: 0,
    reason: 'We had them and lost them: the archive differs from what the venue said, and nothing can repair it.',
    measure: ({ drops }) => drops,
  },
  {
    name: 'stale',
    measures: 'time in which the stream was not known to be whole',
    unit: 'percent',
    degraded: 0,
    bad: 5,
    reason: '5 % are 45 seconds: more than a reconnect and a new snapshot take.',
    measure: ({ staleMicros }) => share(staleMicros, QUALITY_WINDOW_MICROS),
  },
  {
    name: 'gaps',
    measures: 'holes (gap, disconnect, stale)',
    unit: 'count',
    degraded: 0,
    bad: 5,
    reason: 'One hole is repaired by a resync; more than five in a quarter of an hour is a line that does not hold.',
    measure: ({ gaps }) => gaps,
  },
  {
    name: 'missing bars',
    measures: 'bars that should be there and are not',
    unit: 'percent',
    degraded: 0,
    bad: 20,
    reason: 'Three of fifteen one-minute bars are allowed for; indicators over more than that are made up.',
    measure: ({ messages, expected }) =>
      expected === undefined ? undefined : share(Math.max(0, expected - messages), expected),
  },
  {
    name: 'surplus bars',
    measures: 'bars above the number that should be there',
    unit: 'count',
    degraded: 0,
    reason: 'Some period was told twice, and it is not known which of the two is right.',
    measure: ({ messages, expected }) => (expected === undefined ? undefined : messages - expected),
  },
  {
    name: 'duplicates',
    measures: 'messages that came again, of all that came',
    unit: 'percent',
    degraded: 1,
    bad: 10,
    reason: 'They are left out, so a few do no harm; many say that the line replays.',
    measure: ({ messages, duplicates }) => share(duplicates, messages + duplicates),
  },
  {
    name: 'out of order',
    measures: 'messages that came too late to be used, of all that came',
    unit: 'percent',
    degraded: 0.1,
    bad: 1,
    reason: 'Each one is a hole at the place where it belongs.',
    measure: ({ messages, outOfOrder }) => share(outOfOrder, messages + outOfOrder),
  },
  {
    name: 'reconnects',
    measures: 'new connections',
    unit: 'count',
    degraded: 0,
    bad: 3,
    reason: 'Venues cut a line once a day; more than three times in a quarter of an hour is trouble that goes on.',
    measure: ({ reconnects }) => reconnects,
  },
  {
    name: 'delay',
    measures: 'how much later the slowest 1 % came than the median (p99 − p50 of receipt − event)',
    unit: 'seconds',
    degraded: 2,
    bad: 10,
    reason:
      'A difference, so that clocks that disagree do not count; live decisions were made on older data than this.',
    measure: ({ latencyMicros: latency }) => (latency === undefined ? undefined : (latency.p99 - latency.p50) / SECOND),
  },
  {
    name: 'clock offset',
    measures: 'median of receipt − event, either sign',
    unit: 'seconds',
    degraded: 10,
    bad: 60,
    reason: 'A clock that is 1.3 s behind does no harm; one that is a minute off puts events into wrong windows.',
    measure: ({ latencyMicros: latency }) => (latency === undefined ? undefined : Math.abs(latency.p50) / SECOND),
  },
];

const UNITS = { count: '', percent: ' %', seconds: ' s' } as const;

function written(value: number, { unit }: QualityRule): string {
  return `${Number(value.toFixed(3))}${UNITS[unit]}`;
}

/** A window as it is judged by every rule; the worst one decides. */
export function judged(facts: WindowFacts): QualityWindow {
  let state: QualityState = 'GOOD';
  const reasons: string[] = [];
  for (const rule of QUALITY_RULES) {
    const value = rule.measure(facts);
    if (value === undefined) continue;
    const isBad = rule.bad !== undefined && value > rule.bad;
    if (!isBad && (rule.degraded === undefined || value <= rule.degraded)) continue;
    const found: QualityState = isBad ? 'BAD' : 'DEGRADED';
    state = worse(state, found);
    const limit = isBad ? (rule.bad ?? 0) : (rule.degraded ?? 0);
    reasons.push(`${rule.name}: ${written(value, rule)}, above ${written(limit, rule)} is ${found}`);
  }
  return { version: 1, ...facts, state, reasons };
}

export function worse(one: QualityState, other: QualityState): QualityState {
  return QUALITY_STATES.indexOf(one) > QUALITY_STATES.indexOf(other) ? one : other;
}

/** The rules as the table of `docs/data-quality.md`, Markdown. */
export function qualityTable(): string {
  const limit = (rule: QualityRule, value: number | undefined): string =>
    value === undefined ? '–' : `> ${written(value, rule)}`;
  const rows = QUALITY_RULES.map(
    (rule) =>
      `| ${rule.name} | ${rule.measures} | ${limit(rule, rule.degraded)} | ${limit(rule, rule.bad)} | ${rule.reason} |`,
  );
  return ['| Rule | Measure | DEGRADED | BAD | Why |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

/** The silences after which a stream is stale, Markdown. */
export function silenceTable(): string {
  const rows = Object.entries(SILENCE_MICROS_MAX).map(([stream, micros]) => `| ${stream} | ${micros / SECOND} s |`);
  return ['| Stream | Stale after a silence of |', '| --- | --- |', ...rows].join('\n');
}
