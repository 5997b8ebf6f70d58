import type { Side } from '@portcullis/contracts';
import { type PriceTicks, type QuantityLots, priceTicks, quantityLots } from '@portcullis/kernel';

/**
 * One side of a book: two parallel arrays sorted from the worst price to the best, because nearly every change
 * is near the best price and so moves few elements.
 */
export class BookSide {
  readonly #sign: number;
  readonly #levelsMax: number;
  readonly #prices: number[] = [];
  readonly #quantities: number[] = [];

  constructor(side: Side, levelsMax: number) {
    this.#sign = side === 'buy' ? 1 : -1;
    this.#levelsMax = levelsMax;
  }

  /** Sets the quantity at a price; zero removes the level. One level too many drops the worst. */
  set(price: PriceTicks, quantity: QuantityLots): void {
    const at = this.#find(price);
    const present = this.#prices[at] === price;
    if (quantity === 0) {
      if (!present) return;
      this.#prices.splice(at, 1);
      this.#quantities.splice(at, 1);
    } else if (present) {
      this.#quantities[at] = quantity;
    } else {
      this.#prices.splice(at, 0, price);
      this.#quantities.splice(at, 0, quantity);
      if (this.#prices.length > this.#levelsMax) {
        this.#prices.shift();
        this.#quantities.shift();
      }
    }
  }

  best(): { price: PriceTicks; quantity: QuantityLots } | undefined {
    return this.#level(this.#prices.length - 1);
  }

  top(count: number): { price: PriceTicks; quantity: QuantityLots }[] {
    const levels = [];
    for (let at = this.#prices.length - 1; at >= 0 && levels.length < count; at--) {
      const level = this.#level(at);
      if (level !== undefined) levels.push(level);
    }
    return levels;
  }

  #level(at: number): { price: PriceTicks; quantity: QuantityLots } | undefined {
    const price = this.#prices[at];
    const quantity = this.#quantities[at];
    return price === undefined || quantity === undefined
      ? undefined
      : { price: priceTicks(price), quantity: quantityLots(quantity) };
  }

  /** The first index whose price is at least as good. */
  #find(price: number): number {
    let low = 0;
    let high = this.#prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.#prices[middle] as number) - price) * this.#sign < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
