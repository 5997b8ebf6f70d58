import type { GapInput, TradeInput } from '@portcullis/market';

/** Whether a trade of others can be matched against: a price above zero, a quantity that is a number. */
export function isTradable({ price, quantity }: TradeInput): boolean {
  return Number.isSafeInteger(price) && price > 0 && Number.isSafeInteger(quantity) && quantity >= 0;
}

/** Whether something of the stream is missing from there on. A `resync` says that nothing is any more. */
export function isHole({ stream, reason }: GapInput, of: 'book' | 'quote' | 'trade'): boolean {
  return reason !== 'resync' && (stream === of || stream === 'all');
}
