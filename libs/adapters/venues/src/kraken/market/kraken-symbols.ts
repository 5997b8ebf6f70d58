import { Malformed } from '../../market/frame-members.ts';
import { SYMBOLS_MAX } from '../../market/wire-members.ts';
import type { WireNumber } from '../../market/wire-number.ts';
import { SubscribedDepth } from './subscribed-depth.ts';

/** Digits after the point. */
export interface Precision {
  price: number;
  quantity: number;
}

/** A period that has not ended yet, as the venue last told it. */
export interface Candle {
  readonly start: number;
  /** Open, high, low, close. */
  readonly prices: readonly WireNumber[];
  readonly volume: WireNumber;
  readonly count: number;
}

/** What is known of one symbol on one connection. */
export interface KrakenSymbol {
  readonly symbol: string;
  /** Scales that its events had: of quotes, trades and bars the latest, of the book the finest since its snapshot. */
  readonly quote: Precision;
  readonly trade: Precision;
  readonly bar: Precision;
  readonly book: Precision;
  /** Digits after the point that the checksum is over: as the book's numbers are written. */
  readonly written: Precision;
  readonly depth: SubscribedDepth;
  /** The time of the latest event of its book. */
  bookAt: number;
  candle: Candle | undefined;
}

export class KrakenSymbols {
  readonly #symbols = new Map<string, KrakenSymbol>();
  /** What the venue's instrument channel says, where somebody subscribed to it. */
  readonly #precisions = new Map<string, Precision>();

  of(symbol: string): KrakenSymbol {
    let state = this.#symbols.get(symbol);
    if (state === undefined) {
      if (this.#symbols.size >= SYMBOLS_MAX) {
        throw new Malformed('symbol', symbol, `one of at most ${SYMBOLS_MAX} symbols on one connection`);
      }
      state = freshSymbol(symbol);
      this.#symbols.set(symbol, state);
    }
    return state;
  }

  known(symbol: string): KrakenSymbol | undefined {
    return this.#symbols.get(symbol);
  }

  precision(symbol: string): Precision | undefined {
    return this.#precisions.get(symbol);
  }

  setPrecision(symbol: string, precision: Precision): void {
    // More than there can be symbols are of no use.
    if (this.#precisions.size < SYMBOLS_MAX || this.#precisions.has(symbol)) this.#precisions.set(symbol, precision);
  }
}

function freshSymbol(symbol: string): KrakenSymbol {
  const [quote, trade, bar, book, written] = Array.from({ length: 5 }, () => ({ price: 0, quantity: 0 })) as [
    Precision,
    Precision,
    Precision,
    Precision,
    Precision,
  ];
  return { symbol, quote, trade, bar, book, written, depth: new SubscribedDepth(), bookAt: 0, candle: undefined };
}

/** What frames are read with. */
export interface Reading {
  readonly symbols: KrakenSymbols;
  readonly receivedMicros: number;
}
