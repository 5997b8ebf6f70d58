import type { InstrumentRules } from '@portcullis/market';
import { SCALE_MAX } from '@portcullis/market';

/**
 * Turns scaled integers into multiples of an increment, for each scale that a value may have: `value × num / den`, both
 * whole and without a common divisor. Floats that hold whole numbers exactly; what does not come out exactly is told.
 */
export interface Increments {
  readonly num: Float64Array;
  readonly den: Float64Array;
}

/** Not a multiple of the increment, below zero or beyond the safe integers. */
export const NOT_EXACT = -1;

export function incrementsOf({ units, scale }: InstrumentRules['tickSize']): Increments {
  const num = new Float64Array(SCALE_MAX + 1);
  const den = new Float64Array(SCALE_MAX + 1);
  for (let of = 0; of <= SCALE_MAX; of++) {
    let above = 10n ** BigInt(Math.max(0, scale - of));
    let below = units * 10n ** BigInt(Math.max(0, of - scale));
    const common = divisor(above, below);
    above /= common;
    below /= common;
    num[of] = Number(above);
    den[of] = Number(below);
  }
  return { num, den };
}

function divisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : divisor(b, a % b);
}

/** `value × num / den`, or {@link NOT_EXACT}. */
export function exactly(value: number, num: number, den: number): number {
  const above = value * num;
  if (!(above >= 0 && above <= Number.MAX_SAFE_INTEGER)) return NOT_EXACT;
  if (den === 1) return above;
  const whole = Math.floor(above / den);
  return whole * den === above ? whole : NOT_EXACT;
}

/** `value × num / den` rounded down, or {@link NOT_EXACT} where it is no safe integer from zero. */
export function roundedDown(value: number, num: number, den: number): number {
  const above = value * num;
  if (!(above >= 0 && above <= Number.MAX_SAFE_INTEGER)) return NOT_EXACT;
  if (den === 1) return above;
  const whole = Math.floor(above / den);
  return whole * den > above ? whole - 1 : whole;
}
