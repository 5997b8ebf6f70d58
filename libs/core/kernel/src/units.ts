import { assert } from './assert.ts';
import type { Brand } from './brand.ts';

// The messages below are built only when an assertion fails: these functions are on every hot path.

/** A price in the instrument's tick size. Safe integer, may be zero or (spreads) negative. */
export type PriceTicks = Brand<number, 'PriceTicks'>;

/** A quantity in the instrument's lot size. Safe integer; signed where it says so (positions). */
export type QuantityLots = Brand<number, 'QuantityLots'>;

/** Microseconds since the Unix epoch (or a span of them). Safe integer. */
export type Micros = Brand<number, 'Micros'>;

export function priceTicks(value: number): PriceTicks {
  if (!Number.isSafeInteger(value)) assert(false, `price of ${value} ticks is outside the safe integers`);
  return value as PriceTicks;
}

export function quantityLots(value: number): QuantityLots {
  if (!Number.isSafeInteger(value)) assert(false, `quantity of ${value} lots is outside the safe integers`);
  return value as QuantityLots;
}

export function micros(value: number): Micros {
  if (!Number.isSafeInteger(value)) assert(false, `${value} microseconds are outside the safe integers`);
  return value as Micros;
}

export const ZERO_LOTS = 0 as QuantityLots;

export function addLots(a: number, b: number): QuantityLots {
  return quantityLots(a + b);
}

export const MICROS_PER_MS = 1_000;
export const MICROS_PER_SECOND = 1_000_000;
export const MICROS_PER_MINUTE = 60_000_000;
