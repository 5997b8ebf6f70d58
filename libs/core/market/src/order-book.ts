import type { BookDelta, BookSnapshot, Side } from '@portcullis/contracts';
import { type InputError, type PriceTicks, type QuantityLots, type Result, assert, err, ok } from '@portcullis/kernel';
import { BookSide } from './book-side.ts';
import { type InstrumentRules, parsePrice, parseMarketQuantity } from './instrument.ts';

export interface BookLevel {
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
}

/**
 * What a delta did. `applied`: the book is whole up to `lastSequence`. `stale`: it was in the book already.
 * `gap`: deltas between the book and this one are missing. `crossed`, `malformed`: the delta cannot be right.
 * `invalid`: the book waits for a snapshot. After `gap`, `crossed` and `malformed` the book is invalid.
 */
export type DeltaOutcome =
  | { readonly kind: 'applied' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'gap'; readonly expected: number; readonly got: number }
  | { readonly kind: 'crossed'; readonly bid: PriceTicks; readonly ask: PriceTicks }
  | { readonly kind: 'malformed'; readonly error: InputError };

/** Levels a side that a book keeps, unless it is told otherwise: what the deepest snapshot of Binance has. */
export const BOOK_LEVELS_MAX = 5000;

/**
 * The price levels of one instrument, built from one snapshot and the deltas after it. The sequence rule is that of
 * Binance spot ("How to manage a local order book correctly"): a delta with `lastSequence` at or below the book's is
 * stale, one with `firstSequence` above the next number is a gap, any other is applied; for the first delta after a
 * snapshot the rule is the same. Beyond its deepest kept level a book knows nothing.
 */
export class OrderBook {
  readonly #rules: InstrumentRules;
  readonly #levelsMax: number;
  #bids: BookSide;
  #asks: BookSide;
  #sequence = 0;
  #valid = false;

  constructor(rules: InstrumentRules, levelsMax = BOOK_LEVELS_MAX) {
    assert(Number.isInteger(levelsMax) && levelsMax > 0, 'a book keeps at least one level a side');
    this.#rules = rules;
    this.#levelsMax = levelsMax;
    this.#bids = new BookSide('buy', levelsMax);
    this.#asks = new BookSide('sell', levelsMax);
  }

  /** Whether the book is whole: a snapshot came and no gap since. */
  get valid(): boolean {
    return this.#valid;
  }

  /** The venue's number of the last update that is in the book. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Forgets the book until the next snapshot, for example after a disconnect. */
  invalidate(): void {
    this.#valid = false;
  }

  /** Replaces the whole book. A snapshot that is crossed or off the tick size is refused and leaves the book invalid. */
  applySnapshot(snapshot: Pick<BookSnapshot, 'sequence' | 'bids' | 'asks'>): Result<void, InputError> {
    this.#valid = false;
    const bids = this.#parse(snapshot.bids);
    if (!bids.ok) return bids;
    const asks = this.#parse(snapshot.asks);
    if (!asks.ok) return asks;
    this.#bids = new BookSide('buy', this.#levelsMax);
    this.#asks = new BookSide('sell', this.#levelsMax);
    for (const { price, quantity } of bids.value) this.#bids.set(price, quantity);
    for (const { price, quantity } of asks.value) this.#asks.set(price, quantity);
    const crossed = this.#crossing();
    if (crossed !== undefined) {
      return err({
        field: 'snapshot',
        value: `${crossed.bid}/${crossed.ask}`,
        expected: 'a best bid below the best ask, in ticks',
      });
    }
    this.#sequence = snapshot.sequence;
    this.#valid = true;
    return ok(undefined);
  }

  applyDelta(delta: Pick<BookDelta, 'firstSequence' | 'lastSequence' | 'bids' | 'asks'>): DeltaOutcome {
    if (!this.#valid) return { kind: 'invalid' };
    if (delta.lastSequence <= this.#sequence) return { kind: 'stale' };
    const expected = this.#sequence + 1;
    if (delta.firstSequence > expected) return this.#broken({ kind: 'gap', expected, got: delta.firstSequence });
    const bids = this.#parse(delta.bids);
    if (!bids.ok) return this.#broken({ kind: 'malformed', error: bids.error });
    const asks = this.#parse(delta.asks);
    if (!asks.ok) return this.#broken({ kind: 'malformed', error: asks.error });
    for (const { price, quantity } of bids.value) this.#bids.set(price, quantity);
    for (const { price, quantity } of asks.value) this.#asks.set(price, quantity);
    const crossed = this.#crossing();
    if (crossed !== undefined) return this.#broken({ kind: 'crossed', ...crossed });
    this.#sequence = delta.lastSequence;
    return { kind: 'applied' };
  }

  /** The highest bid; undefined while the book is invalid or has no bids. */
  bestBid(): BookLevel | undefined {
    return this.#valid ? this.#bids.best() : undefined;
  }

  /** The lowest ask; undefined while the book is invalid or has no asks. */
  bestAsk(): BookLevel | undefined {
    return this.#valid ? this.#asks.best() : undefined;
  }

  /** At most `count` levels of one side, best first; none while the book is invalid. */
  levels(side: Side, count: number): BookLevel[] {
    if (!this.#valid) return [];
    return (side === 'buy' ? this.#bids : this.#asks).top(count);
  }

  #broken(outcome: DeltaOutcome): DeltaOutcome {
    this.#valid = false;
    return outcome;
  }

  #crossing(): { bid: PriceTicks; ask: PriceTicks } | undefined {
    const bid = this.#bids.best()?.price;
    const ask = this.#asks.best()?.price;
    return bid !== undefined && ask !== undefined && bid >= ask ? { bid, ask } : undefined;
  }

  #parse(levels: readonly (readonly [string, string])[]): Result<BookLevel[], InputError> {
    const parsed: BookLevel[] = [];
    for (const [priceText, quantityText] of levels) {
      const price = parsePrice(this.#rules, priceText);
      if (!price.ok) return price;
      const quantity = parseMarketQuantity(this.#rules, quantityText);
      if (!quantity.ok) return quantity;
      parsed.push({ price: price.value, quantity: quantity.value });
    }
    return ok(parsed);
  }
}
