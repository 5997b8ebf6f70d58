/** How a time is written: a count of units since the epoch, or an ISO 8601 text (UTC where it says no zone). */
export const TIME_UNITS = ['s', 'ms', 'us', 'ns', 'iso'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

export interface ExactTime {
  readonly micros: number;
  /** 0 to 999 beyond the microseconds. */
  readonly nanos: number;
}

/** Digits that a count of the unit has behind the second. */
const DIGITS = { s: 0, ms: 3, us: 6, ns: 9 } as const;
const ISO = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}(?::?\d{2})?)?$/;
/** The year 2286: a count beyond it is in another unit than was said. */
const SECONDS_MAX = 9_999_999_999;

/** The time in a text, exactly; undefined when it is none, or none between 1970 and 2286. */
export function timeOf(text: string, unit: TimeUnit): ExactTime | undefined {
  if (unit === 'iso') return isoTime(text);
  const [, whole, fraction = ''] = /^(\d{1,19})(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const behind = DIGITS[unit];
  const seconds = behind === 0 ? whole : whole.slice(0, -behind);
  return exact(Number(seconds === '' ? '0' : seconds), `${behind === 0 ? '' : whole.slice(-behind)}${fraction}`);
}

function exact(seconds: number, digits: string): ExactTime | undefined {
  if (!(seconds >= 0 && seconds <= SECONDS_MAX)) return undefined;
  const nine = digits.padEnd(9, '0').slice(0, 9);
  return { micros: seconds * 1_000_000 + Number(nine.slice(0, 6)), nanos: Number(nine.slice(6)) };
}

function isoTime(text: string): ExactTime | undefined {
  const [, date, clock, fraction = '', zone = 'Z'] = ISO.exec(text) ?? [];
  if (date === undefined || clock === undefined) return undefined;
  const offset = /^[+-]\d{2}$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const millis = Date.parse(`${date}T${clock}${offset}`);
  return Number.isNaN(millis) ? undefined : exact(millis / 1000, fraction);
}
