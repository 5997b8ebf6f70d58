import { type PriceTicks, formatMoney } from '@portcullis/kernel';
import { formatPrice, formatQuantity, notional } from '@portcullis/market';
import { type Denial, deny } from '../denials.ts';
import type { ExactIntent } from '../exact-intent.ts';
import { type Rule, type RuleContext, limitsOf, orderOf } from '../rule.ts';

/** The furthest expiry: the gate remembers every decision until the intent has expired. */
const EXPIRY_AHEAD_MICROS_MAX = 24 * 3600 * 1_000_000;

/** The intent is in time and its order is one that the instrument's own rules allow (S6, S15). */
export const intentValidity: Rule = {
  name: 'intent-validity',
  check(context) {
    const { at, intent, order } = context;
    if (at >= intent.expiry) return deny('INTENT_EXPIRED', { expiry: String(intent.expiry), at: String(at) });
    const latest = at + EXPIRY_AHEAD_MICROS_MAX;
    if (intent.expiry > latest) {
      return deny('INTENT_EXPIRY_TOO_FAR', { expiry: String(intent.expiry), limit: String(latest) });
    }
    if (order?.ok === false) return deny('INTENT_INVALID', { ...order.error });
    const numbers = orderOf(context);
    return quantityDenial(numbers) ?? priceDenial(numbers) ?? notionalDenial(context, numbers);
  },
};

function quantityDenial({ rules, lots }: ExactIntent): Denial | undefined {
  if (lots < rules.quantityMin) {
    const quantity = formatQuantity(rules, lots);
    return deny('QUANTITY_BELOW_MIN', { quantity, limit: formatQuantity(rules, rules.quantityMin) });
  }
  if (lots > rules.quantityMax) {
    const quantity = formatQuantity(rules, lots);
    return deny('QUANTITY_ABOVE_MAX', { quantity, limit: formatQuantity(rules, rules.quantityMax) });
  }
  return undefined;
}

function priceDenial({ rules, price, stopPrice }: ExactIntent): Denial | undefined {
  const wrong = isOutside(rules, price) ? price : isOutside(rules, stopPrice) ? stopPrice : undefined;
  if (wrong === undefined) return undefined;
  return deny('PRICE_OUT_OF_RANGE', {
    price: formatPrice(rules, wrong),
    min: formatPrice(rules, rules.priceMin),
    max: formatPrice(rules, rules.priceMax),
  });
}

function isOutside({ priceMin, priceMax }: ExactIntent['rules'], price: PriceTicks | undefined): boolean {
  return price !== undefined && (price < priceMin || price > priceMax);
}

function notionalDenial(context: RuleContext, { rules, lots, price }: ExactIntent): Denial | undefined {
  // A market order is worth at least what the bid gives; without a mark the next rule denies it anyway.
  const worth = price ?? context.mark?.bid;
  if (worth === undefined) return undefined;
  const tickLots = worth * lots;
  const isEnough = Number.isSafeInteger(tickLots)
    ? tickLots >= limitsOf(context).tickLotsMin
    : notional(rules, worth, lots) >= rules.notionalMin;
  if (isEnough) return undefined;
  return deny('NOTIONAL_BELOW_MIN', {
    notional: formatMoney(notional(rules, worth, lots)),
    limit: formatMoney(rules.notionalMin),
  });
}
