/** A time as a market event has it. */
export interface EventTime {
  readonly tsEvent: number;
  readonly tsEventNanos: number;
}

/** Bounds of what a venue's clock may say, in microseconds: 2001 to 2099. What lies outside is another unit, or no time. */
export const EPOCH_MICROS_MIN = 1_000_000_000_000_000;
export const EPOCH_MICROS_MAX = 4_100_000_000_000_000;

const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/**
 * `2021-04-17T16:43:37.075687Z`, to the nanosecond where it goes so far; nothing is rounded. Undefined for what is none,
 * also for a 30th of February, which would be carried over into another day.
 */
export function parseIsoTime(text: unknown): EventTime | undefined {
  const [, seconds, fraction = ''] = (typeof text === 'string' ? ISO.exec(text) : null) ?? [];
  if (seconds === undefined) return undefined;
  const millis = Date.parse(`${seconds}Z`);
  if (Number.isNaN(millis) || !new Date(millis).toISOString().startsWith(seconds)) return undefined;
  const nanos = fraction.padEnd(9, '0');
  return { tsEvent: millis * 1000 + Number(nanos.slice(0, 6)), tsEventNanos: Number(nanos.slice(6)) };
}
