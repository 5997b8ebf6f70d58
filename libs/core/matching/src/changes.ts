import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { Side } from './orders.ts';

/** The aggregated quantity of all parties and the flow at one price; 0 where nothing is left. */
export interface BookLevel {
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
}

/** The levels that changed since the last drain, with what they hold now, best first. */
export interface BookChanges {
  /** False when more levels changed than the book remembers: the lists are empty, read the depth instead. */
  readonly complete: boolean;
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

/** The prices that changed since the last drain, within a bound. */
export class ChangeTracker {
  readonly #bids = new Set<number>();
  readonly #asks = new Set<number>();
  readonly #countMax: number;
  #complete = true;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  get complete(): boolean {
    return this.#complete;
  }

  touch(side: Side, price: number): void {
    if (!this.#complete) return;
    const prices = side === 'buy' ? this.#bids : this.#asks;
    prices.add(price);
    if (prices.size > this.#countMax) this.overflow();
  }

  /** Gives up tracking until the next drain. */
  overflow(): void {
    this.#complete = false;
    this.#bids.clear();
    this.#asks.clear();
  }

  /** The changed prices of a side, best first. */
  prices(side: Side): number[] {
    return side === 'buy' ? [...this.#bids].sort((a, b) => b - a) : [...this.#asks].sort((a, b) => a - b);
  }

  clear(): void {
    this.#bids.clear();
    this.#asks.clear();
    this.#complete = true;
  }
}
