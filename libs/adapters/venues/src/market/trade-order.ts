import type { ScaledTrade } from '@portcullis/market';

/** Trades that are remembered to recognise one that comes twice: seconds of the busiest instrument. A power of two. */
const RECENT_MAX = 1024;
/** Holes that are remembered for a late trade to fill. */
const HOLES_MAX = 64;

/**
 * What a trade is among those before it. `late`: it was missed and fills a hole. `old`: it came before the last and is
 * not known to be missing. `hole`: trades between the last and this one are missing. `restart`: a new trade with a
 * lower number, because the venue began to count anew.
 */
export type TradePlace = 'next' | 'hole' | 'late' | 'twice' | 'old' | 'restart';

/** The order of the trades of one instrument, where ids are consecutive numbers. A restarted count shows by the time. */
export class ConsecutiveTrades {
  readonly #ids = new Float64Array(RECENT_MAX).fill(-1);
  readonly #times = new Float64Array(RECENT_MAX);
  /** From, to, from, to… of ids that never came. */
  #holes: number[] = [];
  #last = -1;
  #lastAt = 0;

  /** The id of the last in order, -1 before the first. */
  get last(): number {
    return this.#last;
  }

  /** Its time; 0 before the first. */
  get lastAt(): number {
    return this.#lastAt;
  }

  take({ tradeId, tsEvent }: Pick<ScaledTrade, 'tradeId' | 'tsEvent'>): TradePlace {
    const id = idOf(tradeId);
    // What is no number has no order.
    if (id < 0) return 'next';
    const place = this.#place(id, tsEvent);
    if (place === 'twice' || place === 'old') return place;
    const slot = id % RECENT_MAX;
    this.#ids[slot] = id;
    this.#times[slot] = tsEvent;
    if (place === 'late') return place;
    if (place === 'hole') {
      this.#holes.push(this.#last + 1, id - 1);
      if (this.#holes.length > 2 * HOLES_MAX) this.#holes.splice(0, 2);
    } else if (place === 'restart') this.#holes = [];
    this.#last = id;
    if (tsEvent > this.#lastAt || place === 'restart') this.#lastAt = tsEvent;
    return place;
  }

  #place(id: number, tsEvent: number): TradePlace {
    const last = this.#last;
    if (id === last + 1 || last === -1) return 'next';
    if (id > last) return 'hole';
    const slot = id % RECENT_MAX;
    if (this.#ids[slot] === id && this.#times[slot] === tsEvent) return 'twice';
    if (this.#fill(id)) return 'late';
    return tsEvent >= this.#lastAt ? 'restart' : 'old';
  }

  #fill(id: number): boolean {
    for (let at = 0; at < this.#holes.length; at += 2) {
      const from = this.#holes[at] as number;
      const to = this.#holes[at + 1] as number;
      if (id < from || id > to) continue;
      const left = [...(id > from ? [from, id - 1] : []), ...(id < to ? [id + 1, to] : [])];
      this.#holes.splice(at, 2, ...left);
      return true;
    }
    return false;
  }
}

/** The number that the digits are; -1 when they are none. Faster than `Number`. */
function idOf(text: string): number {
  let id = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    id = id * 10 + digit;
  }
  return id <= Number.MAX_SAFE_INTEGER ? id : -1;
}

/**
 * The trades of one instrument where ids are any strings: it knows the latest again. In two generations, because a map
 * that gives up its oldest entry one by one has to step over all that went before it, each time.
 */
export class RecentTrades {
  #younger = new Map<string, number>();
  #older = new Map<string, number>();

  /** Whether the same id with the same time came lately. */
  twice({ tradeId, tsEvent }: Pick<ScaledTrade, 'tradeId' | 'tsEvent'>): boolean {
    if ((this.#younger.get(tradeId) ?? this.#older.get(tradeId)) === tsEvent) return true;
    if (this.#younger.size >= RECENT_MAX) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(tradeId, tsEvent);
    return false;
  }
}
