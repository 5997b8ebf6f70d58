import { EPOCH_MICROS_MAX, EPOCH_MICROS_MIN } from '../../market/event-time.ts';

/** The finest scales that a symbol's numbers had on this connection; they never shrink. */
export interface SymbolScales {
  readonly symbol: string;
  /** Of quotes, trades and the book. */
  price: number;
  quantity: number;
  barPrice: number;
  barQuantity: number;
  mark: number;
  rate: number;
  /** Its single trades came, so that aggregates of them would be the same trades again. */
  hasTrades: boolean;
}

/** Symbols on one connection: the venue allows 1024 streams. */
const SYMBOLS_MAX = 4096;

export class ScalesBySymbol {
  readonly #scales = new Map<string, SymbolScales>();

  /** Undefined when there are too many symbols. */
  of(symbol: string): SymbolScales | undefined {
    let scales = this.#scales.get(symbol);
    if (scales === undefined && this.#scales.size < SYMBOLS_MAX) {
      scales = { symbol, price: 0, quantity: 0, barPrice: 0, barQuantity: 0, mark: 0, rate: 0, hasTrades: false };
      this.#scales.set(symbol, scales);
    }
    return scales;
  }
}

const MILLIS_MIN = EPOCH_MICROS_MIN / 1000;
const MILLIS_MAX = EPOCH_MICROS_MAX / 1000;
/** What the venue's times have to be, for people. */
export const TIME_EXPECTED = 'epoch milliseconds or microseconds between 2001 and 2099';

/** Microseconds of the venue's milliseconds or microseconds (it sends either, by the client's choice); -1 for neither. */
export function microsOf(time: number): number {
  if (time >= MILLIS_MIN && time < MILLIS_MAX) return time * 1000;
  return time >= MILLIS_MIN * 1000 && time < MILLIS_MAX * 1000 ? time : -1;
}

/** Levels that one frame may carry a side; the venue's deepest snapshot has 5000. */
export const LEVELS_MAX = 10_000;
