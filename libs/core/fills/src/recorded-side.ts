import type { ExactLevels } from '@portcullis/market';

/**
 * One side of a recorded book: parallel arrays from the worst price to the best, because nearly every change is near the
 * best and so moves few elements. Beside what was recorded it remembers what of a level our own orders have had.
 */
export class RecordedSide {
  readonly #sign: number;
  readonly #levelsMax: number;
  readonly prices: number[] = [];
  readonly quantities: number[] = [];
  readonly taken: number[] = [];

  /** `sign`: 1 for bids, -1 for asks. */
  constructor(sign: number, levelsMax: number) {
    this.#sign = sign;
    this.#levelsMax = levelsMax;
  }

  clear(): void {
    this.prices.length = 0;
    this.quantities.length = 0;
    this.taken.length = 0;
  }

  get best(): number | undefined {
    return this.prices[this.prices.length - 1];
  }

  /**
   * Sets what is shown at a price, 0 for nothing, and gives what was shown before. What we took stays taken while the
   * level lives: less shown is first less of what we had, more shown is new.
   */
  set(price: number, quantity: number): number {
    const at = this.#find(price);
    if (this.prices[at] !== price) {
      if (quantity > 0) this.#insert(at, price, quantity);
      return 0;
    }
    const before = this.quantities[at] as number;
    if (quantity === 0) {
      this.prices.splice(at, 1);
      this.quantities.splice(at, 1);
      this.taken.splice(at, 1);
    } else {
      this.quantities[at] = quantity;
      if ((this.taken[at] as number) > quantity) this.taken[at] = quantity;
    }
    return before;
  }

  /** Lots shown at a price; Infinity beyond the deepest level, where a book knows nothing. */
  shown(price: number): number {
    const at = this.#find(price);
    if (this.prices[at] === price) return this.quantities[at] as number;
    return at === 0 && this.prices.length > 0 ? Infinity : 0;
  }

  /** Takes all levels of a snapshot, flat, instead of those before. What we took of a price that is still shown stays taken. */
  replace(levels: ExactLevels): void {
    const taken = this.#allTaken();
    this.clear();
    // Usually the best comes first: then each level goes in front of nothing.
    for (let at = levels.length - 2; at >= 0; at -= 2) this.set(levels[at] as number, levels[at + 1] as number);
    for (const [price, lots] of taken) {
      const at = this.#find(price);
      if (this.prices[at] === price) this.taken[at] = Math.min(lots, this.quantities[at] as number);
    }
  }

  #allTaken(): [price: number, lots: number][] {
    const taken: [number, number][] = [];
    for (let at = 0; at < this.prices.length; at++) {
      if (this.taken[at] !== 0) taken.push([this.prices[at] as number, this.taken[at] as number]);
    }
    return taken;
  }

  load(saved: Pick<RecordedSide, 'prices' | 'quantities' | 'taken'>): void {
    this.clear();
    // One by one: a spread of thousands of arguments can be more than a stack holds.
    for (let at = 0; at < saved.prices.length; at++) {
      this.prices.push(saved.prices[at] as number);
      this.quantities.push(saved.quantities[at] as number);
      this.taken.push(saved.taken[at] as number);
    }
  }

  #insert(at: number, price: number, quantity: number): void {
    this.prices.splice(at, 0, price);
    this.quantities.splice(at, 0, quantity);
    this.taken.splice(at, 0, 0);
    if (this.prices.length <= this.#levelsMax) return;
    this.prices.shift();
    this.quantities.shift();
    this.taken.shift();
  }

  /** The first index whose price is at least as good. */
  #find(price: number): number {
    let low = 0;
    let high = this.prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.prices[middle] as number) - price) * this.#sign < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
