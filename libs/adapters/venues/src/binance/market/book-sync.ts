import type { MarketGap } from '@portcullis/contracts';
import { type InstrumentRules, OrderBook, formatPrice, formatQuantity } from '@portcullis/market';
import type { VenueDelta, VenueGap, VenueMarketEvent, VenueSnapshot } from './parse-frame.ts';

/** Deltas kept while a snapshot is on its way: a quarter of an hour at ten a second. */
const BUFFERED_DELTAS_MAX = 10_000;

/** What to publish, and whether a snapshot has to be fetched. */
export interface SyncStep {
  readonly events: readonly VenueMarketEvent[];
  readonly wantsSnapshot: boolean;
}

/**
 * The book of one instrument through holes and reconnects. While it waits for a snapshot it keeps the deltas that come;
 * the snapshot is applied, then the deltas after it, and a `resync` says that the book is whole. Source of the
 * procedure: Binance, "How to manage a local order book correctly".
 */
export class BookSync {
  readonly #rules: InstrumentRules;
  readonly #book: OrderBook;
  #buffer: VenueDelta[] = [];

  constructor(rules: InstrumentRules) {
    this.#rules = rules;
    this.#book = new OrderBook(rules);
  }

  /** Whether the book is whole. */
  get live(): boolean {
    return this.#book.valid;
  }

  onDelta(delta: VenueDelta): SyncStep {
    if (!this.#book.valid) {
      this.#keep(delta);
      return { events: [], wantsSnapshot: true };
    }
    const outcome = this.#book.applyDelta(delta);
    if (outcome.kind === 'applied') return { events: [delta], wantsSnapshot: false };
    if (outcome.kind === 'stale') return { events: [], wantsSnapshot: false };
    this.#buffer = [delta];
    const detail =
      outcome.kind === 'gap'
        ? `update ${outcome.expected} expected, ${outcome.got} came`
        : `the book is ${outcome.kind}`;
    return { events: [this.#gapEvent('gap', detail, delta.tsEvent)], wantsSnapshot: true };
  }

  onSnapshot(snapshot: VenueSnapshot): SyncStep {
    const first = this.#buffer.find(({ lastSequence }) => lastSequence > snapshot.sequence);
    // Older than the deltas that are here: what is between the two is missing.
    if (first !== undefined && first.firstSequence > snapshot.sequence + 1) return { events: [], wantsSnapshot: true };
    const applied = this.#book.applySnapshot(snapshot);
    if (!applied.ok) return { events: [], wantsSnapshot: true };
    const events: VenueMarketEvent[] = [snapshot];
    for (const delta of this.#buffer) {
      const { kind } = this.#book.applyDelta(delta);
      if (kind === 'applied') events.push(delta);
      else if (kind !== 'stale') {
        this.#buffer = [];
        return { events: [], wantsSnapshot: true };
      }
    }
    this.#buffer = [];
    events.push(this.#gapEvent('resync', `whole at update ${this.#book.sequence}`, snapshot.tsEvent));
    return { events, wantsSnapshot: false };
  }

  /** Nothing is known any more: what the deltas before and after had between them is lost. */
  lose(reason: 'disconnect' | 'stale', detail: string, at: number): VenueGap {
    this.#book.invalidate();
    this.#buffer = [];
    return this.#gapEvent(reason, detail, at);
  }

  /** The book as it is now, for those who come later; undefined while it is not whole. */
  snapshot(levels: number, at: number): VenueSnapshot | undefined {
    if (!this.#book.valid) return undefined;
    const side = (which: 'buy' | 'sell'): [string, string][] =>
      this.#book
        .levels(which, levels)
        .map(({ price, quantity }) => [formatPrice(this.#rules, price), formatQuantity(this.#rules, quantity)]);
    const { symbol } = this.#rules;
    return {
      kind: 'snapshot',
      symbol,
      tsEvent: at,
      sequence: this.#book.sequence,
      bids: side('buy'),
      asks: side('sell'),
    };
  }

  #keep(delta: VenueDelta): void {
    this.#buffer.push(delta);
    if (this.#buffer.length > BUFFERED_DELTAS_MAX) this.#buffer.shift();
  }

  #gapEvent(reason: MarketGap['reason'], detail: string, at: number): VenueGap {
    return { kind: 'gap', symbol: this.#rules.symbol, tsEvent: at, reason, detail };
  }
}
