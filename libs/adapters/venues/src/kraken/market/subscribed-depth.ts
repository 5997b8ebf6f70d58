import { ScaledBook, type ScaledSnapshot } from '@portcullis/market';

type Levels = Pick<ScaledSnapshot, 'bids' | 'asks' | 'priceScale' | 'quantityScale'>;

/** What the venue offers. */
const DEPTHS: readonly number[] = [10, 25, 100, 500, 1000];
const DEPTH_MOST = 1000;
/** Levels a side that a book can have between a delta and the removals that follow from it. */
const LEVELS_MAX = 20_000;

/**
 * The book of one symbol down to the depth that was subscribed to. The venue says nothing when a level is pushed out of
 * it, and tells the level again when it comes back; here the removals are written into the deltas, so that everybody who
 * reads them later, from the bus or the archive, has the right book without knowing of depths.
 */
export class SubscribedDepth {
  readonly #book = new ScaledBook(LEVELS_MAX);
  /** What the venue or the name of the channel said; 0 where neither did. */
  #told = 0;
  #depth = 0;

  /** To be called with what is said before the snapshot. */
  tell(depth: number): void {
    this.#told = DEPTHS.includes(depth) ? depth : 0;
  }

  begin(snapshot: Levels): void {
    this.#book.replace(snapshot);
    // A recording can lack the answer to the subscription. A full side shows the depth.
    const levels = Math.max(snapshot.bids.length, snapshot.asks.length) / 2;
    this.#depth = this.#told !== 0 ? this.#told : DEPTHS.includes(levels) ? levels : DEPTH_MOST;
  }

  /** The delta with the removals that follow from it. */
  follow(delta: Levels): Levels {
    // Before a snapshot there is no book, and a delta at a coarser scale is one that the book cannot take.
    if (this.#depth === 0 || this.#book.apply(delta) === 'unsafe') return delta;
    const bids = this.#pushedOut('buy');
    const asks = this.#pushedOut('sell');
    if (bids.length + asks.length === 0) return delta;
    const { priceScale, quantityScale } = delta;
    this.#book.apply({ priceScale, quantityScale, bids, asks });
    return { priceScale, quantityScale, bids: [...delta.bids, ...bids], asks: [...delta.asks, ...asks] };
  }

  #pushedOut(side: 'buy' | 'sell'): number[] {
    const size = this.#book.size(side);
    if (size <= this.#depth) return [];
    const levels = this.#book.flat(side, size);
    const removals: number[] = [];
    for (let at = 2 * this.#depth; at < levels.length; at += 2) removals.push(levels[at] as number, 0);
    return removals;
  }
}
