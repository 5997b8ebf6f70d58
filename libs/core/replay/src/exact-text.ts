import { MONEY_SCALE, type Money, divideRounded, formatMoney, money } from '@portcullis/kernel';
import { type InstrumentRules, formatPrice, formatQuantity, formatScaled } from '@portcullis/market';
import type { PriceTicks, QuantityLots } from '@portcullis/kernel';

// Records of fills are on the hot path of an order. A number of 53 bits is spelled several times faster than a bigint,
// and most are that short; the others take the long way to the same text.

/** Digits that amounts seldom need: cut off before the spelling when they are zeros. */
const SELDOM = 1_000_000n;
const SELDOM_DIGITS = 6;
/** More digits after the point than the instrument's tick size, of an average price. */
export const AVERAGE_DIGITS = 6;

/** Money as the shortest decimal string, as `formatMoney` spells it. */
export function moneyText(amount: Money): string {
  if (amount === 0n) return '0';
  const short = amount / SELDOM;
  if (short * SELDOM === amount) {
    const units = Number(short);
    if (Number.isSafeInteger(units)) return formatScaled(units, MONEY_SCALE - SELDOM_DIGITS);
  }
  return formatMoney(amount);
}

/** Spells prices and quantities of one instrument, as `formatPrice` and `formatQuantity` do. */
export class ExactText {
  readonly #rules: InstrumentRules;
  readonly #tick: number;
  readonly #lot: number;

  constructor(rules: InstrumentRules) {
    this.#rules = rules;
    this.#tick = Number(rules.tickSize.units);
    this.#lot = Number(rules.lotSize.units);
  }

  price(ticks: number): string {
    const units = ticks * this.#tick;
    return Number.isSafeInteger(units)
      ? formatScaled(units, this.#rules.tickSize.scale)
      : formatPrice(this.#rules, ticks as PriceTicks);
  }

  quantity(lots: number): string {
    const units = lots * this.#lot;
    return Number.isSafeInteger(units)
      ? formatScaled(units, this.#rules.lotSize.scale)
      : formatQuantity(this.#rules, lots as QuantityLots);
  }

  /** The price of which there are two in `twice` ticks: the middle of a quote. */
  halfPrice(twice: number): string {
    const units = twice * this.#tick * 5;
    if (Number.isSafeInteger(units)) return formatScaled(units, this.#rules.tickSize.scale + 1);
    return this.averagePrice(BigInt(twice), 2);
  }

  /** `value` (ticks times lots) over `lots`, rounded half away from zero {@link AVERAGE_DIGITS} digits after those of the tick size. */
  averagePrice(value: bigint, lots: number): string {
    const ticks = Number(value) / lots;
    if (Number.isSafeInteger(ticks) && BigInt(ticks) * BigInt(lots) === value) return this.price(ticks);
    const { units, scale } = this.#rules.tickSize;
    const digits = scale + AVERAGE_DIGITS;
    const whole = divideRounded(value * units * 10n ** BigInt(AVERAGE_DIGITS), BigInt(lots));
    const asNumber = Number(whole);
    if (Number.isSafeInteger(asNumber)) return formatScaled(asNumber, digits);
    return digits <= MONEY_SCALE
      ? moneyText(money(whole * 10n ** BigInt(MONEY_SCALE - digits)))
      : formatMoney(money(divideRounded(whole, 10n ** BigInt(digits - MONEY_SCALE))));
  }
}

/** A float as a plain decimal with at most six digits after the point: for samples, never for books. */
export function sampleText(value: number): string {
  if (!Number.isFinite(value)) return '0';
  const text = value.toFixed(6);
  if (!text.includes('.')) return text;
  const short = text.replace(/\.?0+$/, '');
  return short === '-0' ? '0' : short;
}
