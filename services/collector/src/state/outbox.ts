import type { MarketEvent } from '@portcullis/contracts';
import { type NumberedEvent, wireEvent } from '@portcullis/market';

/** Messages that wait for room on the bus: minutes of one busy instrument while the server restarts. */
export const WAITING_MAX = 20_000;

interface Waiting {
  readonly key: string;
  readonly venue: string;
  /** Undefined: a quote that a newer one replaced; its number is left out on purpose. */
  event: NumberedEvent | undefined;
  /** Numbers of such quotes before this event, whose places here are given back already. */
  skipped: number;
}

/** Empty places in the queue before it is closed up. */
const EMPTY_MAX = 4096;

export interface OutboxCounters {
  /** Quotes that a newer one replaced before they could be sent. */
  readonly conflated: number;
  /** Trades, deltas, snapshots and the like given up because too many waited. */
  readonly dropped: number;
  /** Events that the bus has no words for (a trade whose taker is unknown). */
  readonly unsayable: number;
}

/** What an instrument lost on its way to the bus. */
export interface Loss {
  readonly venue: string;
  readonly symbol: string;
  readonly count: number;
}

/**
 * What waits for the bus, in the order of its numbers. Quotes are conflated: only the newest of an instrument waits, and
 * the next message says how many numbers were left out. Nothing else is lost silently: what does not fit is counted,
 * leaves a hole in the numbers and is told by a gap event of its instrument.
 */
export class Outbox {
  readonly #waitingMax: number;
  #waiting: Waiting[] = [];
  #head = 0;
  #live = 0;
  readonly #quotes = new Map<string, Waiting>();
  /** Losses since the last gap event, by instrument. */
  readonly #losses = new Map<string, { venue: string; symbol: string; count: number }>();
  /** Numbers left out since the last message, by instrument. */
  readonly #skipped = new Map<string, number>();
  #counters = { conflated: 0, dropped: 0, unsayable: 0 };

  constructor(options: { readonly waitingMax?: number } = {}) {
    this.#waitingMax = options.waitingMax ?? WAITING_MAX;
  }

  get counters(): OutboxCounters {
    return this.#counters;
  }

  get waiting(): number {
    return this.#live;
  }

  /** False: there was no room, the event is given up. */
  add(venue: string, event: NumberedEvent): boolean {
    const key = `${venue} ${event.symbol}`;
    if (event.kind === 'quote') this.#replaceQuote(key);
    else if (event.kind !== 'gap' && this.#live >= this.#waitingMax) {
      this.#counters.dropped += 1;
      const loss = this.#losses.get(key);
      if (loss === undefined) this.#losses.set(key, { venue, symbol: event.symbol, count: 1 });
      else loss.count += 1;
      return false;
    }
    const waiting: Waiting = { key, venue, event, skipped: 0 };
    this.#waiting.push(waiting);
    this.#live += 1;
    if (this.#waiting.length > 2 * this.#live + EMPTY_MAX) this.#closeUp();
    if (event.kind === 'quote') this.#quotes.set(key, waiting);
    return true;
  }

  /** A number that is not for the bus: readers are told that nothing is missing. */
  leaveOut(venue: string, symbol: string): void {
    this.#waiting.push({ key: `${venue} ${symbol}`, venue, event: undefined, skipped: 0 });
  }

  /** Takes the instruments that lost something since the last call; each needs a gap, a snapshot and a resync. */
  takeLosses(): Loss[] {
    if (this.#losses.size === 0 || this.#live >= this.#waitingMax) return [];
    const losses = [...this.#losses.values()];
    this.#losses.clear();
    return losses;
  }

  /** The next message to send, or undefined. */
  take(): MarketEvent | undefined {
    while (this.#head < this.#waiting.length) {
      const waiting = this.#waiting[this.#head] as Waiting;
      this.#head += 1;
      const { key, venue, event, skipped } = waiting;
      if (skipped > 0) this.#skip(key, skipped);
      if (event !== undefined) {
        this.#live -= 1;
        if (this.#quotes.get(key) === waiting) this.#quotes.delete(key);
        const message = this.#complete(key, venue, event);
        if (message !== undefined) return message;
        this.#counters.unsayable += 1;
      }
      this.#skip(key, 1);
    }
    this.#waiting = [];
    this.#head = 0;
    return undefined;
  }

  #skip(key: string, count: number): void {
    this.#skipped.set(key, (this.#skipped.get(key) ?? 0) + count);
  }

  #replaceQuote(key: string): void {
    const older = this.#quotes.get(key);
    if (older === undefined) return;
    older.event = undefined;
    this.#live -= 1;
    this.#counters.conflated += 1;
  }

  #complete(key: string, venue: string, event: NumberedEvent): MarketEvent | undefined {
    const body = wireEvent(event);
    if (body === undefined) return undefined;
    const skipped = this.#skipped.get(key);
    this.#skipped.delete(key);
    const { seq, tsInit } = event;
    const head = { version: 1, venue, seq, ...(skipped === undefined ? {} : { skipped }), tsInit } as const;
    return { ...head, ...body };
  }

  /** Gives back the places of what was taken and of what is left out; the numbers go to the next event of theirs. */
  #closeUp(): void {
    const skipped = new Map<string, number>();
    const last = new Map<string, Waiting>();
    for (const waiting of this.#waiting) last.set(waiting.key, waiting);
    this.#waiting = this.#waiting.slice(this.#head).filter((waiting) => {
      const before = (skipped.get(waiting.key) ?? 0) + waiting.skipped;
      const isKept = waiting.event !== undefined || last.get(waiting.key) === waiting;
      skipped.set(waiting.key, isKept ? 0 : before + 1);
      waiting.skipped = isKept ? before : 0;
      return isKept;
    });
    this.#head = 0;
  }
}
