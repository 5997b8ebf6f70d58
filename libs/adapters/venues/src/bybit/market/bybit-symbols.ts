import type { ScaledQuote } from '@portcullis/market';
import { Malformed } from '../../market/frame-members.ts';
import { SYMBOLS_MAX } from '../../market/wire-members.ts';

/** The members of a ticker that changes leave out when they stay. */
export interface TickerState {
  markPrice: unknown;
  indexPrice: unknown;
  fundingRate: unknown;
  nextFundingTime: unknown;
}

/** What of an instrument is remembered on one connection. */
export interface BybitSymbol {
  readonly symbol: string;
  priceScale: number;
  quantityScale: number;
  barScale: number;
  barQuantityScale: number;
  markScale: number;
  rateScale: number;
  /** The time of the latest whole book or change to it. Microseconds. */
  bookAt: number;
  /** Of the old feed: our own number of the latest change, and the venue's `cross_seq` of it. */
  oldNumber: number;
  oldCross: number;
  /** The latest best quote and the venue's number of it, which is told again while nothing changes. */
  quote: ScaledQuote | undefined;
  quoteNumber: number;
  readonly ticker: TickerState;
}

export class BybitSymbols {
  readonly #symbols = new Map<string, BybitSymbol>();

  /** Throws {@link Malformed} when there are too many. */
  of(symbol: string): BybitSymbol {
    let found = this.#symbols.get(symbol);
    if (found !== undefined) return found;
    if (this.#symbols.size >= SYMBOLS_MAX) {
      throw new Malformed('topic', symbol, 'not so many symbols on one connection');
    }
    found = {
      symbol,
      ...{ priceScale: 0, quantityScale: 0, barScale: 0, barQuantityScale: 0, markScale: 0, rateScale: 0 },
      ...{ bookAt: 0, oldNumber: -1, oldCross: -1, quote: undefined, quoteNumber: -1 },
      ticker: { markPrice: undefined, indexPrice: undefined, fundingRate: undefined, nextFundingTime: undefined },
    };
    this.#symbols.set(symbol, found);
    return found;
  }

  /** A change of an old book is missing: the next one will not follow the last. Of all of them, where it is not known which. */
  missed(symbol: string | undefined): void {
    for (const known of this.#symbols.values()) {
      if (known.oldNumber >= 0 && (symbol === undefined || symbol === known.symbol)) known.oldNumber += 1;
    }
  }
}
