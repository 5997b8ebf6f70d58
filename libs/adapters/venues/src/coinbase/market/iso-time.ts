import { Malformed } from '../../binance/market/frame-members.ts';

/** A time as a market event has it. */
export interface EventTime {
  readonly tsEvent: number;
  readonly tsEventNanos: number;
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/;
const YEAR_MIN = 2001;
const YEAR_MAX = 2098;

/** `2021-04-17T16:43:37.075687Z`, to the nanosecond where it goes so far; nothing is rounded. Throws {@link Malformed}. */
export function isoTime(text: unknown, member: string): EventTime {
  const match = typeof text === 'string' ? ISO.exec(text) : null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match?.slice(1, 7).map(Number) ?? [];
  const millis = Date.UTC(year, month - 1, day, hour, minute, second);
  // A 30th of February or a 25th hour would be carried over into another day.
  const isReal = new Date(millis).getUTCDate() === day && month <= 12 && hour < 24 && minute < 60 && second < 60;
  if (match === null || !isReal || year < YEAR_MIN || year > YEAR_MAX) {
    throw new Malformed(member, text, `an ISO time in UTC between ${YEAR_MIN} and ${YEAR_MAX}`);
  }
  const fraction = Number((match[7] ?? '').padEnd(9, '0'));
  return { tsEvent: millis * 1000 + Math.floor(fraction / 1000), tsEventNanos: fraction % 1000 };
}
