import type { MarketEvent } from '@portcullis/contracts';
import type { VenueMarketEvent } from '@portcullis/venues';

/** Messages that wait for room on the bus: minutes of one busy instrument while the server restarts. */
export const WAITING_MAX = 20_000;

interface Waiting {
  readonly event: VenueMarketEvent;
  readonly receivedMicros: number;
}

export interface OutboxCounters {
  /** Quotes that a newer one replaced before they could be sent. */
  readonly conflated: number;
  /** Trades, deltas and snapshots given up because too many waited. */
  readonly dropped: number;
}

/**
 * What waits for the bus. Quotes are conflated: only the newest of an instrument waits, behind everything else.
 * Nothing else is lost silently: what does not fit is counted and told by a gap event of its instrument.
 */
export class Outbox {
  readonly #venue: string;
  readonly #waitingMax: number;
  readonly #waiting: Waiting[] = [];
  readonly #quotes = new Map<string, Waiting>();
  /** Messages dropped since the last gap event, by symbol. */
  readonly #dropped = new Map<string, number>();
  readonly #sequences = new Map<string, number>();
  readonly #firstSequence: number;
  #counters = { conflated: 0, dropped: 0 };

  /** `firstSequence`: above every sequence of an earlier process, so the microsecond of the start. */
  constructor(options: { readonly venue: string; readonly firstSequence: number; readonly waitingMax?: number }) {
    this.#venue = options.venue;
    this.#firstSequence = options.firstSequence;
    this.#waitingMax = options.waitingMax ?? WAITING_MAX;
  }

  get counters(): OutboxCounters {
    return this.#counters;
  }

  get waiting(): number {
    return this.#waiting.length + this.#quotes.size;
  }

  add(event: VenueMarketEvent, receivedMicros: number): void {
    if (event.kind === 'quote') {
      if (this.#quotes.has(event.symbol)) this.#counters.conflated += 1;
      this.#quotes.set(event.symbol, { event, receivedMicros });
    } else if (this.#waiting.length < this.#waitingMax || event.kind === 'gap') {
      this.#waiting.push({ event, receivedMicros });
    } else {
      this.#counters.dropped += 1;
      this.#dropped.set(event.symbol, (this.#dropped.get(event.symbol) ?? 0) + 1);
    }
  }

  /** Takes the instruments that lost something since the last call; each needs a gap, a snapshot and a resync. */
  takeLosses(): { readonly symbol: string; readonly count: number }[] {
    if (this.#waiting.length >= this.#waitingMax) return [];
    const losses = [...this.#dropped].map(([symbol, count]) => ({ symbol, count }));
    this.#dropped.clear();
    return losses;
  }

  /** The next message to send, complete, or undefined. */
  take(): MarketEvent | undefined {
    const next = this.#waiting.shift() ?? this.#takeQuote();
    return next === undefined ? undefined : this.#complete(next);
  }

  #takeQuote(): Waiting | undefined {
    for (const [symbol, quote] of this.#quotes) {
      this.#quotes.delete(symbol);
      return quote;
    }
    return undefined;
  }

  #complete({ event, receivedMicros }: Waiting): MarketEvent {
    const seq = (this.#sequences.get(event.symbol) ?? this.#firstSequence - 1) + 1;
    this.#sequences.set(event.symbol, seq);
    return { version: 1, venue: this.#venue, seq, tsInit: receivedMicros, ...event };
  }
}
