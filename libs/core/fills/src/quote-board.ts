import type { QuoteInput } from '@portcullis/market';
import type { Queue } from './queue.ts';
import type { VenueSlot } from './venue-slot.ts';

/** The last quote of an instrument, and what of each side our orders have had since it stands. */
export class QuoteBoard {
  known = false;
  bid = 0;
  bidLots = 0;
  bidTaken = 0;
  ask = 0;
  askLots = 0;
  askTaken = 0;

  /** Takes a quote that is in order. What was taken stays taken while the price stands; more shown is new. */
  show(quote: QuoteInput): void {
    const { bidPrice, bidQuantity, askPrice, askQuantity } = quote;
    this.bidTaken = this.known && bidPrice === this.bid ? Math.min(this.bidTaken, bidQuantity) : 0;
    this.askTaken = this.known && askPrice === this.ask ? Math.min(this.askTaken, askQuantity) : 0;
    this.known = true;
    this.bid = bidPrice;
    this.bidLots = bidQuantity;
    this.ask = askPrice;
    this.askLots = askQuantity;
  }

  /** As {@link show}, and moves our resting orders in the queues of the best prices. */
  showTo(queue: Queue, slot: VenueSlot, quote: QuoteInput): void {
    const bidBefore = this.known && this.bid === quote.bidPrice ? this.bidLots : Infinity;
    const askBefore = this.known && this.ask === quote.askPrice ? this.askLots : Infinity;
    this.show(quote);
    queue.best(slot.buys, this.bid, bidBefore, this.bidLots);
    queue.best(slot.sells, this.ask, askBefore, this.askLots);
  }

  /** Lots that others show at a price of a side, for an order that comes to rest; Infinity behind the best. */
  shownAt(price: number, sign: number): number {
    if (!this.known) return Infinity;
    const best = sign > 0 ? this.bid : this.ask;
    if (price === best) return sign > 0 ? this.bidLots : this.askLots;
    return (price - best) * sign > 0 ? 0 : Infinity;
  }

  /** The price that an order of this sign takes at. */
  opposite(sign: number): number {
    return sign > 0 ? this.ask : this.bid;
  }

  oppositeLots(sign: number): number {
    return sign > 0 ? this.askLots : this.bidLots;
  }

  oppositeTaken(sign: number): number {
    return sign > 0 ? this.askTaken : this.bidTaken;
  }

  take(sign: number, lots: number): void {
    if (sign > 0) this.askTaken += lots;
    else this.bidTaken += lots;
  }
}

/** `undefined` for a quote in order, otherwise what is wrong with it. */
export function quoteFault(quote: QuoteInput): 'malformed' | 'crossed' | undefined {
  const { bidPrice, bidQuantity, askPrice, askQuantity } = quote;
  if (!Number.isSafeInteger(bidPrice) || bidPrice <= 0 || !Number.isSafeInteger(askPrice) || askPrice <= 0) {
    return 'malformed';
  }
  if (!Number.isSafeInteger(bidQuantity) || bidQuantity < 0) return 'malformed';
  if (!Number.isSafeInteger(askQuantity) || askQuantity < 0) return 'malformed';
  return bidPrice < askPrice ? undefined : 'crossed';
}
