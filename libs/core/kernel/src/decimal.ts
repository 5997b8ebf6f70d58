import { assert } from './assert.ts';
import { type InputError, type Result, err, ok } from './result.ts';

/** An exact decimal: `units` × 10^-`scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** Digits after the point that a decimal string may have. A limit, not a precision: more is refused. */
export const DECIMAL_SCALE_MAX = 24;
const DECIMAL_LENGTH_MAX = 64;
const PATTERN = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/** Parses a plain decimal string (`-12.340`, no exponent, no `+`, no leading zeros). */
export function parseDecimal(text: string, field = 'decimal'): Result<Decimal, InputError> {
  const match = text.length <= DECIMAL_LENGTH_MAX ? PATTERN.exec(text) : null;
  const fraction = match?.[3] ?? '';
  if (match === null || fraction.length > DECIMAL_SCALE_MAX) {
    return err({
      field,
      value: text,
      expected: `a plain decimal with at most ${DECIMAL_SCALE_MAX} digits after the point`,
    });
  }
  const units = BigInt(`${match[2] ?? ''}${fraction}`);
  return ok({ units: match[1] === '-' ? -units : units, scale: fraction.length });
}

/** The shortest plain decimal string of `units` × 10^-`scale`: no trailing zeros, no `-0`. */
export function formatDecimal(units: bigint, scale: number): string {
  assert(Number.isInteger(scale) && scale >= 0, `scale ${scale} is not a non-negative integer`);
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  const sign = units < 0n ? '-' : '';
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
}

/** The decimal string with exactly `scale` digits after the point, as venues print numbers. */
export function formatFixed(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const sign = units < 0n ? '-' : '';
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(digits.length - scale)}`;
}

export function pow10(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/** `decimal` in units of 10^-`scale`, or undefined when that would lose digits. */
export function rescaleExact(decimal: Decimal, scale: number): bigint | undefined {
  if (scale >= decimal.scale) return decimal.units * pow10(scale - decimal.scale);
  const divisor = pow10(decimal.scale - scale);
  return decimal.units % divisor === 0n ? decimal.units / divisor : undefined;
}

/** Compares two decimals exactly: negative, zero or positive. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = a.units * pow10(scale - a.scale);
  const right = b.units * pow10(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `numerator / denominator`, rounded half away from zero. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  assert(denominator > 0n, 'the denominator is not positive');
  const magnitude = numerator < 0n ? -numerator : numerator;
  const rounded = (magnitude * 2n + denominator) / (denominator * 2n);
  return numerator < 0n ? -rounded : rounded;
}
