import type { MarketEvent } from '@portcullis/contracts';
import type { RunInput } from './run-input.ts';

/** Age in microseconds above which a quote or trade is history: a run that was away must not trade on its backlog. */
export const MARKET_AGE_MICROS_MAX = 5_000_000;

/** What a run's strategy reads besides quotes and trades. */
export interface MarketReads {
  /** The venue's bars. */
  readonly bars: boolean;
  /** Book deltas and the levels of book snapshots: they would be most of the journal. */
  readonly book: boolean;
}

/**
 * The ordering guard in front of one run's journal: drops market messages that were seen or are too old, turns holes in
 * the instrument's sequence into gap inputs, and leaves out what the run does not read. No live run reads mark prices and
 * funding rates.
 */
export class MarketGuard {
  readonly #unread: ReadonlySet<MarketEvent['kind']>;
  readonly #readsBook: boolean;
  #lastSequence: number;
  #duplicates = 0;
  #gaps = 0;
  #stale = 0;

  /** `lastSequence`: of the last market input in the journal, 0 when there is none. */
  constructor(lastSequence: number, reads: MarketReads = { bars: false, book: false }) {
    this.#lastSequence = lastSequence;
    this.#readsBook = reads.book;
    this.#unread = new Set([
      ...(['mark', 'funding'] as const),
      ...(reads.bars ? [] : (['bar'] as const)),
      ...(reads.book ? [] : (['delta'] as const)),
    ]);
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  get gaps(): number {
    return this.#gaps;
  }

  /** Messages left out for their age. */
  get stale(): number {
    return this.#stale;
  }

  /** The inputs that a market message becomes, none for a duplicate. */
  inputsOf(event: MarketEvent, at: number): RunInput[] {
    const last = this.#lastSequence;
    if (event.seq <= last) {
      this.#duplicates += 1;
      return [];
    }
    if (at - event.tsInit > MARKET_AGE_MICROS_MAX && event.kind !== 'gap' && event.kind !== 'snapshot') {
      // The sequence stays where it was, so that the first fresh message tells of the hole.
      this.#stale += 1;
      return [];
    }
    this.#lastSequence = event.seq;
    const inputs: RunInput[] = [];
    // Left out on purpose is not lost.
    if (last !== 0 && event.seq > last + 1 + (event.skipped ?? 0)) {
      this.#gaps += 1;
      inputs.push({ type: 'gap', at, expected: last + 1, got: event.seq });
    }
    if (this.#unread.has(event.kind)) return inputs;
    // Where nobody reads the book, of a snapshot the news that it is whole again is kept.
    const isNewsAlone = event.kind === 'snapshot' && !this.#readsBook;
    inputs.push({ type: 'market', at, event: isNewsAlone ? { ...event, bids: [], asks: [] } : event });
    return inputs;
  }
}
