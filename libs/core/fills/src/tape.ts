import type { TradeInput } from '@portcullis/market';

/** Whether a trade of others can be matched against: a price above zero, a quantity that is a number. */
export function isTradable({ price, quantity }: TradeInput): boolean {
  return Number.isSafeInteger(price) && price > 0 && Number.isSafeInteger(quantity) && quantity >= 0;
}
