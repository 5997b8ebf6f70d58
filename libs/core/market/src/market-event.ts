import type { MarketGap, Quote, Side, Trade } from '@portcullis/contracts';
import { type InputError, type PriceTicks, type QuantityLots, type Result, err, ok } from '@portcullis/kernel';
import { type InstrumentRules, parsePrice, parseMarketQuantity } from './instrument.ts';

/** A quote in the instrument's increments. Times in microseconds since the epoch. */
export interface ExactQuote {
  readonly seq: number;
  readonly tsEvent: number;
  readonly tsInit: number;
  readonly bidPrice: PriceTicks;
  readonly bidQuantity: QuantityLots;
  readonly askPrice: PriceTicks;
  readonly askQuantity: QuantityLots;
}

/** A trade of other parties in the instrument's increments. Times in microseconds since the epoch. */
export interface ExactTrade {
  readonly seq: number;
  readonly tsEvent: number;
  readonly tsInit: number;
  readonly tradeId: string;
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
  readonly aggressor: Side;
}

/** A quote in exact units. Refuses prices off the tick size and a bid at or above the ask; quantities are rounded down to lots. */
export function exactQuote(rules: InstrumentRules, quote: Quote): Result<ExactQuote, InputError> {
  const bidPrice = parsePrice(rules, quote.bidPrice, 'bidPrice');
  if (!bidPrice.ok) return bidPrice;
  const askPrice = parsePrice(rules, quote.askPrice, 'askPrice');
  if (!askPrice.ok) return askPrice;
  const bidQuantity = parseMarketQuantity(rules, quote.bidQuantity, 'bidQuantity');
  if (!bidQuantity.ok) return bidQuantity;
  const askQuantity = parseMarketQuantity(rules, quote.askQuantity, 'askQuantity');
  if (!askQuantity.ok) return askQuantity;
  if (bidPrice.value >= askPrice.value) {
    return err({ field: 'bidPrice', value: quote.bidPrice, expected: `a price below the ask of ${quote.askPrice}` });
  }
  return ok({
    seq: quote.seq,
    tsEvent: quote.tsEvent,
    tsInit: quote.tsInit,
    bidPrice: bidPrice.value,
    bidQuantity: bidQuantity.value,
    askPrice: askPrice.value,
    askQuantity: askQuantity.value,
  });
}

/** A trade in exact units. Refuses a price off the tick size or of zero; quantities are rounded down to lots. */
export function exactTrade(rules: InstrumentRules, trade: Trade): Result<ExactTrade, InputError> {
  const price = parsePrice(rules, trade.price);
  if (!price.ok) return price;
  const quantity = parseMarketQuantity(rules, trade.quantity);
  if (!quantity.ok) return quantity;
  if (price.value <= 0) return err({ field: 'price', value: trade.price, expected: 'a price above zero' });
  const { seq, tsEvent, tsInit, tradeId, aggressor } = trade;
  return ok({ seq, tsEvent, tsInit, tradeId, price: price.value, quantity: quantity.value, aggressor });
}

/** The sum of bid and ask: twice the mid price, so that it stays an integer. */
export function doubleMid(quote: Pick<ExactQuote, 'bidPrice' | 'askPrice'>): number {
  return quote.bidPrice + quote.askPrice;
}

/** The mid price, rounded down to a tick. For marks and references, never for booking. */
export function midTicks(quote: Pick<ExactQuote, 'bidPrice' | 'askPrice'>): PriceTicks {
  return Math.floor(doubleMid(quote) / 2) as PriceTicks;
}

/** Whether a gap event says anything about the quotes: a hole in the trades alone, or in the bars, does not. */
export function concernsQuotes({ stream }: Pick<MarketGap, 'stream'>): boolean {
  return stream === undefined || stream === 'book' || stream === 'quote';
}
