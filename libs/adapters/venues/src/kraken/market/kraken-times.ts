import { Malformed } from '../../market/frame-members.ts';
import { EPOCH_MICROS_MAX, EPOCH_MICROS_MIN, parseIsoTime } from '../../market/event-time.ts';

/** Microseconds since the epoch, and the nanoseconds beyond them. */
export interface VenueTime {
  readonly micros: number;
  readonly nanos: number;
}

const SECONDS = /^(\d{10})(?:\.(\d{1,9}))?$/;

/** `2023-10-06T17:35:55.440295Z`, as WebSocket v2 writes times. */
export function rfc3339(text: unknown, member: string): VenueTime {
  const parsed = parseIsoTime(text);
  const time = { micros: parsed?.tsEvent ?? NaN, nanos: parsed?.tsEventNanos ?? 0 };
  if (!isPlausible(time)) throw new Malformed(member, text, 'an RFC 3339 time in UTC between 2001 and 2099');
  return time;
}

/** `1618678142.557535`, as WebSocket v1 writes times. */
export function epochSeconds(text: unknown, member: string): VenueTime {
  const [, seconds, fraction] = (typeof text === 'string' ? SECONDS.exec(text) : null) ?? [];
  const time = withFraction(seconds === undefined ? NaN : Number(seconds) * 1_000_000, fraction);
  if (!isPlausible(time)) throw new Malformed(member, text, 'epoch seconds between 2001 and 2099');
  return time;
}

function withFraction(micros: number, fraction = ''): VenueTime {
  const digits = fraction.padEnd(9, '0');
  return { micros: micros + Number(digits.slice(0, 6)), nanos: Number(digits.slice(6)) };
}

function isPlausible({ micros }: VenueTime): boolean {
  return micros >= EPOCH_MICROS_MIN && micros < EPOCH_MICROS_MAX;
}
