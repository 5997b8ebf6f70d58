import { MONEY_SCALE, type Money, divideRounded, formatMoney, money } from '@portcullis/kernel';
import { type InstrumentRules, formatPrice, formatQuantity } from '@portcullis/market';
import type { PriceTicks, QuantityLots } from '@portcullis/kernel';

// Records of fills are on the hot path of an order. A number of 53 bits is spelled several times faster than a bigint,
// and most are that short; the others take the long way to the same text.

/** Digits of an amount that are zeros unless a fee was taken: without them it has 53 bits up to 900 million. */
const SELDOM = 100_000n;
const SELDOM_DIGITS = 5;
/** More digits after the point than the instrument's tick size, of an average price. */
export const AVERAGE_DIGITS = 6;

/** A safe integer × 10^-`scale` as the shortest plain decimal: as `formatScaled` spells it, in one pass over its digits. */
function spelled(units: number, scale: number): string {
  if (units < 0) return `-${spelled(-units, scale)}`;
  const digits = String(units);
  if (scale === 0 || units === 0) return digits;
  const text = digits.length > scale ? digits : '0'.repeat(scale - digits.length + 1) + digits;
  const point = text.length - scale;
  let end = text.length;
  while (end > point && text.charCodeAt(end - 1) === 48) end -= 1;
  return end === point ? text.slice(0, point) : `${text.slice(0, point)}.${text.slice(point, end)}`;
}

/** Money as the shortest decimal string, as `formatMoney` spells it. */
export function moneyText(amount: Money): string {
  const units = Number(amount);
  if (Number.isSafeInteger(units)) return spelled(units, MONEY_SCALE);
  const short = amount / SELDOM;
  if (short * SELDOM === amount) {
    const fewer = Number(short);
    if (Number.isSafeInteger(fewer)) return spelled(fewer, MONEY_SCALE - SELDOM_DIGITS);
  }
  return formatMoney(amount);
}

/** Spells prices and quantities of one instrument, as `formatPrice` and `formatQuantity` do. */
export class ExactText {
  readonly #rules: InstrumentRules;
  readonly #tick: number;
  readonly #lot: number;
  // Orders of one size are the rule, and the exit price of a round trip is that of its last fill.
  #lastTicks = 0;
  #lastPrice = '0';
  #lastLots = 0;
  #lastQuantity = '0';

  constructor(rules: InstrumentRules) {
    this.#rules = rules;
    this.#tick = Number(rules.tickSize.units);
    this.#lot = Number(rules.lotSize.units);
  }

  price(ticks: number): string {
    if (ticks === this.#lastTicks) return this.#lastPrice;
    const units = ticks * this.#tick;
    const text = Number.isSafeInteger(units)
      ? spelled(units, this.#rules.tickSize.scale)
      : formatPrice(this.#rules, ticks as PriceTicks);
    this.#lastTicks = ticks;
    this.#lastPrice = text;
    return text;
  }

  quantity(lots: number): string {
    if (lots === 0) return '0';
    if (lots === this.#lastLots) return this.#lastQuantity;
    const units = lots * this.#lot;
    const text = Number.isSafeInteger(units)
      ? spelled(units, this.#rules.lotSize.scale)
      : formatQuantity(this.#rules, lots as QuantityLots);
    this.#lastLots = lots;
    this.#lastQuantity = text;
    return text;
  }

  /** The price of which there are two in `twice` ticks: the middle of a quote. */
  halfPrice(twice: number): string {
    const units = twice * this.#tick * 5;
    if (Number.isSafeInteger(units)) return spelled(units, this.#rules.tickSize.scale + 1);
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
    if (Number.isSafeInteger(asNumber)) return spelled(asNumber, digits);
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
