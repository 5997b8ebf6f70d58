import { SCALE_MAX, type ScaledNumber } from '@portcullis/market';
import { Malformed } from './frame-members.ts';

/** A number as a venue wrote it. `value` × 10^-`scale` with the smallest scale that holds it. */
export interface WireNumber extends ScaledNumber {
  /** Digits after the point as written, trailing zeros included: some venues' checksums are over them. */
  readonly places: number;
}

const LENGTH_MAX = 64;
const ZERO = 48;
const POINT = 46;
const MINUS = 45;
const WITH_EXPONENT = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?[eE]([+-]?[0-9]{1,3})$/;
const POWERS = Array.from({ length: SCALE_MAX + 1 }, (_, power) => Number(`1e${power}`));

/**
 * Reads the text of a JSON number (`12.340`, `1e-8`), of which no digit is lost. Undefined when it is none, needs more
 * than {@link SCALE_MAX} digits after the point or leaves the safe integers.
 */
export function readNumber(text: string): WireNumber | undefined {
  const { length } = text;
  if (length > LENGTH_MAX) return undefined;
  const negative = text.charCodeAt(0) === MINUS;
  const first = negative ? 1 : 0;
  let value = 0;
  let scale = 0;
  let pointAt = -1;
  let zeros = 0;
  for (let at = first; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === POINT && pointAt < 0) pointAt = at;
    else if (code < ZERO || code > ZERO + 9) return readExponent(text);
    else if (pointAt < 0) value = value * 10 + (code - ZERO);
    else if (code === ZERO) zeros += 1;
    else {
      scale += zeros + 1;
      if (scale > SCALE_MAX) return undefined;
      value = value * (POWERS[zeros + 1] as number) + (code - ZERO);
      zeros = 0;
    }
  }
  const wholeEnd = pointAt < 0 ? length : pointAt;
  if (wholeEnd === first || pointAt === length - 1) return undefined;
  if (wholeEnd - first > 1 && text.charCodeAt(first) === ZERO) return undefined;
  if (value > Number.MAX_SAFE_INTEGER) return undefined;
  const places = pointAt < 0 ? 0 : length - pointAt - 1;
  return { value: negative && value !== 0 ? -value : value, scale, places };
}

function readExponent(text: string): WireNumber | undefined {
  const [, sign, whole, fraction = '', exponent] = WITH_EXPONENT.exec(text) ?? [];
  if (sign === undefined || whole === undefined || exponent === undefined) return undefined;
  const places = fraction.length - Number(exponent);
  const digits = `${whole}${fraction}`;
  if (Math.abs(places) > LENGTH_MAX) return undefined;
  const padded = places >= 0 ? digits.padStart(places + 1, '0') : digits + '0'.repeat(-places);
  const point = padded.length - Math.max(0, places);
  // Without the zeros that were in front of the digits, but with the one that stands before the point.
  const before = padded.slice(0, point).replace(/^0+(?=[0-9])/, '');
  const after = padded.slice(point);
  return readNumber(`${sign}${before}${after === '' ? '' : `.${after}`}`);
}

/** A price or quantity; throws {@link Malformed}. */
export function unsignedNumber(text: unknown, member: string): WireNumber {
  const number = typeof text === 'string' && !text.startsWith('-') ? readNumber(text) : undefined;
  if (number === undefined) {
    throw new Malformed(member, text, 'an unsigned decimal within the safe integers');
  }
  return number;
}

/** Numbers at one scale. */
interface Alike {
  readonly scale: number;
  readonly values: readonly number[];
}

/**
 * The numbers at one scale: the settled one of their kind if it is fine enough and they fit, so that scales seldom
 * change, else the finest that one of them needs. So a single odd number does not make what comes after it unreadable.
 */
export function alike(numbers: readonly ScaledNumber[], settled: number, member: string): Alike {
  const scale = scaleOf([numbers], 0, { step: 1, settled, member });
  return { scale, values: numbers.map((number) => at(number, scale)) };
}

export interface BookSides<Level> {
  /** Price, quantity, price, quantity… */
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

export interface ScalePair {
  readonly priceScale: number;
  readonly quantityScale: number;
}

/** The same of the prices and of the quantities of both sides of a book. */
export function alikeSides({ bids, asks }: BookSides<ScaledNumber>, settled: ScalePair): BookSides<number> & ScalePair {
  const sides = [bids, asks];
  const priceScale = scaleOf(sides, 0, { step: 2, settled: settled.priceScale, member: 'price' });
  const quantityScale = scaleOf(sides, 1, { step: 2, settled: settled.quantityScale, member: 'quantity' });
  const flat = (side: readonly ScaledNumber[]): number[] =>
    side.map((number, index) => at(number, index % 2 === 0 ? priceScale : quantityScale));
  return { bids: flat(bids), asks: flat(asks), priceScale, quantityScale };
}

interface Scaling {
  readonly step: 1 | 2;
  readonly settled: number;
  readonly member: string;
}

function scaleOf(lists: readonly (readonly ScaledNumber[])[], from: 0 | 1, { step, settled, member }: Scaling): number {
  let finest = 0;
  for (const list of lists) {
    for (let index = from; index < list.length; index += step) {
      const { scale } = list[index] as ScaledNumber;
      if (scale > finest) finest = scale;
    }
  }
  const kept = Math.max(settled, finest);
  if (unfit(lists, from, { step, scale: kept }) === undefined) return kept;
  const number = unfit(lists, from, { step, scale: finest });
  if (number === undefined) return finest;
  const text = `${number.value} × 10^-${number.scale}`;
  throw new Malformed(member, text, `a number within the safe integers at ${finest} digits after the point`);
}

/** The first number that leaves the safe integers at the scale. */
function unfit(
  lists: readonly (readonly ScaledNumber[])[],
  from: 0 | 1,
  { step, scale }: { readonly step: 1 | 2; readonly scale: number },
): ScaledNumber | undefined {
  for (const list of lists) {
    for (let index = from; index < list.length; index += step) {
      const number = list[index] as ScaledNumber;
      if (!Number.isSafeInteger(at(number, scale))) return number;
    }
  }
  return undefined;
}

function at({ value, scale }: ScaledNumber, wanted: number): number {
  return value * (POWERS[wanted - scale] as number);
}
