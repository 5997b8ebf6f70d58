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
  /** See {@link holdersOf}; for owners whose orders are many. */
  readonly holders?: readonly string[];
}

/** Owners times instruments that are not flat. Far above any account; reached only when something runs away. */
const BOOKS_MAX = 100_000;

/** The exposure by owner and instrument, kept in step with every reservation and fill. */
export class ExposureBooks {
  /** By holder, then by instrument. */
  readonly #books = new Map<string, Map<string, Exposure>>();
  #size = 0;

  /** The exposure of the account (`account`), a strategy (`strategy.S`) or a run (`run.R`) in an instrument. */
  of(holder: string, instrument: string): Exposure {
    return this.#books.get(holder)?.get(instrument) ?? NO_EXPOSURE;
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

  /** A fill of an order: `lots` into the position, `release` of what was reserved for it. */
  convert(
    owner: Owner,
    side: Side,
    { lots, release, reduces }: { readonly lots: number; readonly release: number; readonly reduces: boolean },
  ): void {
    const reducing = reduces ? release : 0;
    this.#change(owner, (book) =>
      side === 'buy'
        ? {
            ...book,
            position: addLots(book.position, lots),
            openBuy: addLots(book.openBuy, -release),
            reducingBuy: addLots(book.reducingBuy, -reducing),
          }
        : {
            ...book,
            position: addLots(book.position, -lots),
            openSell: addLots(book.openSell, -release),
            reducingSell: addLots(book.reducingSell, -reducing),
          },
    );
  }

  /** All that are not flat and empty, by `<holder> <instrument>`, for people to look at. */
  all(): ReadonlyMap<string, Exposure> {
    const all = new Map<string, Exposure>();
    for (const [holder, books] of this.#books) {
      for (const [instrument, book] of books) all.set(`${holder} ${instrument}`, book);
    }
    return all;
  }

  /** Puts books where another's {@link all} were. */
  restore(all: Iterable<readonly [string, Exposure]>): void {
    this.#books.clear();
    this.#size = 0;
    for (const [key, book] of all) {
      const space = key.indexOf(' ');
      this.#put(key.slice(0, space), key.slice(space + 1), book);
    }
  }

  #change(owner: Owner, next: (book: Exposure) => Exposure): void {
    for (const holder of owner.holders ?? holdersOf(owner)) {
      const book = next(this.of(holder, owner.instrument));
      if (book.openBuy < book.reducingBuy || book.reducingBuy < 0) {
        const what = `${book.openBuy} lots reserved to buy, ${book.reducingBuy} of them reducing`;
        assert(false, `${holder} ${owner.instrument}: ${what}`);
      }
      if (book.openSell < book.reducingSell || book.reducingSell < 0) {
        const what = `${book.openSell} lots reserved to sell, ${book.reducingSell} of them reducing`;
        assert(false, `${holder} ${owner.instrument}: ${what}`);
      }
      this.#put(holder, owner.instrument, book);
    }
  }

  #put(holder: string, instrument: string, book: Exposure): void {
    let books = this.#books.get(holder);
    if (book.position === 0 && book.openBuy === 0 && book.openSell === 0) {
      if (books?.delete(instrument) !== true) return;
      this.#size -= 1;
      if (books.size === 0) this.#books.delete(holder);
      return;
    }
    if (books === undefined) {
      books = new Map<string, Exposure>();
      this.#books.set(holder, books);
    }
    if (!books.has(instrument)) this.#size += 1;
    books.set(instrument, book);
    assert(this.#size <= BOOKS_MAX, `more than ${BOOKS_MAX} exposure books`);
  }
}

/** Whose books an owner's orders and fills change. */
export function holdersOf({ strategy, runId }: Pick<Owner, 'strategy' | 'runId'>): readonly string[] {
  return ['account', `strategy.${strategy}`, `run.${runId}`];
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
