import { Malformed, type Members } from '../market/frame-members.ts';
import { rowsOf } from '../market/wire-members.ts';
import { type WireNumber, unsignedNumber } from '../market/wire-number.ts';
import type { WholeBook } from './book-diff.ts';
import { EPOCH_MICROS_MAX, EPOCH_MICROS_MIN } from '../market/event-time.ts';

/** What a double surely holds of a decimal. */
const DIGITS_MAX = 15;
const MILLIS_MIN = EPOCH_MICROS_MIN / 1000;
const MILLIS_MAX = EPOCH_MICROS_MAX / 1000;

/**
 * ccxt's numbers are doubles, read from the venue's decimal text (`info` has that text, but in each venue's own shape). A
 * double gives back a decimal of up to fifteen digits exactly, so the shortest text of that many digits is what the venue
 * wrote; of longer ones, and of sums, it is the nearest one of fifteen. The same double always gives the same number.
 */
export function decimalOf(value: unknown, member: string): WireNumber {
  if (typeof value !== 'number') return unsignedNumber(value, member);
  return unsignedNumber(String(Number(value.toPrecision(DIGITS_MAX))), member);
}

/** ccxt's `timestamp`, milliseconds, in microseconds; the receipt where it has none. */
export function timeOf(data: Members, receivedMicros: number): number {
  const { timestamp } = data;
  if (timestamp === undefined || timestamp === null) return receivedMicros;
  return millisIn(timestamp, 'timestamp');
}

export function millisIn(value: unknown, member: string): number {
  const isTime = Number.isInteger(value) && (value as number) >= MILLIS_MIN && (value as number) < MILLIS_MAX;
  if (!isTime) throw new Malformed(member, value, 'epoch milliseconds between 2001 and 2099');
  return (value as number) * 1000;
}

/** The best `levelsMax` levels a side. ccxt goes on changing the book that it gave, so they are copied. */
export function wholeBookOf(data: Members, levelsMax: number): WholeBook {
  return { bids: sideOf(data, 'bids', levelsMax), asks: sideOf(data, 'asks', levelsMax) };
}

/** Levels that ccxt may hold a side. */
const LEVELS_MAX = 200_000;

function sideOf(data: Members, member: 'bids' | 'asks', levelsMax: number): readonly number[] {
  const side: number[] = [];
  for (const level of rowsOf(data[member], member, LEVELS_MAX)) {
    if (side.length >= 2 * levelsMax) break;
    const [price, quantity] = rowsOf(level, member);
    if (!Number.isFinite(price) || !Number.isFinite(quantity)) throw new Malformed(member, level, 'two numbers');
    if ((quantity as number) > 0) side.push(price as number, quantity as number);
  }
  return side;
}
