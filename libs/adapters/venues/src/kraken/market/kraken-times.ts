import { Malformed } from '../../binance/market/frame-members.ts';

/** Microseconds since the epoch, and the nanoseconds beyond them. */
export interface VenueTime {
  readonly micros: number;
  readonly nanos: number;
}

const RFC_3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
const SECONDS = /^(\d{10})(?:\.(\d{1,9}))?$/;
const MICROS_MIN = 1_000_000_000_000_000;
const MICROS_MAX = 4_100_000_000_000_000;

/** `2023-10-06T17:35:55.440295Z`, as WebSocket v2 writes times. */
export function rfc3339(text: unknown, member: string): VenueTime {
  const [, seconds, fraction] = (typeof text === 'string' ? RFC_3339.exec(text) : null) ?? [];
  const millis = seconds === undefined ? NaN : Date.parse(`${seconds}Z`);
  const time = withFraction(millis * 1000, fraction);
  // What is out of range (31 February) comes out as another time, or as none.
  const isItself = isPlausible(time) && new Date(millis).toISOString().startsWith(String(seconds));
  if (!isItself) throw new Malformed(member, text, 'an RFC 3339 time in UTC between 2001 and 2099');
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
  return micros >= MICROS_MIN && micros < MICROS_MAX;
}
