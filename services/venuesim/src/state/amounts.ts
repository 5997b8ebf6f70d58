import { MONEY_SCALE, type Money, formatDecimal, formatFixed, money, pow10 } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';

/** Digits after the point that the dialect prints, and to which it rounds commissions. */
const VENUE_SCALE = 8;
/** One unit of the eighth digit, as money. */
const VENUE_UNIT = pow10(MONEY_SCALE - VENUE_SCALE);

export const ZERO_TEXT = '0.00000000';

/** An amount with eight digits after the point, or with all of its digits where eight would lose some. */
export function amountText(amount: Money): string {
  return amount % VENUE_UNIT === 0n
    ? formatFixed(amount / VENUE_UNIT, VENUE_SCALE)
    : formatDecimal(amount, MONEY_SCALE);
}

function stepsText(count: number, step: { readonly units: bigint; readonly scale: number }): string {
  const scale = Math.max(VENUE_SCALE, step.scale);
  return formatFixed(BigInt(count) * step.units * pow10(scale - step.scale), scale);
}

export function priceText(rules: InstrumentRules, ticks: number): string {
  return stepsText(ticks, rules.tickSize);
}

export function quantityText(rules: InstrumentRules, lots: number): string {
  return stepsText(lots, rules.lotSize);
}

/** Money (quote currency) of an amount in ticks × lots. */
export function quoteMoney(rules: InstrumentRules, ticksLots: bigint): Money {
  return money(ticksLots * rules.moneyPerTickLot);
}

/** The commission on what a party receives: basis points of it, rounded down to the eighth digit. */
export function commissionOf(received: Money, basisPoints: number): Money {
  const exact = (received * BigInt(basisPoints)) / 10_000n;
  return money(exact - (exact % VENUE_UNIT));
}
