import type { PriceTicks } from '@portcullis/kernel';
import { type BookInput, type GapInput, type MarketInput, ScaledBook } from '@portcullis/market';
import type { InProcessGate } from '@portcullis/risk';

/** How much a kind of event says about the price, rising: once quotes came, trades and bars are no longer looked at. */
const NONE = 0;
const TAPE = 1;
const BOOK = 2;
const QUOTE = 3;

/** The living book of an instrument that has no quotes, and whether it is whole. */
interface LastBook {
  readonly levels: ScaledBook;
  isWhole: boolean;
}

/** Plain JSON. Numbers by slot. */
export interface LastPricesSnapshot {
  readonly source: readonly number[];
  readonly bid: readonly number[];
  readonly ask: readonly number[];
  readonly at: readonly number[];
  readonly twice: readonly number[];
  readonly dirty: readonly number[];
  readonly closedAt: readonly (number | null)[];
  readonly books: readonly ({
    readonly isWhole: boolean;
    readonly bids: readonly number[];
    readonly asks: readonly number[];
  } | null)[];
}

/**
 * What the run last saw of each instrument's price, for the gate's marks and for what is held. Taking an event allocates
 * nothing; the gate hears of a mark when it is about to judge, because nothing else reads marks.
 */
export class LastPrices {
  readonly #slots: number;
  readonly #source: Uint8Array;
  readonly #bid: Float64Array;
  readonly #ask: Float64Array;
  readonly #at: Float64Array;
  /** Twice the last price, so that the middle of a quote is whole; 0 before the first. Kept through gaps. */
  readonly #twice: Float64Array;
  /** 1 where the gate has not heard of the mark. */
  readonly #dirty: Uint8Array;
  /** While there is a gap: when it is over without a resync; Infinity where only a resync ends it, NaN without a gap. */
  readonly #closedAt: Float64Array;
  readonly #books: (LastBook | undefined)[];

  constructor(slots: number) {
    this.#slots = slots;
    this.#source = new Uint8Array(slots);
    this.#bid = new Float64Array(slots);
    this.#ask = new Float64Array(slots);
    this.#at = new Float64Array(slots);
    this.#twice = new Float64Array(slots);
    this.#dirty = new Uint8Array(slots);
    this.#closedAt = new Float64Array(slots).fill(NaN);
    this.#books = Array.from({ length: slots }, () => undefined);
  }

  /** Twice the last price in ticks; 0 while there is none. */
  twice(slot: number): number {
    return this.#twice[slot] as number;
  }

  take(event: MarketInput, gate: InProcessGate): void {
    switch (event.kind) {
      case 'bar':
        return this.#price(event.slot, event.close, event.tsEvent, gate);
      case 'quote':
        this.#source[event.slot] = QUOTE;
        // Not where there is no gap: that is NaN.
        if (event.tsEvent >= (this.#closedAt[event.slot] as number)) this.#resynced(event.slot, gate);
        return this.#sides(event.slot, event.bidPrice, event.askPrice, event.tsEvent);
      case 'trade':
        return this.#price(event.slot, event.price, event.tsEvent, gate);
      case 'book':
        return this.#book(event, gate);
      case 'gap':
        return this.#gap(event, gate);
      case 'mark':
      case 'funding':
        return;
    }
  }

  /** Tells the gate of the marks that it has not heard of. */
  tell(gate: InProcessGate): void {
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#dirty[slot] === 0) continue;
      this.#dirty[slot] = 0;
      const tsEvent = this.#at[slot] as number;
      const bid = this.#bid[slot] as PriceTicks;
      gate.mark(slot, { bid, ask: this.#ask[slot] as PriceTicks, tsEvent, at: tsEvent });
    }
  }

  /** The last price of a trade or a bar; a tick above stands for the ask. */
  #price(slot: number, price: number, at: number, gate: InProcessGate): void {
    const source = this.#source[slot] as number;
    if (source > TAPE) return;
    if (source === NONE) this.#source[slot] = TAPE;
    const closedAt = this.#closedAt[slot] as number;
    // Each price of the tape stands for itself: the first after a hole is as good as any.
    if (!Number.isNaN(closedAt)) this.#resynced(slot, gate);
    this.#bid[slot] = price;
    this.#ask[slot] = price + 1;
    this.#at[slot] = at;
    this.#twice[slot] = 2 * price;
    this.#dirty[slot] = 1;
  }

  #sides(slot: number, bid: number, ask: number, at: number): void {
    this.#bid[slot] = bid;
    this.#ask[slot] = ask;
    this.#at[slot] = at;
    this.#twice[slot] = bid + ask;
    this.#dirty[slot] = 1;
  }

  #book(event: BookInput, gate: InProcessGate): void {
    const { slot, tsEvent } = event;
    if ((this.#source[slot] as number) > BOOK) return;
    this.#source[slot] = BOOK;
    const book = (this.#books[slot] ??= { levels: new ScaledBook(), isWhole: false });
    if (!event.snapshot && !book.isWhole) return;
    const change = { priceScale: 0, quantityScale: 0, bids: event.bids, asks: event.asks };
    const done = event.snapshot ? book.levels.replace(change) : book.levels.apply(change);
    book.isWhole = done === 'applied';
    const { bidPrice, askPrice } = book.levels;
    if (!book.isWhole || !(bidPrice < askPrice)) return this.#forget(slot, gate, 'stale');
    if (tsEvent >= (this.#closedAt[slot] as number)) this.#resynced(slot, gate);
    this.#sides(slot, bidPrice, askPrice, tsEvent);
  }

  #gap({ slot, stream, reason, to }: GapInput, gate: InProcessGate): void {
    const isOfBook = stream === 'all' || stream === 'book' || stream === 'quote';
    const isOfTape = (this.#source[slot] as number) <= TAPE && (stream === 'bar' || stream === 'trade');
    if (!isOfBook && !isOfTape) return;
    if (reason === 'resync') return this.#resynced(slot, gate);
    const book = this.#books[slot];
    if (book !== undefined && stream !== 'quote') book.isWhole = false;
    // Where the end of the hole is known, the market is known again from there on; a book needs its snapshot besides.
    this.#closedAt[slot] = to > 0 ? to : Infinity;
    this.#forget(slot, gate, reason);
  }

  #forget(slot: number, gate: InProcessGate, reason: GapInput['reason']): void {
    this.#dirty[slot] = 0;
    gate.gap(slot, reason);
    if (Number.isNaN(this.#closedAt[slot])) this.#closedAt[slot] = 0;
  }

  #resynced(slot: number, gate: InProcessGate): void {
    this.#closedAt[slot] = NaN;
    this.#dirty[slot] = 0;
    gate.gap(slot, 'resync');
  }

  snapshot(): LastPricesSnapshot {
    return {
      source: [...this.#source],
      bid: [...this.#bid],
      ask: [...this.#ask],
      at: [...this.#at],
      twice: [...this.#twice],
      dirty: [...this.#dirty],
      // Infinity is no JSON: -1 stands for it, null for no gap.
      closedAt: Array.from(this.#closedAt, (at) => (Number.isNaN(at) ? null : at === Infinity ? -1 : at)),
      books: this.#books.map((book) =>
        book === undefined
          ? null
          : {
              isWhole: book.isWhole,
              bids: book.levels.flat('buy', Infinity),
              asks: book.levels.flat('sell', Infinity),
            },
      ),
    };
  }

  restore(snapshot: LastPricesSnapshot): void {
    this.#source.set(snapshot.source);
    this.#bid.set(snapshot.bid);
    this.#ask.set(snapshot.ask);
    this.#at.set(snapshot.at);
    this.#twice.set(snapshot.twice);
    this.#dirty.set(snapshot.dirty);
    this.#closedAt.set(snapshot.closedAt.map((at) => at ?? NaN).map((at) => (at === -1 ? Infinity : at)));
    for (const [slot, kept] of snapshot.books.entries()) {
      if (kept === null) {
        this.#books[slot] = undefined;
        continue;
      }
      const levels = new ScaledBook();
      levels.replace({ priceScale: 0, quantityScale: 0, bids: kept.bids, asks: kept.asks });
      this.#books[slot] = { levels, isWhole: kept.isWhole };
    }
  }
}
