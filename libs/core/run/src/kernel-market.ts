import { type PriceTicks, assert, quantityLots } from '@portcullis/kernel';
import {
  BOOK_LEVELS_MAX,
  BookSide,
  type BarInput,
  type BookInput,
  type ExactLevels,
  type GapInput,
  type InstrumentRules,
  type OpenBar,
  type QuoteInput,
  type TradeInput,
  addToBars,
  closeBarAt,
  concernsQuotes,
  midTicks,
} from '@portcullis/market';
import type { BookView } from '@portcullis/strategy';

export interface KernelMarketSnapshot {
  readonly known: boolean;
  /** When the hole in the quotes is over without a resync; null where only a resync ends it. */
  readonly closedAt: number | null;
  readonly quote: QuoteInput | null;
  readonly last: number;
  readonly bar: OpenBar | null;
  readonly book: { readonly valid: boolean; readonly bids: readonly number[]; readonly asks: readonly number[] } | null;
}

/** What a run knows of one instrument's market: the last quote and price, whether they still hold, bars in the making, the book. */
export class KernelMarket {
  readonly rules: InstrumentRules;
  readonly #slot: number;
  readonly #barMicros: number | undefined;
  readonly #book: KernelBook | undefined;
  #known = true;
  #closedAt = Infinity;
  #quote: QuoteInput | undefined;
  /** Last price of a trade or bar, or 0. */
  #last = 0;
  #bar: OpenBar;

  constructor(
    rules: InstrumentRules,
    slot: number,
    { barMicros, book }: { barMicros: number | undefined; book: boolean },
  ) {
    this.rules = rules;
    this.#slot = slot;
    this.#barMicros = barMicros;
    this.#book = book ? new KernelBook() : undefined;
  }

  /** Undefined before the first quote and after a gap. */
  get quote(): QuoteInput | undefined {
    return this.#quote;
  }

  get book(): BookView | undefined {
    return this.#book?.valid === true ? this.#book : undefined;
  }

  /** Mid of the last quote rounded down, else the last price. */
  get mark(): PriceTicks | undefined {
    if (this.#quote !== undefined) return midTicks(this.#quote);
    return this.#last > 0 ? (this.#last as PriceTicks) : undefined;
  }

  /**
   * False while the market is not known: until the collector says that its book is whole, a quote is a rumour. A hole
   * whose end is known is over with the first quote from there on.
   */
  takeQuote(quote: QuoteInput): boolean {
    if (!this.#known) {
      if (quote.tsEvent < this.#closedAt) return false;
      this.#known = true;
    }
    this.#quote = quote;
    return true;
  }

  takeBar(bar: BarInput): void {
    this.#last = bar.close;
  }

  /** The bar that the trade finished, where bars are made of trades. */
  takeTrade(trade: TradeInput, now: number): BarInput | undefined {
    this.#last = trade.price;
    if (this.#barMicros === undefined) return undefined;
    const { price, quantity } = trade;
    const { open, closed } = addToBars(this.#bar, this.#barMicros, { at: now, price, quantity });
    this.#bar = open;
    return closed === undefined ? undefined : this.#made(closed);
  }

  tick(now: number): BarInput | undefined {
    if (this.#bar === undefined) return undefined;
    const { open, closed } = closeBarAt(this.#bar, now);
    this.#bar = open;
    return closed === undefined ? undefined : this.#made(closed);
  }

  /** The book after the change, for strategies that want it; undefined where there is none or it is not whole. */
  takeBook(change: BookInput): BookView | undefined {
    if (change.snapshot) this.#known = true;
    return this.#book?.take(change) === true ? this.#book : undefined;
  }

  /** `to`: when the hole is over, microseconds since the epoch; 0 where unknown. */
  gap({ reason, stream, to }: Pick<GapInput, 'reason' | 'stream' | 'to'>): void {
    const named = stream === 'all' ? {} : { stream };
    if (!concernsQuotes(named)) return;
    this.#known = reason === 'resync';
    if (this.#known) return;
    this.#closedAt = to > 0 ? to : Infinity;
    this.forget();
  }

  /** What was known is old, but what comes next can be believed. */
  forget(): void {
    this.#quote = undefined;
    this.#book?.invalidate();
  }

  resume(): void {
    this.#known = true;
    this.forget();
  }

  #made(bar: Exclude<OpenBar, undefined>): BarInput {
    return { kind: 'bar', slot: this.#slot, seq: 0, tsEvent: bar.end - 1, tsInit: bar.end, ...bar };
  }

  snapshot(): KernelMarketSnapshot {
    return {
      known: this.#known,
      closedAt: this.#closedAt === Infinity ? null : this.#closedAt,
      quote: this.#quote ?? null,
      last: this.#last,
      bar: this.#bar ?? null,
      book: this.#book?.snapshot() ?? null,
    };
  }

  restore(snapshot: KernelMarketSnapshot): void {
    this.#known = snapshot.known;
    this.#closedAt = snapshot.closedAt ?? Infinity;
    this.#quote = snapshot.quote ?? undefined;
    this.#last = snapshot.last;
    this.#bar = snapshot.bar ?? undefined;
    if (snapshot.book !== null) this.#book?.restore(snapshot.book);
  }
}

/** The recorded book in ticks and lots; crossed or before its first snapshot it is not shown. */
class KernelBook implements BookView {
  #bids = new BookSide('buy', BOOK_LEVELS_MAX);
  #asks = new BookSide('sell', BOOK_LEVELS_MAX);
  valid = false;

  get bestBid(): PriceTicks | undefined {
    return this.#bids.best()?.price;
  }

  get bestAsk(): PriceTicks | undefined {
    return this.#asks.best()?.price;
  }

  levels(side: 'buy' | 'sell', depth: number): ReturnType<BookView['levels']> {
    const levels = (side === 'buy' ? this.#bids : this.#asks).top(depth);
    return levels.map(({ price, quantity }) => [price, quantity] as const);
  }

  take({ snapshot, bids, asks }: Pick<BookInput, 'snapshot' | 'bids' | 'asks'>): boolean {
    if (snapshot) {
      this.#bids = new BookSide('buy', BOOK_LEVELS_MAX);
      this.#asks = new BookSide('sell', BOOK_LEVELS_MAX);
      this.valid = true;
    }
    if (!this.valid) return false;
    put(this.#bids, bids);
    put(this.#asks, asks);
    const { bestBid, bestAsk } = this;
    if (bestBid !== undefined && bestAsk !== undefined && bestBid >= bestAsk) this.valid = false;
    return this.valid;
  }

  invalidate(): void {
    this.valid = false;
  }

  snapshot() {
    const flat = (side: 'buy' | 'sell') => this.levels(side, BOOK_LEVELS_MAX).flat();
    return { valid: this.valid, bids: flat('buy'), asks: flat('sell') };
  }

  restore({ valid, bids, asks }: NonNullable<KernelMarketSnapshot['book']>): void {
    this.take({ snapshot: true, bids, asks });
    this.valid = valid;
  }
}

function put(side: BookSide, levels: ExactLevels): void {
  assert(levels.length % 2 === 0, 'levels are prices and quantities in turns');
  for (let at = 0; at < levels.length; at += 2) {
    side.set(levels[at] as PriceTicks, quantityLots(levels[at + 1] as number));
  }
}
