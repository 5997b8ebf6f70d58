import type { MarketEvent } from '@portcullis/contracts';
import type { RunInput } from './run-input.ts';

/** Age in microseconds above which a quote or trade is history: a run that was away must not trade on its backlog. */
export const MARKET_AGE_MICROS_MAX = 5_000_000;

const UNREAD: ReadonlySet<MarketEvent['kind']> = new Set(['delta', 'bar', 'mark', 'funding']);

/**
 * The ordering guard in front of one run's journal: drops market messages that were seen or are too old, turns holes in
 * the instrument's sequence into gap inputs, and leaves out what no strategy of this form reads: book deltas, which would
 * be most of the journal, the venue's bars, mark prices and funding rates.
 */
export class MarketGuard {
  #lastSequence: number;
  #duplicates = 0;
  #gaps = 0;
  #stale = 0;

  /** `lastSequence`: of the last market input in the journal, 0 when there is none. */
  constructor(lastSequence: number) {
    this.#lastSequence = lastSequence;
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
    if (UNREAD.has(event.kind)) return inputs;
    // Of a snapshot only the news that the book is whole again is read.
    inputs.push({ type: 'market', at, event: event.kind === 'snapshot' ? { ...event, bids: [], asks: [] } : event });
    return inputs;
  }
}
