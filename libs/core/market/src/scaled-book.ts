import type { Side } from '@portcullis/contracts';
import { assert } from '@portcullis/kernel';
import { BOOK_LEVELS_MAX } from './order-book.ts';
import type { FlatLevels, ScaledDelta, ScaledSnapshot } from './scaled-event.ts';
import { ScaledSide } from './scaled-side.ts';

export interface TopOfBook {
  readonly bidPrice: number;
  readonly bidQuantity: number;
  readonly askPrice: number;
  readonly askQuantity: number;
}

/**
 * `crossed`: the best bid is at or above the best ask. `unsafe`: a number is negative, or would leave the safe integers at
 * the scale that the book would have to take.
 */
export type BookChange = 'applied' | 'crossed' | 'unsafe';

type Levels = Pick<ScaledSnapshot, 'bids' | 'asks' | 'priceScale' | 'quantityScale'>;

/**
 * The price levels of one instrument in scaled integers, without its increments. The scales grow with the finest event
 * that came (every level is rescaled then) and shrink with a new snapshot only. It knows no sequence numbers: that is
 * the book sync's. After anything but `applied` its content is not to be used until the next snapshot.
 */
export class ScaledBook {
  readonly #levelsMax: number;
  readonly #bids = new ScaledSide('buy');
  readonly #asks = new ScaledSide('sell');
  #priceScale = 0;
  #quantityScale = 0;

  /** `levelsMax`: levels a side that are kept after each delta; what is beyond them is forgotten. */
  constructor(levelsMax = BOOK_LEVELS_MAX) {
    assert(Number.isInteger(levelsMax) && levelsMax > 0, 'a book keeps at least one level a side');
    this.#levelsMax = levelsMax;
  }

  get priceScale(): number {
    return this.#priceScale;
  }

  get quantityScale(): number {
    return this.#quantityScale;
  }

  /** The best price of a side; NaN when it is empty. With the other three getters the way that allocates nothing. */
  get bidPrice(): number {
    return this.#bids.bestPrice;
  }

  get bidQuantity(): number {
    return this.#bids.bestQuantity;
  }

  get askPrice(): number {
    return this.#asks.bestPrice;
  }

  get askQuantity(): number {
    return this.#asks.bestQuantity;
  }

  /** Undefined while a side is empty. */
  top(): TopOfBook | undefined {
    if (this.#bids.size === 0 || this.#asks.size === 0) return undefined;
    const { bidPrice, bidQuantity, askPrice, askQuantity } = this;
    return { bidPrice, bidQuantity, askPrice, askQuantity };
  }

  /** Levels of a side. */
  size(side: Side): number {
    return this.#side(side).size;
  }

  /** At most `count` levels, best first. */
  levels(side: Side, count: number): { readonly price: number; readonly quantity: number }[] {
    const flat = this.flat(side, count);
    const levels = [];
    for (let at = 0; at < flat.length; at += 2) {
      levels.push({ price: flat[at] as number, quantity: flat[at + 1] as number });
    }
    return levels;
  }

  /** At most `count` levels as price, quantity, price, quantity…, best first; into `out`, which is cut to length, or a new array. */
  flat(side: Side, count: number, out?: number[]): number[] {
    return this.#side(side).flat(count, out);
  }

  /** Replaces the whole book. */
  replace(snapshot: Levels): BookChange {
    this.#bids.clear();
    this.#asks.clear();
    this.#priceScale = snapshot.priceScale;
    this.#quantityScale = snapshot.quantityScale;
    // From the worst to the best, because then each is put at the end of its side.
    if (setLevels(this.#bids, snapshot.bids, -2) || setLevels(this.#asks, snapshot.asks, -2)) return 'unsafe';
    return this.#judge();
  }

  apply(delta: Pick<ScaledDelta, keyof Levels>): BookChange {
    let priceFactor = 1;
    let quantityFactor = 1;
    if (delta.priceScale !== this.#priceScale || delta.quantityScale !== this.#quantityScale) {
      if (!this.#rescale(delta.priceScale, delta.quantityScale)) return 'unsafe';
      priceFactor = 10 ** (this.#priceScale - delta.priceScale);
      quantityFactor = 10 ** (this.#quantityScale - delta.quantityScale);
    }
    const wrong =
      priceFactor === 1 && quantityFactor === 1
        ? setLevels(this.#bids, delta.bids, 2) || setLevels(this.#asks, delta.asks, 2)
        : setMultiplied(this.#bids, delta.bids, [priceFactor, quantityFactor]) ||
          setMultiplied(this.#asks, delta.asks, [priceFactor, quantityFactor]);
    return wrong ? 'unsafe' : this.#judge();
  }

  #judge(): BookChange {
    this.#bids.keepBest(this.#levelsMax);
    this.#asks.keepBest(this.#levelsMax);
    // False also when a side is empty, whose best price is NaN.
    return this.#bids.bestPrice >= this.#asks.bestPrice ? 'crossed' : 'applied';
  }

  /** Brings the book to scales at least as fine as these. */
  #rescale(priceScale: number, quantityScale: number): boolean {
    const price = Math.max(priceScale, this.#priceScale);
    const quantity = Math.max(quantityScale, this.#quantityScale);
    const priceFactor = 10 ** (price - this.#priceScale);
    const quantityFactor = 10 ** (quantity - this.#quantityScale);
    if (priceFactor !== 1 || quantityFactor !== 1) {
      if (!this.#bids.multiply(priceFactor, quantityFactor)) return false;
      if (!this.#asks.multiply(priceFactor, quantityFactor)) return false;
    }
    this.#priceScale = price;
    this.#quantityScale = quantity;
    return true;
  }

  #side(side: Side): ScaledSide {
    return side === 'buy' ? this.#bids : this.#asks;
  }
}

/** Sets them from the first to the last (`step` 2) or the other way (-2). Answers whether a level was no unsigned number. */
function setLevels(side: ScaledSide, levels: FlatLevels, step: 2 | -2): boolean {
  const end = levels.length - (levels.length % 2);
  for (let at = step === 2 ? 0 : end - 2; at >= 0 && at < end; at += step) {
    const price = levels[at] as number;
    const quantity = levels[at + 1] as number;
    // Written so that NaN is refused too.
    if (!(price >= 0 && quantity >= 0)) return true;
    side.set(price, quantity);
  }
  return false;
}

function setMultiplied(side: ScaledSide, levels: FlatLevels, [price, quantity]: readonly [number, number]): boolean {
  const multiplied = levels.map((value, at) => value * (at % 2 === 0 ? price : quantity));
  return multiplied.some((value) => value > Number.MAX_SAFE_INTEGER) || setLevels(side, multiplied, 2);
}
