import { formatScaled } from '@portcullis/market';
import type { WireNumber } from '../../market/wire-number.ts';

/** Levels of odd spelling that are remembered: a book has 400 a side. */
const ODD_MAX = 4096;
const WITH_EXPONENT = /e/i;

export type BookSide = 'bids' | 'asks';

/** One level as the venue wrote it. */
export interface WireLevel {
  readonly priceText: string;
  readonly quantityText: string;
  readonly price: WireNumber;
  readonly quantity: WireNumber;
}

/**
 * How the levels of a book were written, because the venue's checksum is over its own texts. It writes numbers without
 * needless zeros, so nearly always the text follows from the number; kept are only the levels of which it does not
 * (`30000.0`, `0.10`).
 */
export class LevelTexts {
  /** By side and shortest text of the price. */
  readonly #odd = new Map<string, string>();

  clear(): void {
    this.#odd.clear();
  }

  take(side: BookSide, level: WireLevel): void {
    const isOdd = !isShortest(level.price, level.priceText) || !isShortest(level.quantity, level.quantityText);
    if (!isOdd && this.#odd.size === 0) return;
    const key = keyOf(side, formatScaled(level.price.value, level.price.scale));
    if (isOdd && level.quantity.value !== 0 && this.#odd.size < ODD_MAX) {
      this.#odd.set(key, `${level.priceText}:${level.quantityText}`);
    } else this.#odd.delete(key);
  }

  /** `price:quantity` as the venue wrote it, from the shortest texts of both. */
  of(side: BookSide, price: string, quantity: string): string {
    const odd = this.#odd.size === 0 ? undefined : this.#odd.get(keyOf(side, price));
    return odd ?? `${price}:${quantity}`;
  }
}

function keyOf(side: BookSide, price: string): string {
  return `${side} ${price}`;
}

function isShortest({ scale, places }: WireNumber, text: string): boolean {
  return places === scale && !WITH_EXPONENT.test(text);
}
