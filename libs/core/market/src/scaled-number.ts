/** Digits after the point that a scaled number may have. */
export const SCALE_MAX = 18;
const LENGTH_MAX = 64;
const PLAIN = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/;

/** `value` × 10^-`scale`. */
export interface ScaledNumber {
  readonly value: number;
  readonly scale: number;
}

/**
 * The shortest plain decimal string of a safe integer × 10^-`scale`: no trailing zeros, no `-0`. It is the inverse of
 * {@link parseScaled}.
 */
export function formatScaled(value: number, scale: number): string {
  if (value === 0) return '0';
  if (value < 0) return `-${formatScaled(-value, scale)}`;
  let digits = value;
  let places = scale;
  while (places > 0 && digits % 10 === 0) {
    digits /= 10;
    places -= 1;
  }
  const text = String(digits);
  if (places === 0) return text;
  const point = text.length - places;
  return point > 0 ? `${text.slice(0, point)}.${text.slice(point)}` : `0.${'0'.repeat(-point)}${text}`;
}

/**
 * A plain decimal string (`-12.340`, no exponent, no `+`, no leading zeros) with the fewest digits after the point that
 * hold it. Undefined when it is none, or has more than {@link SCALE_MAX} digits after the point, or leaves the safe
 * integers.
 */
export function parseScaled(text: string): ScaledNumber | undefined {
  if (text.length > LENGTH_MAX || !PLAIN.test(text)) return undefined;
  const point = text.indexOf('.');
  if (point < 0) return safe(text, 0);
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  if (end === point + 1) return safe(text.slice(0, point), 0);
  return safe(`${text.slice(0, point)}${text.slice(point + 1, end)}`, end - point - 1);
}

/** The value at a scale that is at least as fine; undefined when that leaves the safe integers. */
export function atScale({ value, scale }: ScaledNumber, wanted: number): number | undefined {
  const scaled = value * 10 ** (wanted - scale);
  return Number.isSafeInteger(scaled) ? scaled : undefined;
}

function safe(digits: string, scale: number): ScaledNumber | undefined {
  const value = Number(digits);
  // Adding zero makes a zero of minus zero.
  return scale <= SCALE_MAX && Number.isSafeInteger(value) ? { value: value + 0, scale } : undefined;
}
