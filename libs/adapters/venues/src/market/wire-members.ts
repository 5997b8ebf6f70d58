import { Malformed } from './frame-members.ts';
import { type BookSides, type WireNumber, unsignedNumber } from './wire-number.ts';

/** Levels that one frame may carry a side: more than any venue's whole book over a stream. */
export const LEVELS_MAX = 10_000;
/** Events that one frame may carry; the longest are first answers with some hundreds of them. */
export const ROWS_MAX = 10_000;
/** Symbols on one connection: several times what venues allow. */
export const SYMBOLS_MAX = 4096;

const WHOLE = /^(0|[1-9][0-9]{0,15})$/;
const TRADE_ID = /^[\x21-\x7e]{1,64}$/;

/** Fatal, so that broken UTF-8 is malformed and not another symbol. */
const decoder = new TextDecoder('utf-8', { fatal: true });

export function textOf(frame: Uint8Array): string {
  try {
    return decoder.decode(frame);
  } catch {
    throw new Malformed('frame', '', 'JSON in UTF-8');
  }
}

export function parsedText(text: string, original = text): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Malformed('frame', original, 'JSON in UTF-8');
  }
}

export function rowsOf(value: unknown, member: string, most = ROWS_MAX): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw new Malformed(member, value, `a list of at most ${most}`);
  return value;
}

/** A member of an answer that may be anything. */
export function memberOf(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** A number without a fraction or a sign that was written as text. */
export function wholeNumber(text: unknown, member: string): number {
  const value = typeof text === 'string' && WHOLE.test(text) ? Number(text) : -1;
  if (value < 0 || !Number.isSafeInteger(value)) {
    throw new Malformed(member, text, 'a whole number within the safe integers');
  }
  return value;
}

export function tradeIdOf(text: unknown, member: string): string {
  if (typeof text !== 'string' || !TRADE_ID.test(text)) {
    throw new Malformed(member, text, 'an id of 1 to 64 characters');
  }
  return text;
}

/** `pair` gives the price and the quantity of one level. */
export function levelsOf(
  value: unknown,
  member: string,
  pair: (level: unknown) => readonly [price: unknown, quantity: unknown],
): WireNumber[] {
  const levels: WireNumber[] = [];
  for (const level of rowsOf(value, member, LEVELS_MAX)) {
    const [price, quantity] = pair(level);
    levels.push(unsignedNumber(price, member), unsignedNumber(quantity, member));
  }
  return levels;
}

/** Throws {@link Malformed} where a trade has no price or quantity. */
export function aboveZero(number: WireNumber, member: string): WireNumber {
  if (number.value === 0) throw new Malformed(member, '0', 'above zero');
  return number;
}

/** The finest places as written, of prices and of quantities. */
export function placesIn({ bids, asks }: BookSides<WireNumber>): readonly [price: number, quantity: number] {
  const places: [number, number] = [0, 0];
  for (const side of [bids, asks]) {
    for (const [index, number] of side.entries()) {
      const kind = index % 2 === 0 ? 0 : 1;
      if (number.places > places[kind]) places[kind] = number.places;
    }
  }
  return places;
}

/** How far back a time may lie behind the one before it to be put level with it. Microseconds. */
const STEP_BACK_MAX = 60_000_000;

/**
 * A time of the book that is not before the one before it, because readers order by time and a delta that came later has
 * to stay later. Behind a time that is a minute ahead it is left alone: then the one before was wrong.
 */
export function notBefore(previous: number, time: number): number {
  return time < previous && previous - time <= STEP_BACK_MAX ? previous : time;
}
