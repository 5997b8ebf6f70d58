import type { TradeInput } from '@portcullis/market';
import type { QueueModel } from './execution-config.ts';
import { type LiveOrder, RESTING } from './live-order.ts';
import type { OrderDesk } from './order-desk.ts';
import { share } from './participation.ts';
import type { VenueSlot } from './venue-slot.ts';

/**
 * Where our resting orders stand in the queue of their price, estimated from the quantities that are shown and traded.
 * `front`: nobody is before us. `back`: all that was there when we came is, and only trades bring us forward, for who cancels is taken
 * to stand behind us (hftbacktest's RiskAdverseQueueModel); but never are there more before us than the level shows.
 * `proportional`: as `back`, and what disappears without a trade is taken to be spread evenly over the level, so that the
 * share of it that stood before us brings us forward (hftbacktest's ProbQueueModel with f(x) = x, after Rigtorp,
 * quant.stackexchange.com/questions/3782). Trades since the level was last shown are not counted twice.
 */
export class Queue {
  readonly #desk: OrderDesk;
  readonly #model: QueueModel;
  readonly #participation: number;
  /** Within one trade: how many lots of it we may still have. */
  #left = 0;

  constructor(desk: OrderDesk, model: QueueModel, participation: number) {
    this.#desk = desk;
    this.#model = model;
    this.#participation = participation;
  }

  /** An order joins a level that shows so many lots; Infinity where nobody knows. */
  join(order: LiveOrder, shown: number): void {
    order.ahead = this.#model === 'front' ? 0 : shown;
    order.traded = 0;
  }

  /** The best price of our side shows so many lots, `before` by the quote before it, Infinity where that showed another price. */
  best(list: readonly LiveOrder[], price: number, before: number, after: number): void {
    for (const order of list) {
      const better = (order.price - price) * order.sign;
      if (better < 0) return;
      // Better than the best that others show: nobody stands before us.
      if (better > 0) this.shown(order, Infinity, 0);
      else this.shown(order, before, after);
    }
  }

  /** The level of an order shows so many lots after `before`, Infinity where it was not known. */
  shown(order: LiveOrder, before: number, after: number): void {
    if (this.#model === 'proportional' && before !== Infinity && order.ahead !== Infinity) {
      const stayed = before - order.traded;
      const cancelled = stayed - after;
      if (cancelled > 0) order.ahead -= Math.floor(cancelled * Math.min(order.ahead / stayed, 1));
    }
    order.traded = 0;
    if (order.ahead > after) order.ahead = after;
  }

  /**
   * A trade of others: one beyond our price would have dealt with us first; one at our price, with an aggressor from the
   * other side, deals with those before us and then with us. All our orders together have no more than it traded. Gives
   * the lots that they had of it.
   */
  trade(trade: TradeInput, slot: VenueSlot): number {
    const most = share(trade.quantity, this.#participation);
    this.#left = most;
    if (slot.buys.length > 0) this.#tradeSide(slot.buys, trade, slot);
    if (slot.sells.length > 0) this.#tradeSide(slot.sells, trade, slot);
    return most - this.#left;
  }

  #tradeSide(list: readonly LiveOrder[], { price, quantity, aggressor }: TradeInput, slot: VenueSlot): void {
    let ours = 0;
    for (const order of list) {
      const beyond = (order.price - price) * order.sign;
      if (beyond < 0) return;
      if (order.place !== RESTING || (beyond === 0 && aggressor === order.side)) continue;
      const reached = beyond > 0 ? this.#through(order, quantity) : this.#at(order, quantity);
      const lots = Math.min(slot.fillable(order), this.#left, Math.max(0, reached - ours));
      if (lots <= 0) continue;
      this.#left -= lots;
      ours += lots;
      this.#desk.fill(order, slot, { price: order.price, lots, maker: true });
    }
  }

  #through(order: LiveOrder, quantity: number): number {
    order.ahead = 0;
    order.traded = 0;
    return quantity;
  }

  /** Lots of a trade at our price that come as far as us. */
  #at(order: LiveOrder, quantity: number): number {
    order.traded += quantity;
    if (this.#model === 'front') return quantity;
    if (order.ahead === Infinity) return this.#model === 'proportional' ? Math.floor(quantity / 2) : 0;
    const reached = quantity - order.ahead;
    order.ahead = Math.max(0, -reached);
    return Math.max(0, reached);
  }
}
