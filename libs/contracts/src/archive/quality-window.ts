import { z } from 'zod';
import { epochMicros, token, venueSymbol } from '../primitives.ts';
import { dateString } from './partition-manifest.ts';

/** Length of a window: a quarter of an hour, aligned to UTC. Microseconds. */
export const QUALITY_WINDOW_MICROS = 15 * 60 * 1_000_000;

export const QUALITY_STATES = ['GOOD', 'DEGRADED', 'BAD'] as const;
export type QualityState = (typeof QUALITY_STATES)[number];

/** How good one stream of one instrument was in `[start, start + 15 min)`. A window that is not there counts as BAD. */
export const qualityWindowSchema = z.strictObject({
  version: z.literal(1),
  start: epochMicros,
  stream: z.enum(['quote', 'trade', 'book', 'bar', 'mark', 'funding']),
  state: z.enum(QUALITY_STATES),
  /** Why it is not GOOD, in words that carry their numbers; empty when it is. */
  reasons: z.array(z.string().max(200)).max(20),
  messages: z.int().min(0),
  /** Bars that the window should have; absent for streams without a rhythm. */
  expected: z.int().min(0).optional(),
  gaps: z.int().min(0),
  duplicates: z.int().min(0),
  outOfOrder: z.int().min(0),
  /** Microseconds of the window in which the stream was not known to be whole: silent, disconnected or between gap and resync. */
  staleMicros: z.int().min(0),
  reconnects: z.int().min(0),
  /** Messages given up for want of room. */
  drops: z.int().min(0),
  /** Receipt minus event time, by our clock and the venue's; negative where ours is behind. Absent without messages. */
  latencyMicros: z.strictObject({ p50: z.int(), p99: z.int(), max: z.int() }).optional(),
  /** How far the window has been observed: a window that the observer saw only in part is not GOOD. */
  observedFrom: epochMicros,
  observedTo: epochMicros,
});
export type QualityWindow = z.infer<typeof qualityWindowSchema>;

/** The windows of one instrument and UTC day, sorted by `(start, stream)`. */
export const qualityDaySchema = z.strictObject({
  version: z.literal(1),
  venue: token,
  symbol: venueSymbol,
  date: dateString,
  windows: z.array(qualityWindowSchema).max(96 * 6),
});
export type QualityDay = z.infer<typeof qualityDaySchema>;
