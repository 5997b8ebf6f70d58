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

/** The exposures that an order counts in. */
export interface OwnerExposure {
  readonly account: Exposure;
  readonly strategy: Exposure;
  readonly run: Exposure;
}

export type Holder = keyof OwnerExposure;

/** The exposure of one holder in one instrument, in step with every reservation and fill. Refuses what cannot be, unchanged. */
export class ExposureBook implements Exposure {
  readonly #name: string;
  #position = quantityLots(0);
  #openBuy = quantityLots(0);
  #openSell = quantityLots(0);
  #reducingBuy = quantityLots(0);
  #reducingSell = quantityLots(0);

  /** Flat and empty. `name` says in an assertion whose book it is. */
  constructor(name: string) {
    this.#name = name;
  }

  get position(): QuantityLots {
    return this.#position;
  }

  get openBuy(): QuantityLots {
    return this.#openBuy;
  }

  get openSell(): QuantityLots {
    return this.#openSell;
  }

  get reducingBuy(): QuantityLots {
    return this.#reducingBuy;
  }

  get reducingSell(): QuantityLots {
    return this.#reducingSell;
  }

  get isEmpty(): boolean {
    return this.#position === 0 && this.#openBuy === 0 && this.#openSell === 0;
  }

  /** Adds `lots` (negative to release) to what is reserved for orders of that side. */
  reserve(side: Side, lots: number, reduces: boolean): void {
    const isBuy = side === 'buy';
    const open = addLots(isBuy ? this.#openBuy : this.#openSell, lots);
    const reducing = addLots(isBuy ? this.#reducingBuy : this.#reducingSell, reduces ? lots : 0);
    if (open < reducing || reducing < 0) {
      assert(false, `${this.#name}: ${open} lots reserved to ${side}, ${reducing} of them reducing`);
    }
    if (isBuy) {
      this.#openBuy = open;
      this.#reducingBuy = reducing;
    } else {
      this.#openSell = open;
      this.#reducingSell = reducing;
    }
  }

  /** Adds a fill to the position. */
  fill(side: Side, lots: number): void {
    this.#position = addLots(this.#position, side === 'buy' ? lots : -lots);
  }

  /** Starts over from a position, with nothing reserved. */
  reset(position: number): void {
    this.#position = quantityLots(position);
    this.#openBuy = quantityLots(0);
    this.#openSell = quantityLots(0);
    this.#reducingBuy = quantityLots(0);
    this.#reducingSell = quantityLots(0);
  }

  /** As it stands, apart from what comes. */
  copy(): Exposure {
    return {
      position: this.#position,
      openBuy: this.#openBuy,
      openSell: this.#openSell,
      reducingBuy: this.#reducingBuy,
      reducingSell: this.#reducingSell,
    };
  }
}

/** Owners times instruments that are not flat. Far above any account; reached only when something runs away. */
const BOOKS_MAX = 100_000;

/** The exposure books of an account by owner and instrument. Only those that are not flat and empty are kept. */
export class ExposureBooks {
  /** By `<holder> <instrument>`. */
  readonly #books = new Map<string, ExposureBook>();

  /** The exposure of the account (`account`), a strategy (`strategy.S`) or a run (`run.R`) in an instrument. */
  of(holder: string, instrument: string): Exposure {
    return this.#books.get(`${holder} ${instrument}`)?.copy() ?? NO_EXPOSURE;
  }

  /** The exposures that an order of the owner counts in, as they stand. */
  ofOwner({ runId, strategy, instrument }: Owner): OwnerExposure {
    return {
      account: this.of('account', instrument),
      strategy: this.of(`strategy.${strategy}`, instrument),
      run: this.of(`run.${runId}`, instrument),
    };
  }

  /** Adds `lots` (negative to release) to what is reserved for orders of that side. */
  reserve(owner: Owner, side: Side, lots: number, reduces: boolean): void {
    if (lots === 0) return;
    this.#change(owner, (book) => book.reserve(side, lots, reduces));
  }

  /** Adds a fill to the position. */
  fill(owner: Owner, side: Side, lots: number): void {
    this.#change(owner, (book) => book.fill(side, lots));
  }

  /** All that are not flat and empty, by `<holder> <instrument>`, for people to look at. */
  all(): ReadonlyMap<string, Exposure> {
    return new Map([...this.#books].map(([key, book]) => [key, book.copy()]));
  }

  #change(owner: Owner, change: (book: ExposureBook) => void): void {
    for (const holder of ['account', `strategy.${owner.strategy}`, `run.${owner.runId}`]) {
      const key = `${holder} ${owner.instrument}`;
      const book = this.#books.get(key) ?? new ExposureBook(key);
      change(book);
      if (book.isEmpty) this.#books.delete(key);
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
