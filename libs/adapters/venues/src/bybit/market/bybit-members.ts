import type { Aggressor, ScaledEvent, ScaledTrade } from '@portcullis/market';
import { Malformed } from '../../market/frame-members.ts';
import { aboveZero, notBefore, rowsOf } from '../../market/wire-members.ts';
import { type BookSides, type WireNumber, alike, alikeSides, unsignedNumber } from '../../market/wire-number.ts';
import type { BybitSymbol, BybitSymbols } from './bybit-symbols.ts';
import { EPOCH_MICROS_MAX, EPOCH_MICROS_MIN } from '../../market/event-time.ts';

/** Where a frame's events are put, and what they are read with. */
export interface Reading {
  readonly symbols: BybitSymbols;
  readonly receivedMicros: number;
  readonly out: ScaledEvent[];
}

const SYMBOL = /^[A-Za-z0-9_/-]{1,64}$/;

export function symbolIn(value: unknown, member: string): string {
  if (typeof value !== 'string' || !SYMBOL.test(value)) throw new Malformed(member, value, 'a symbol');
  return value;
}

/** Epoch milliseconds (`perUnit` 1000) or microseconds (1), as a number or as text, in microseconds. */
export function timeIn(value: unknown, member: string, perUnit: 1 | 1000): number {
  const time = wholeIn(value, member) * perUnit;
  if (time < EPOCH_MICROS_MIN || time >= EPOCH_MICROS_MAX) {
    throw new Malformed(member, value, 'a time between 2001 and 2099');
  }
  return time;
}

const WHOLE = /^[0-9]{1,16}$/;

/** The venue writes the same member as a number here and as text there. */
export function wholeIn(value: unknown, member: string): number {
  const number = typeof value === 'string' && WHOLE.test(value) ? Number(value) : value;
  if (!Number.isSafeInteger(number) || (number as number) < 0) {
    throw new Malformed(member, value, 'a whole number within the safe integers');
  }
  return number as number;
}

/**
 * A price or quantity as text or as a number of JSON: its shortest text is what the venue wrote, as long as that has no
 * more than fifteen digits.
 */
export function numberIn(value: unknown, member: string): WireNumber {
  return unsignedNumber(typeof value === 'number' ? String(value) : value, member);
}

/** Rows `[price, size]`. */
export function levelsIn(value: unknown, member: string, most: number): WireNumber[] {
  const levels: WireNumber[] = [];
  for (const row of rowsOf(value, member, most)) {
    const [price, size] = rowsOf(row, member);
    levels.push(numberIn(price, member), numberIn(size, member));
  }
  return levels;
}

interface TradeMembers {
  readonly tsEvent: number;
  readonly tradeId: string;
  readonly price: unknown;
  readonly size: unknown;
  readonly side: unknown;
}

/** `side` is the taker's in both feeds. Source: Bybit V5, "Trade": S, "Side of taker". */
export function tradeOf(symbol: BybitSymbol, { tsEvent, tradeId, price, size, side }: TradeMembers): ScaledTrade {
  const prices = alike([aboveZero(numberIn(price, 'price'), 'price')], symbol.priceScale, 'price');
  const sizes = alike([aboveZero(numberIn(size, 'size'), 'size')], symbol.quantityScale, 'size');
  const aggressor = takerOf(side);
  symbol.priceScale = prices.scale;
  symbol.quantityScale = sizes.scale;
  return {
    kind: 'trade',
    symbol: symbol.symbol,
    tsEvent,
    tsEventNanos: 0,
    priceScale: prices.scale,
    quantityScale: sizes.scale,
    tradeId,
    price: prices.values[0] as number,
    quantity: sizes.values[0] as number,
    aggressor,
  };
}

function takerOf(side: unknown): Aggressor {
  if (side === 'Buy') return 'buy';
  if (side === 'Sell') return 'sell';
  throw new Malformed('side', side, 'Buy or Sell');
}

interface BookMembers extends BookSides<WireNumber> {
  readonly kind: 'snapshot' | 'delta';
  readonly number: number;
  readonly tsEvent: number;
}

export function bookOf(symbol: BybitSymbol, { kind, number, tsEvent: time, bids, asks }: BookMembers): ScaledEvent {
  const sides = alikeSides({ bids, asks }, symbol);
  const tsEvent = notBefore(symbol.bookAt, time);
  symbol.priceScale = sides.priceScale;
  symbol.quantityScale = sides.quantityScale;
  symbol.bookAt = tsEvent;
  const event = { symbol: symbol.symbol, tsEvent, tsEventNanos: 0, ...sides };
  if (kind === 'snapshot') return { kind, ...event, sequence: number };
  return { kind, ...event, firstSequence: number, lastSequence: number, previousSequence: -1 };
}

/** What the mark price, the index and the funding rate of an instrument are, as text; undefined where unknown. */
export interface Marks {
  readonly tsEvent: number;
  readonly mark: unknown;
  readonly index: unknown;
}

export function markOf(symbol: BybitSymbol, { tsEvent, mark, index }: Marks): ScaledEvent {
  const hasIndex = index !== undefined && index !== '';
  const numbers = [numberIn(mark, 'markPrice'), ...(hasIndex ? [numberIn(index, 'indexPrice')] : [])];
  const prices = alike(numbers, symbol.markScale, 'markPrice');
  symbol.markScale = prices.scale;
  return {
    kind: 'mark',
    symbol: symbol.symbol,
    tsEvent,
    tsEventNanos: 0,
    priceScale: prices.scale,
    price: prices.values[0] as number,
    index: prices.values[1] ?? -1,
  };
}
