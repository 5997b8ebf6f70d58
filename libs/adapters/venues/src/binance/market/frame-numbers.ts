import { type ScaledNumber, atScale, parseScaled } from '@portcullis/market';
import { Malformed, type Members, integer } from '../../market/frame-members.ts';
import { LEVELS_MAX, TIME_EXPECTED, microsOf } from './symbol-scales.ts';

/**
 * Digits after the point, trailing zeros apart: the venue prints 8 at most. More of them would, because scales do not
 * shrink, put the symbol's other numbers out of the safe range.
 */
export const PLACES_MAX = 10;
const DECIMAL_EXPECTED = `a plain decimal string of at most ${PLACES_MAX} places within the safe integers`;

export function micros(data: Members, member: string): number {
  const time = microsOf(integer(data, member));
  if (time < 0) throw new Malformed(member, data[member], TIME_EXPECTED);
  return time;
}

export function signedDecimal(data: Members, member: string): ScaledNumber {
  const value = data[member];
  const parsed = typeof value === 'string' ? parseScaled(value) : undefined;
  if (parsed === undefined || parsed.scale > PLACES_MAX) throw new Malformed(member, value, DECIMAL_EXPECTED);
  return parsed;
}

export function decimal(data: Members, member: string): ScaledNumber {
  const parsed = signedDecimal(data, member);
  if (isNegative(data[member])) throw new Malformed(member, data[member], DECIMAL_EXPECTED);
  return parsed;
}

/** Levels as they came: the scales at which they are told depend on the whole frame. */
export function levels(data: Members, member: string): ScaledNumber[] {
  const value = data[member];
  if (!Array.isArray(value) || value.length > LEVELS_MAX) {
    throw new Malformed(member, value, `at most ${LEVELS_MAX} levels`);
  }
  return value.flatMap((level: unknown) => {
    if (!Array.isArray(level) || level.length < 2) throw new Malformed(member, level, 'a price and a quantity');
    return [levelNumber(member, level[0]), levelNumber(member, level[1])];
  });
}

function levelNumber(member: string, value: unknown): ScaledNumber {
  const parsed = typeof value === 'string' && !isNegative(value) ? parseScaled(value) : undefined;
  if (parsed === undefined || parsed.scale > PLACES_MAX) throw new Malformed(member, value, DECIMAL_EXPECTED);
  return parsed;
}

function isNegative(text: unknown): boolean {
  return typeof text === 'string' && text.startsWith('-');
}

/** Prices and quantities of one frame at one scale each. Nothing is remembered before all of them fit. */
export class FrameScale {
  #scale: number;

  constructor(scale: number) {
    this.#scale = scale;
  }

  get scale(): number {
    return this.#scale;
  }

  cover(...numbers: readonly ScaledNumber[]): void {
    for (const { scale } of numbers) if (scale > this.#scale) this.#scale = scale;
  }

  of(number: ScaledNumber, member: string): number {
    const value = atScale(number, this.#scale);
    if (value !== undefined) return value;
    const text = `${number.value} × 10^-${number.scale}`;
    throw new Malformed(member, text, `a number within the safe integers at ${this.#scale} digits after the point`);
  }
}
