import { Malformed } from '../../market/frame-members.ts';
import { type EventTime, parseIsoTime } from '../../market/event-time.ts';

const YEAR_MIN = 2001;
const YEAR_MAX = 2098;

/** A time of either feed, exact. Throws {@link Malformed}. */
export function isoTime(text: unknown, member: string): EventTime {
  const time = parseIsoTime(text);
  const year = Number(String(text).slice(0, 4));
  if (time === undefined || year < YEAR_MIN || year > YEAR_MAX) {
    throw new Malformed(member, text, `an ISO time in UTC between ${YEAR_MIN} and ${YEAR_MAX}`);
  }
  return time;
}
