import type { InstrumentRules } from '@portcullis/market';
import type { LiveOrder } from './live-order.ts';

/** Why a venue would not take an order, whatever its market does; undefined when it would. */
export function admissionFault(order: LiveOrder, rules: InstrumentRules): string | undefined {
  const { quantity, price } = order;
  if (!Number.isSafeInteger(quantity) || quantity <= 0) return 'quantity: not a whole number of lots above zero';
  if (quantity < rules.quantityMin) return 'quantity: less than the instrument allows';
  if (quantity > rules.quantityMax) return 'quantity: more than the instrument allows';
  if (order.market) return order.postOnly ? 'post-only: a market order takes' : undefined;
  if (!Number.isSafeInteger(price) || price <= 0) return 'price: not a whole number of ticks above zero';
  if (price < rules.priceMin || price > rules.priceMax) return 'price: outside of what the instrument allows';
  if (order.postOnly && order.timeInForce !== 'GTC') return 'post-only: such an order cannot expire at once';
  return undefined;
}
