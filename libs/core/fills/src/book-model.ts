import { BOOK_LEVELS_MAX, type BarInput, type BookInput, type ExactLevels, type MarketInput } from '@portcullis/market';
import type { Slippage } from './execution-config.ts';
import { type LiveOrder, RESTING, reaches } from './live-order.ts';
import type { MarketCounts, MarketModel } from './market-model.ts';
import type { ModelSetup } from './model-setup.ts';
import type { OrderDesk } from './order-desk.ts';
import { share } from './participation.ts';
import { Queue } from './queue.ts';
import { RecordedSide } from './recorded-side.ts';
import { slipped } from './slippage.ts';
import type { Taker } from './taker.ts';
import type { Takings } from './takings.ts';
import { isHole, isTradable } from './tape.ts';
import type { VenueSlot } from './venue-slot.ts';

const NONE: readonly LiveOrder[] = Object.freeze([]);

class RecordedBook {
  readonly bids = new RecordedSide(1, BOOK_LEVELS_MAX);
  readonly asks = new RecordedSide(-1, BOOK_LEVELS_MAX);
  /** Whether a snapshot came, and no gap since. */
  trusted = false;
  crossed = false;

  get open(): boolean {
    return this.trusted && !this.crossed;
  }

  /** The side that an order of this sign takes from. */
  opposite(sign: number): RecordedSide {
    return sign > 0 ? this.asks : this.bids;
  }
}

/**
 * Orders meet the levels of an L2 book. A taker walks them, one fill a level; the recorded book stays as it is, but what we
 * had of a level we do not get again while it lives. A resting limit stands in the queue of its level, is brought forward
 * by trades and by what leaves the level, and fills at its price when the other side comes to it. After a gap nothing
 * deals with the book until a snapshot.
 */
export class BookModel implements MarketModel {
  readonly #desk: OrderDesk;
  readonly #taker: Taker;
  readonly #queue: Queue;
  readonly #counts: MarketCounts;
  readonly #slippage: Slippage;
  readonly #participation: number;
  readonly #books: readonly RecordedBook[];

  constructor({ desk, taker, config, counts }: ModelSetup) {
    this.#desk = desk;
    this.#taker = taker;
    this.#counts = counts;
    this.#slippage = config.slippage;
    this.#participation = config.participationMax;
    this.#queue = new Queue(desk, config.queue, config.participationMax);
    this.#books = desk.slots.map(() => new RecordedBook());
  }

  ready(slot: VenueSlot): boolean {
    return this.#book(slot).open;
  }

  market(event: Exclude<MarketInput, BarInput>, slot: VenueSlot): void {
    switch (event.kind) {
      case 'book':
        this.#update(event, slot);
        break;
      case 'trade':
        if (!isTradable(event)) this.#counts.malformed += 1;
        else this.#queue.trade(event, slot);
        break;
      case 'gap':
        if (isHole(event, 'book')) this.#book(slot).trusted = false;
        break;
      case 'quote':
      case 'mark':
      case 'funding':
        break;
    }
  }

  marketable(order: LiveOrder, slot: VenueSlot): boolean {
    const best = this.#book(slot).opposite(order.sign).best;
    return best !== undefined && reaches(order, best);
  }

  plan(order: LiveOrder, slot: VenueSlot, takings: Takings): void {
    const side = this.#book(slot).opposite(order.sign);
    for (let at = side.prices.length - 1; at >= 0 && takings.total < takings.wanted; at--) {
      const level = side.prices[at] as number;
      if (!reaches(order, level)) return;
      const volume = side.quantities[at] as number;
      const left = share(volume, this.#participation) - (side.taken[at] as number);
      const quantity = Math.min(takings.wanted - takings.total, left);
      if (quantity <= 0) continue;
      const price = slipped(this.#slippage, level, { sign: order.sign, quantity, volume });
      takings.add(reaches(order, price) ? price : order.price, quantity);
    }
  }

  took(order: LiveOrder, slot: VenueSlot, takings: Takings): void {
    this.#take(this.#book(slot).opposite(order.sign), takings.total);
  }

  join(order: LiveOrder, slot: VenueSlot): void {
    const book = this.#book(slot);
    this.#queue.join(order, (order.sign > 0 ? book.bids : book.asks).shown(order.price));
  }

  save(): unknown {
    return this.#books;
  }

  load(saved: unknown): void {
    this.#books.forEach((book, at) => {
      const { bids, asks, trusted, crossed } = (saved as readonly RecordedBook[])[at] as RecordedBook;
      book.bids.load(bids);
      book.asks.load(asks);
      book.trusted = trusted;
      book.crossed = crossed;
    });
  }

  #update(update: BookInput, slot: VenueSlot): void {
    if (!levelsInOrder(update.bids) || !levelsInOrder(update.asks)) {
      this.#counts.malformed += 1;
      // A change that is lost leaves a book that is no longer the venue's.
      this.#book(slot).trusted = false;
      return;
    }
    const book = this.#book(slot);
    if (!book.trusted && !update.snapshot) {
      this.#counts.untrusted += 1;
      return;
    }
    this.#apply(update, book, slot);
    const bid = book.bids.best;
    const ask = book.asks.best;
    book.crossed = bid !== undefined && ask !== undefined && bid >= ask;
    if (book.crossed) {
      this.#counts.crossed += 1;
      return;
    }
    if (slot.linear && bid !== undefined && ask !== undefined) slot.price(Math.floor((bid + ask) / 2));
    if (slot.quiet) return;
    this.#reached(slot.buys, book.asks, slot);
    this.#reached(slot.sells, book.bids, slot);
    if (slot.waiting.length > 0) this.#taker.meetWaiting(slot, this, this.#desk.now);
  }

  #apply({ snapshot, bids, asks }: BookInput, book: RecordedBook, slot: VenueSlot): void {
    if (snapshot) {
      this.#replace(bids, book.bids, book.trusted ? slot.buys : NONE);
      this.#replace(asks, book.asks, book.trusted ? slot.sells : NONE);
      if (!book.trusted) this.#found(book, slot);
      book.trusted = true;
      return;
    }
    this.#change(bids, book.bids, slot.buys);
    this.#change(asks, book.asks, slot.sells);
  }

  #replace(levels: ExactLevels, side: RecordedSide, ours: readonly LiveOrder[]): void {
    const before = ours.map((order) => side.shown(order.price));
    side.replace(levels);
    ours.forEach((order, at) => this.#queue.shown(order, before[at] as number, side.shown(order.price)));
  }

  /** A book is there again: at most what it shows stands before our orders. */
  #found(book: RecordedBook, slot: VenueSlot): void {
    for (const order of slot.buys) this.#queue.shown(order, Infinity, book.bids.shown(order.price));
    for (const order of slot.sells) this.#queue.shown(order, Infinity, book.asks.shown(order.price));
  }

  #change(levels: ExactLevels, side: RecordedSide, ours: readonly LiveOrder[]): void {
    for (let at = 0; at < levels.length; at += 2) {
      const price = levels[at] as number;
      const quantity = levels[at + 1] as number;
      const before = side.set(price, quantity);
      if (ours.length === 0) continue;
      for (let found = firstAt(ours, price); found < ours.length && ours[found]?.price === price; found++) {
        this.#queue.shown(ours[found] as LiveOrder, before, quantity);
      }
    }
  }

  /** The other side came to our resting orders: what it shows up to their price would have dealt with them instead. */
  #reached(list: readonly LiveOrder[], opposite: RecordedSide, slot: VenueSlot): void {
    for (const order of list) {
      const { best } = opposite;
      if (best === undefined || !reaches(order, best)) return;
      if (order.place !== RESTING) continue;
      const lots = Math.min(slot.fillable(order), this.#reachable(order, opposite));
      if (lots <= 0) continue;
      this.#take(opposite, lots);
      this.#desk.fill(order, slot, { price: order.price, lots, maker: true });
    }
  }

  #reachable(order: LiveOrder, side: RecordedSide): number {
    let lots = 0;
    for (let at = side.prices.length - 1; at >= 0 && lots < order.remaining; at--) {
      if (!reaches(order, side.prices[at] as number)) break;
      lots += Math.max(0, share(side.quantities[at] as number, this.#participation) - (side.taken[at] as number));
    }
    return lots;
  }

  /** So many lots of a side are ours, from the best level on. */
  #take(side: RecordedSide, lots: number): void {
    let rest = lots;
    for (let at = side.prices.length - 1; at >= 0 && rest > 0; at--) {
      const taken = side.taken[at] as number;
      const part = Math.min(rest, Math.max(0, share(side.quantities[at] as number, this.#participation) - taken));
      side.taken[at] = taken + part;
      rest -= part;
    }
  }

  #book(slot: VenueSlot): RecordedBook {
    return this.#books[slot.index] as RecordedBook;
  }
}

/** The first of our orders, best price first, that is no better than a price. */
function firstAt(ours: readonly LiveOrder[], price: number): number {
  let low = 0;
  let high = ours.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = ours[middle] as LiveOrder;
    if ((order.price - price) * order.sign > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function levelsInOrder(levels: ExactLevels): boolean {
  if (levels.length % 2 !== 0) return false;
  for (let at = 0; at < levels.length; at += 2) {
    const price = levels[at] as number;
    const quantity = levels[at + 1] as number;
    if (!Number.isSafeInteger(price) || price <= 0 || !Number.isSafeInteger(quantity) || quantity < 0) return false;
  }
  return true;
}
