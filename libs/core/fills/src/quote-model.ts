import { type MarketInput, type QuoteInput, midTicks } from '@portcullis/market';
import type { BarInput } from '@portcullis/market';
import type { Slippage } from './execution-config.ts';
import { type LiveOrder, RESTING, reaches } from './live-order.ts';
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

/**
 * Orders meet the best bid and ask. A taker gets what the other side shows, once; nothing is known behind it, so the rest
 * waits for the next quote. A resting limit fills at its price when the other side comes to it, up to what that shows,
 * and, where the data has trades too, by trades at its price once the queue before it is gone.
 */
export class QuoteModel implements MarketModel {
  readonly #desk: OrderDesk;
  readonly #taker: Taker;
  readonly #queue: Queue;
  readonly #counts: MarketCounts;
  readonly #slippage: Slippage;
  readonly #participation: number;
  readonly #boards: readonly QuoteBoard[];

  constructor({ desk, taker, config, counts }: ModelSetup) {
    this.#desk = desk;
    this.#taker = taker;
    this.#counts = counts;
    this.#slippage = config.slippage;
    this.#participation = config.participationMax;
    this.#queue = new Queue(desk, config.queue, config.participationMax);
    this.#boards = desk.slots.map(() => new QuoteBoard());
  }

  ready(slot: VenueSlot): boolean {
    return this.#board(slot).known;
  }

  market(event: Exclude<MarketInput, BarInput>, slot: VenueSlot): void {
    switch (event.kind) {
      case 'quote':
        this.#quote(event, slot);
        break;
      case 'trade':
        if (!isTradable(event)) this.#counts.malformed += 1;
        else this.#queue.trade(event, slot);
        break;
      case 'gap':
        // What was shown before the hole is no price to deal at any more; resting orders go on resting.
        if (isHole(event, 'quote')) this.#board(slot).known = false;
        break;
      case 'book':
      case 'mark':
      case 'funding':
        break;
    }
  }

  marketable(order: LiveOrder, slot: VenueSlot): boolean {
    return reaches(order, this.#board(slot).opposite(order.sign));
  }

  plan(order: LiveOrder, slot: VenueSlot, takings: Takings): void {
    const board = this.#board(slot);
    const { sign } = order;
    const quantity = Math.min(takings.wanted, this.#left(board, sign));
    if (quantity <= 0) return;
    const price = slipped(this.#slippage, board.opposite(sign), { sign, quantity, volume: board.oppositeLots(sign) });
    takings.add(reaches(order, price) ? price : order.price, quantity);
  }

  took(order: LiveOrder, slot: VenueSlot, takings: Takings): void {
    this.#board(slot).take(order.sign, takings.total);
  }

  join(order: LiveOrder, slot: VenueSlot): void {
    this.#queue.join(order, this.#board(slot).shownAt(order.price, order.sign));
  }

  save(): unknown {
    return this.#boards;
  }

  load(saved: unknown): void {
    this.#boards.forEach((board, at) => Object.assign(board, (saved as readonly QuoteBoard[])[at]));
  }

  #quote(quote: QuoteInput, slot: VenueSlot): void {
    const fault = quoteFault(quote);
    if (fault !== undefined) {
      this.#counts[fault] += 1;
      return;
    }
    const board = this.#board(slot);
    if (slot.linear) slot.price(midTicks(quote));
    if (slot.quiet) {
      board.show(quote);
      return;
    }
    board.showTo(this.#queue, slot, quote);
    this.#crossed(slot.buys, slot, board);
    this.#crossed(slot.sells, slot, board);
    if (slot.waiting.length > 0) this.#taker.meetWaiting(slot, this, this.#desk.now);
  }

  /** The other side came to our resting orders: it would have dealt with them instead. */
  #crossed(list: readonly LiveOrder[], slot: VenueSlot, board: QuoteBoard): void {
    for (const order of list) {
      if (!reaches(order, board.opposite(order.sign))) return;
      if (order.place !== RESTING) continue;
      const lots = Math.min(slot.fillable(order), this.#left(board, order.sign));
      if (lots <= 0) continue;
      board.take(order.sign, lots);
      this.#desk.fill(order, slot, { price: order.price, lots, maker: true });
    }
  }

  #left(board: QuoteBoard, sign: number): number {
    return share(board.oppositeLots(sign), this.#participation) - board.oppositeTaken(sign);
  }

  #board(slot: VenueSlot): QuoteBoard {
    return this.#boards[slot.index] as QuoteBoard;
  }
}
