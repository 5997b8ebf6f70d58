import { Malformed } from '../../market/frame-members.ts';
import { SYMBOLS_MAX } from '../../market/wire-members.ts';
import type { ScalePair } from '../../market/wire-number.ts';
import { LevelTexts } from './level-texts.ts';

/** What is known of one instrument on one connection. */
export interface OkxSymbol {
  readonly symbol: string;
  /** Scales that its events had: of the book the finest since its snapshot, of the others the latest. */
  book: ScalePair;
  quote: ScalePair;
  trade: ScalePair;
  bar: ScalePair;
  markScale: number;
  rateScale: number;
  readonly texts: LevelTexts;
  /** Book frames that came, where the venue numbers none of them (before 2023). */
  bookCount: number;
  /** The time of the latest event of its book. */
  bookAt: number;
}

const NONE: ScalePair = { priceScale: 0, quantityScale: 0 };

export class OkxSymbols {
  readonly #symbols = new Map<string, OkxSymbol>();

  of(symbol: string): OkxSymbol {
    let state = this.#symbols.get(symbol);
    if (state === undefined) {
      if (this.#symbols.size >= SYMBOLS_MAX) {
        throw new Malformed('instId', symbol, `one of at most ${SYMBOLS_MAX} instruments on one connection`);
      }
      const scales = { book: NONE, quote: NONE, trade: NONE, bar: NONE, markScale: 0, rateScale: 0 };
      state = { symbol, ...scales, texts: new LevelTexts(), bookCount: 0, bookAt: 0 };
      this.#symbols.set(symbol, state);
    }
    return state;
  }

  known(symbol: string): OkxSymbol | undefined {
    return this.#symbols.get(symbol);
  }
}
