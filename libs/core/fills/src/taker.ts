import { type LiveOrder, WAITING, mayStay } from './live-order.ts';
import type { MarketOffer } from './market-model.ts';
import type { OrderDesk } from './order-desk.ts';
import { Takings } from './takings.ts';
import type { VenueSlot } from './venue-slot.ts';

/** Lets orders that arrived meet what a market offers: they take, rest, wait, or are refused. */
export class Taker {
  readonly #desk: OrderDesk;
  readonly #takings = new Takings();

  constructor(desk: OrderDesk) {
    this.#desk = desk;
  }

  /** Every order that waits and arrived at or before `until` meets the market, oldest first. */
  meetWaiting(slot: VenueSlot, offer: MarketOffer, until: number): void {
    // Those that stay are in the list already: only those that were there before are met.
    const { waiting } = slot;
    const count = waiting.length;
    for (let at = 0; at < count; at++) {
      const order = waiting[at] as LiveOrder;
      if (order.place === WAITING && order.arrivesAt <= until) this.meet(order, slot, offer);
    }
  }

  /** One order, in the list of those that wait, meets the market. */
  meet(order: LiveOrder, slot: VenueSlot, offer: MarketOffer): void {
    const desk = this.#desk;
    const takings = this.#takings;
    const wanted = order.reduceOnly ? Math.min(order.remaining, slot.reducible(order)) : order.remaining;
    if (wanted === 0) {
      desk.refuse(order, slot, 'reduce-only: no position to reduce');
      return;
    }
    const marketable = offer.marketable(order, slot);
    if (order.postOnly && marketable) {
      desk.refuse(order, slot, 'post-only: it would take at once');
      return;
    }
    takings.clear();
    takings.wanted = wanted;
    if (marketable) offer.plan(order, slot, takings);
    if (order.timeInForce === 'FOK' && takings.total < wanted) {
      desk.end(order, slot, 'EXPIRED', 'fill-or-kill: not all of it can be had at once');
      return;
    }
    if (takings.total > 0 && !this.#take(order, slot, offer)) return;
    if (order.remaining > 0 && order.place === WAITING) this.#settle(order, slot, offer);
  }

  #take(order: LiveOrder, slot: VenueSlot, offer: MarketOffer): boolean {
    const desk = this.#desk;
    const takings = this.#takings;
    // A limit that may stay has had its money blocked when it arrived.
    if ((order.market || !mayStay(order)) && !desk.account.affords(order, slot, takings)) {
      desk.refuse(order, slot, slot.linear ? 'insufficient margin' : 'insufficient balance');
      return false;
    }
    offer.took(order, slot, takings);
    for (let at = 0; at < takings.count; at++) {
      const price = takings.prices[at] as number;
      desk.fill(order, slot, { price, lots: takings.quantities[at] as number, maker: false });
    }
    return true;
  }

  /** What becomes of the rest of an order. */
  #settle(order: LiveOrder, slot: VenueSlot, offer: MarketOffer): void {
    const desk = this.#desk;
    if (order.reduceOnly && slot.reducible(order) === 0) {
      desk.refuse(order, slot, 'reduce-only: no position left to reduce');
    } else if (!mayStay(order)) {
      desk.end(order, slot, 'EXPIRED', 'immediate-or-cancel: the rest cannot be had at once');
    } else if (!order.market) {
      desk.accept(order);
      // While the market is within its price it goes on taking, for the price and the fee of a taker.
      if (!offer.marketable(order, slot)) {
        slot.rest(order);
        slot.unswept = true;
        offer.join(order, slot);
      }
    }
  }
}
