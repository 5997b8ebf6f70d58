import { SCALE_MAX } from '@portcullis/market';

/** A number `units × 10^-scale`, as an event holds it. */
export interface Scaled {
  readonly units: number;
  readonly scale: number;
}

/** Significant decimal digits that a double carries for certain. */
const DOUBLE_DIGITS = 15;
const PATTERN = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * The exact value of a decimal text (an exponent is allowed) in scaled integers, or undefined when it is no number or
 * needs more than {@link SCALE_MAX} digits after the point or a larger integer than a double holds exactly.
 */
export function scaledOf(text: string): Scaled | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = PATTERN.exec(text) ?? [];
  if (whole === '' && fraction === '') return undefined;
  let digits = `${whole}${fraction}`;
  let scale = fraction.length - Number(exponent);
  const significant = digits.replace(/0+$/, '');
  const trailing = digits.length - significant.length;
  // Zeros at the end go only where they stand in the way, so that a column of one precision keeps one scale.
  const isTight = scale > SCALE_MAX || digits.replace(/^0+/, '').length > DOUBLE_DIGITS;
  if (isTight && scale > 0) {
    const cut = Math.min(trailing, scale);
    digits = digits.slice(0, digits.length - cut);
    scale -= cut;
  }
  if (scale < 0) {
    if (scale < -SCALE_MAX) return undefined;
    digits += '0'.repeat(-scale);
    scale = 0;
  }
  const units = Number(digits);
  if (scale > SCALE_MAX || !Number.isSafeInteger(units)) return undefined;
  return { units: sign === '-' && units !== 0 ? -units : units, scale };
}

/** Zeros or nines that reach to nearly the end of more digits than a double carries: what computing leaves behind. */
const TRACE = /^(\d*?)(?:0{4,}|9{4,})\d{1,3}$/;

/**
 * The value of a printed double: its shortest decimal text. Where that has more than {@link DOUBLE_DIGITS} significant
 * digits and ends in the trace of a computation, it is the number without the trace (`rounded`): 0.00031099999999999997
 * is 0.000311, and 10.344205490000018 is 10.34420549. Undefined as in {@link scaledOf}.
 */
export function scaledOfDouble(text: string): (Scaled & { readonly rounded: boolean }) | undefined {
  const rounded = withoutTrace(text);
  const scaled = rounded === undefined ? scaledOf(text) : trimmed(scaledOf(rounded));
  return scaled === undefined ? undefined : { ...scaled, rounded: rounded !== undefined };
}

function withoutTrace(text: string): string | undefined {
  if (text.length <= DOUBLE_DIGITS) return undefined;
  const mantissa = text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '');
  const [, kept] = mantissa.length > DOUBLE_DIGITS ? (TRACE.exec(mantissa) ?? []) : [];
  return kept === undefined ? undefined : String(Number(Number(text).toPrecision(Math.max(1, kept.length))));
}

function trimmed(scaled: Scaled | undefined): Scaled | undefined {
  if (scaled === undefined) return undefined;
  let { units, scale } = scaled;
  while (scale > 0 && units % 10 === 0) {
    units /= 10;
    scale -= 1;
  }
  return { units, scale };
}

/** Several numbers at one scale, the largest of theirs; undefined when one does not fit into it. */
export function atOneScale(
  numbers: readonly Scaled[],
): { readonly units: number[]; readonly scale: number } | undefined {
  const scale = numbers.reduce((most, one) => Math.max(most, one.scale), 0);
  const units = numbers.map((one) => (one.scale === scale ? one.units : one.units * 10 ** (scale - one.scale)));
  return units.every((unit) => Number.isSafeInteger(unit)) ? { units, scale } : undefined;
}
