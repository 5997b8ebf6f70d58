import type { InputError, PriceTicks, QuantityLots, Result } from '@portcullis/kernel';
import { parseMarketQuantity, parsePrice } from '@portcullis/market';
import type { BookEvent, BookLevel } from '@portcullis/matching';
import type { VenueCounters } from '../../state/counters.ts';
import type { Market } from '../../state/market.ts';
import { ORDER_QUANTITY_MAX } from '@portcullis/matching';
import type { VenueEngine } from '../../state/venue-engine.ts';

/** `[price, quantity]` as decimal strings. */
export type TextLevel = readonly [price: string, quantity: string];

/** Recorded or live market data on its way into a market's book, as the anonymous flow. */
export class FlowFeed {
  readonly market: Market;
  readonly #engine: VenueEngine;
  readonly #counters: VenueCounters;

  constructor(engine: VenueEngine, market: Market, counters: VenueCounters) {
    this.#engine = engine;
    this.market = market;
    this.#counters = counters;
  }

  /** The best bid and ask: they are set, and what the flow showed beyond them is gone. */
  quote(bid: TextLevel, ask: TextLevel): void {
    const { book } = this.market;
    const [buy, sell] = [this.#level(bid), this.#level(ask)];
    if (buy === undefined || sell === undefined || buy.price >= sell.price) return;
    const events = [
      ...this.market.clearFlowBeyond('buy', buy.price),
      ...this.market.clearFlowBeyond('sell', sell.price),
      ...book.setLevel('buy', buy.price, buy.quantity),
      ...book.setLevel('sell', sell.price, sell.quantity),
    ];
    this.#engine.absorb(this.market, events);
  }

  /** Changed levels with their new quantities; 0 removes a level. */
  levels(bids: readonly TextLevel[], asks: readonly TextLevel[]): void {
    const events: BookEvent[] = [];
    // What goes makes room first, so that no level that is about to go looks crossed.
    for (const gone of [true, false]) {
      for (const [side, levels] of [
        ['buy', bids],
        ['sell', asks],
      ] as const) {
        for (const level of levels) {
          const exact = this.#level(level);
          if (exact === undefined || (exact.quantity === 0) !== gone) continue;
          events.push(...this.market.book.setLevel(side, exact.price, exact.quantity));
        }
      }
    }
    this.#engine.absorb(this.market, events);
  }

  /** The whole book. */
  snapshot(bids: readonly TextLevel[], asks: readonly TextLevel[]): void {
    const exact = (levels: readonly TextLevel[]): BookLevel[] => levels.flatMap((level) => this.#level(level) ?? []);
    this.#engine.absorb(this.market, this.market.book.setLevels({ bids: exact(bids), asks: exact(asks) }));
  }

  trade(price: string, quantity: string, takerSide: 'BUY' | 'SELL'): void {
    const exact = this.#level([price, quantity]);
    if (exact === undefined || exact.quantity === 0) return;
    const aggressor = takerSide === 'BUY' ? 'buy' : 'sell';
    const events = this.market.book.recordedTrade(exact.price, exact.quantity, aggressor);
    this.#engine.absorb(this.market, events, {}, { ...exact, takerSide });
  }

  #level([priceText, quantityText]: TextLevel): { price: PriceTicks; quantity: QuantityLots } | undefined {
    const price = this.#fitting(parsePrice(this.market.rules, priceText));
    const quantity = this.#fitting(parseMarketQuantity(this.market.rules, quantityText));
    if (price === undefined || quantity === undefined || price <= 0 || quantity > ORDER_QUANTITY_MAX) return undefined;
    return { price, quantity };
  }

  #fitting<T>(result: Result<T, InputError>): T | undefined {
    if (result.ok) return result.value;
    this.#counters.unfitValues++;
    return undefined;
  }
}
