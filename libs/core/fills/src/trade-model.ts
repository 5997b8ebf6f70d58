import type { BarInput, MarketInput, TradeInput } from '@portcullis/market';
import type { Slippage } from './execution-config.ts';
import { type LiveOrder, reaches } from './live-order.ts';
import type { MarketCounts, MarketModel } from './market-model.ts';
import type { ModelSetup } from './model-setup.ts';
import type { OrderDesk } from './order-desk.ts';
import { share } from './participation.ts';
import { Queue } from './queue.ts';
import { QuoteBoard, quoteFault } from './quote-board.ts';
import { slipped } from './slippage.ts';
import type { Taker } from './taker.ts';
import type { Takings } from './takings.ts';
import { isHole, isTradable } from './tape.ts';
import type { VenueSlot } from './venue-slot.ts';

/** The last trade of an instrument, and what of it our orders have had. */
interface LastTrade {
  known: boolean;
  price: number;
  quantity: number;
  aggressor: TradeInput['aggressor'];
  taken: number;
}

/**
 * Orders meet the tape. A taker deals at the price of the last trade, with slippage, without a bound unless participation
 * sets one: a tape shows no depth. A resting limit fills by trades beyond its price, and by trades at its price as its
 * queue says. Quotes, where the data has them, only tell what stands before us; without them that is unknown: `back` then
 * waits for a trade beyond its price, `proportional` has half of what trades at it, `front` all.
 */
export class TradeModel implements MarketModel {
  readonly #desk: OrderDesk;
  readonly #taker: Taker;
  readonly #queue: Queue;
  readonly #counts: MarketCounts;
  readonly #slippage: Slippage;
  readonly #participation: number;
  readonly #boards: readonly QuoteBoard[];
  readonly #last: readonly LastTrade[];

  constructor({ desk, taker, config, counts }: ModelSetup) {
    this.#desk = desk;
    this.#taker = taker;
    this.#counts = counts;
    this.#slippage = config.slippage;
    this.#participation = config.participationMax;
    this.#queue = new Queue(desk, config.queue, config.participationMax);
    this.#boards = desk.slots.map(() => new QuoteBoard());
    this.#last = desk.slots.map(() => ({ known: false, price: 0, quantity: 0, aggressor: 'unknown', taken: 0 }));
  }

  ready(slot: VenueSlot): boolean {
    return this.#lastOf(slot).known;
  }

  market(event: Exclude<MarketInput, BarInput>, slot: VenueSlot): void {
    switch (event.kind) {
      case 'trade':
        this.#trade(event, slot);
        break;
      case 'quote': {
        const fault = quoteFault(event);
        if (fault === undefined) this.#board(slot).showTo(this.#queue, slot, event);
        else this.#counts[fault] += 1;
        break;
      }
      case 'gap':
        if (isHole(event, 'trade')) this.#lastOf(slot).known = false;
        if (isHole(event, 'quote')) this.#board(slot).known = false;
        break;
      case 'book':
      case 'mark':
      case 'funding':
        break;
    }
  }

  /** At the price of the last trade itself only for the side that made it: the other one dealt at its own resting price. */
  marketable(order: LiveOrder, slot: VenueSlot): boolean {
    const last = this.#lastOf(slot);
    return (
      order.market || (reaches(order, last.price) && (order.price !== last.price || last.aggressor === order.side))
    );
  }

  plan(order: LiveOrder, slot: VenueSlot, takings: Takings): void {
    const last = this.#lastOf(slot);
    const left = this.#participation === 0 ? Infinity : share(last.quantity, this.#participation) - last.taken;
    const quantity = Math.min(takings.wanted, left);
    if (quantity <= 0) return;
    const price = slipped(this.#slippage, last.price, { sign: order.sign, quantity, volume: last.quantity });
    takings.add(reaches(order, price) ? price : order.price, quantity);
  }

  took(_order: LiveOrder, slot: VenueSlot, takings: Takings): void {
    this.#lastOf(slot).taken += takings.total;
  }

  join(order: LiveOrder, slot: VenueSlot): void {
    this.#queue.join(order, this.#board(slot).shownAt(order.price, order.sign));
  }

  save(): unknown {
    return { boards: this.#boards, last: this.#last };
  }

  load(saved: unknown): void {
    const { boards, last } = saved as { readonly boards: readonly QuoteBoard[]; readonly last: readonly LastTrade[] };
    this.#boards.forEach((board, at) => Object.assign(board, boards[at]));
    this.#last.forEach((trade, at) => Object.assign(trade, last[at]));
  }

  #trade(trade: TradeInput, slot: VenueSlot): void {
    if (!isTradable(trade)) {
      this.#counts.malformed += 1;
      return;
    }
    const last = this.#lastOf(slot);
    last.known = true;
    last.price = trade.price;
    last.quantity = trade.quantity;
    last.aggressor = trade.aggressor;
    last.taken = 0;
    if (slot.linear) slot.price(trade.price);
    if (slot.quiet) return;
    last.taken = this.#queue.trade(trade, slot);
    if (slot.waiting.length > 0) this.#taker.meetWaiting(slot, this, this.#desk.now);
  }

  #lastOf(slot: VenueSlot): LastTrade {
    return this.#last[slot.index] as LastTrade;
  }

  #board(slot: VenueSlot): QuoteBoard {
    return this.#boards[slot.index] as QuoteBoard;
  }
}
