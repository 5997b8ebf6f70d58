import type { Brand } from './brand.ts';
import { type Decimal, formatDecimal, parseDecimal, rescaleExact } from './decimal.ts';
import { type InputError, type Result, err, ok } from './result.ts';

/** An amount of one currency in units of 10^-12: exact, unbounded. The currency is named beside it. */
export type Money = Brand<bigint, 'Money'>;

/**
 * Digits after the point of every amount. Chosen so that a price times a quantity of any instrument
 * that we accept is exact (instrument rules refuse tick and lot sizes that together need more).
 */
export const MONEY_SCALE = 12;

export const ZERO_MONEY = 0n as Money;

export function money(units: bigint): Money {
  return units as Money;
}

export function addMoney(a: Money, b: Money): Money {
  return (a + b) as Money;
}

export function subtractMoney(a: Money, b: Money): Money {
  return (a - b) as Money;
}

export function negateMoney(a: Money): Money {
  return -a as Money;
}

/** Parses a decimal string into money; more than 12 digits after the point are refused, never rounded. */
export function parseMoney(text: string, field = 'amount'): Result<Money, InputError> {
  const decimal = parseDecimal(text, field);
  if (!decimal.ok) return decimal;
  const units = rescaleExact(decimal.value, MONEY_SCALE);
  if (units === undefined) {
    return err({ field, value: text, expected: `at most ${MONEY_SCALE} digits after the point` });
  }
  return ok(units as Money);
}

export function formatMoney(amount: Money): string {
  return formatDecimal(amount, MONEY_SCALE);
}

export function moneyOfDecimal(decimal: Decimal): Money | undefined {
  return rescaleExact(decimal, MONEY_SCALE) as Money | undefined;
}
