import { type QuantityLots, addLots, assert, quantityLots } from '@portcullis/kernel';
import type { Side } from '@portcullis/contracts';

/** What one owner has and may come to have in one instrument, in lots. */
export interface Exposure {
  /** Signed: what was filled. */
  readonly position: QuantityLots;
  /** Reserved for buy orders: approved, working or unresolved, at what is not filled yet. */
  readonly openBuy: QuantityLots;
  readonly openSell: QuantityLots;
  /** The part of each side that belongs to verified reductions. */
  readonly reducingBuy: QuantityLots;
  readonly reducingSell: QuantityLots;
}

export const NO_EXPOSURE: Exposure = {
  position: quantityLots(0),
  openBuy: quantityLots(0),
  openSell: quantityLots(0),
  reducingBuy: quantityLots(0),
  reducingSell: quantityLots(0),
};

/** Whose exposure it is: the account's, a strategy's, a run's. Every order counts in all three. */
export interface Owner {
  readonly runId: string;
  readonly strategy: string;
  readonly instrument: string;
}

/** Owners times instruments that are not flat. Far above any account; reached only when something runs away. */
const BOOKS_MAX = 100_000;

/** The exposure by owner and instrument, kept in step with every reservation and fill. */
export class ExposureBooks {
  readonly #books = new Map<string, Exposure>();

  /** The exposure of the account (`account`), a strategy (`strategy.S`) or a run (`run.R`) in an instrument. */
  of(holder: string, instrument: string): Exposure {
    return this.#books.get(`${holder} ${instrument}`) ?? NO_EXPOSURE;
  }

  /** Adds `lots` (negative to release) to what is reserved for orders of that side. */
  reserve(owner: Owner, side: Side, lots: number, reduces: boolean): void {
    if (lots === 0) return;
    this.#change(owner, (book) => {
      const reducing = reduces ? lots : 0;
      if (side === 'buy') {
        return { ...book, openBuy: addLots(book.openBuy, lots), reducingBuy: addLots(book.reducingBuy, reducing) };
      }
      return { ...book, openSell: addLots(book.openSell, lots), reducingSell: addLots(book.reducingSell, reducing) };
    });
  }

  /** Adds a fill to the position. */
  fill(owner: Owner, side: Side, lots: number): void {
    this.#change(owner, (book) => ({ ...book, position: addLots(book.position, side === 'buy' ? lots : -lots) }));
  }

  /** All that are not flat and empty, by `<holder> <instrument>`, for people to look at. */
  all(): ReadonlyMap<string, Exposure> {
    return this.#books;
  }

  #change(owner: Owner, next: (book: Exposure) => Exposure): void {
    for (const holder of ['account', `strategy.${owner.strategy}`, `run.${owner.runId}`]) {
      const key = `${holder} ${owner.instrument}`;
      const book = next(this.#books.get(key) ?? NO_EXPOSURE);
      assert(
        book.openBuy >= book.reducingBuy && book.reducingBuy >= 0,
        `${key}: ${book.openBuy} lots reserved to buy, ${book.reducingBuy} of them reducing`,
      );
      assert(
        book.openSell >= book.reducingSell && book.reducingSell >= 0,
        `${key}: ${book.openSell} lots reserved to sell, ${book.reducingSell} of them reducing`,
      );
      if (book.position === 0 && book.openBuy === 0 && book.openSell === 0) this.#books.delete(key);
      else this.#books.set(key, book);
      assert(this.#books.size <= BOOKS_MAX, `more than ${BOOKS_MAX} exposure books`);
    }
  }
}

/** What is reserved on one side. */
export function openOn(book: Exposure, side: Side): QuantityLots {
  return side === 'buy' ? book.openBuy : book.openSell;
}

export function reducingOn(book: Exposure, side: Side): QuantityLots {
  return side === 'buy' ? book.reducingBuy : book.reducingSell;
}

/** How large the position in the direction of `side` is once every order of that side is filled; below zero while it stays on the other side. */
export function worstOf(book: Exposure, side: Side): number {
  return side === 'buy' ? book.position + book.openBuy : -(book.position - book.openSell);
}
