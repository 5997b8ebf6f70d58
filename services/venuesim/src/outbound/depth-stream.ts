import type { BookChanges } from '@portcullis/matching';
import { priceText, quantityText } from '../state/amounts.ts';
import type { Market } from '../state/market.ts';
import type { StreamHub } from './stream-hub.ts';

/** Changed prices a side remembered between two frames; beyond it, listeners are closed and begin anew. */
const PENDING_MAX = 20_000;

/**
 * One diff-depth stream of a market. Each frame carries the changed levels as they stand now, with
 * `U` = the last frame's `u` + 1 and `u` = the book's sequence, so that Binance's rules to keep a local book hold.
 */
export class DepthStream {
  readonly #names: readonly string[];
  readonly #market: Market;
  readonly #hub: StreamHub;
  readonly #bids = new Set<number>();
  readonly #asks = new Set<number>();
  #sequenceSent: number;

  constructor(market: Market, hub: StreamHub, names: readonly string[]) {
    this.#market = market;
    this.#hub = hub;
    this.#names = names;
    this.#sequenceSent = market.sequence;
  }

  note(changes: BookChanges): void {
    for (const { price } of changes.bids) this.#bids.add(price);
    for (const { price } of changes.asks) this.#asks.add(price);
    if (changes.complete && this.#bids.size <= PENDING_MAX && this.#asks.size <= PENDING_MAX) return;
    for (const name of this.#names) this.#hub.drop(name);
    this.#forget();
  }

  flush(at: number): void {
    if (this.#bids.size === 0 && this.#asks.size === 0) return;
    const listened = this.#names.filter((name) => this.#hub.has(name));
    if (listened.length > 0) {
      const frame = {
        e: 'depthUpdate',
        E: at,
        s: this.#market.symbol,
        U: this.#sequenceSent + 1,
        u: this.#market.sequence,
        b: this.#levels('buy', this.#bids),
        a: this.#levels('sell', this.#asks),
      };
      for (const name of listened) this.#hub.send(name, () => frame);
    }
    this.#forget();
  }

  #levels(side: 'buy' | 'sell', prices: ReadonlySet<number>): string[][] {
    const { rules, book } = this.#market;
    const sorted = [...prices].sort((a, b) => (side === 'buy' ? b - a : a - b));
    return sorted.map((price) => [
      priceText(rules, price),
      quantityText(rules, book.levelQuantity(side, price as never)),
    ]);
  }

  #forget(): void {
    this.#bids.clear();
    this.#asks.clear();
    this.#sequenceSent = this.#market.sequence;
  }
}
