import type { MarketGap, Quote } from '@portcullis/contracts';
import { instrumentIdOf } from '@portcullis/market';
import type { GateInput } from '@portcullis/risk';

type MarkInput = Extract<GateInput, { type: 'mark' }>;

/**
 * The newest prices of each instrument that the journal does not have yet. Prices matter when an intent is judged and
 * at no other time, so they are journaled right before one, and a fast market costs nothing in between.
 */
export class ConflatedMarks {
  readonly #instruments: ReadonlySet<string>;
  readonly #pending = new Map<string, MarkInput>();
  readonly #sequences = new Map<string, number>();

  /** `instruments` bounds what is kept: prices of others are not looked at. */
  constructor(instruments: ReadonlySet<string>) {
    this.#instruments = instruments;
  }

  /** Keeps a quote that is newer than the last event of its instrument. */
  quote(quote: Quote, at: number): void {
    const instrument = instrumentIdOf(quote.venue, quote.symbol);
    if (!this.#isNew(instrument, quote.seq)) return;
    this.#pending.set(instrument, {
      type: 'mark',
      at,
      instrument,
      bid: quote.bidPrice,
      ask: quote.askPrice,
      tsEvent: quote.tsEvent,
    });
  }

  /** The input for a gap, which may not wait: after it the prices before it are worth nothing. */
  gap(gap: MarketGap, at: number): GateInput | undefined {
    const instrument = instrumentIdOf(gap.venue, gap.symbol);
    if (!this.#isNew(instrument, gap.seq)) return undefined;
    this.#pending.delete(instrument);
    return { type: 'gap', at, instrument, reason: gap.reason };
  }

  /** The newest prices of an instrument, once. */
  take(instrument: string): MarkInput | undefined {
    const mark = this.#pending.get(instrument);
    this.#pending.delete(instrument);
    return mark;
  }

  #isNew(instrument: string, seq: number): boolean {
    if (!this.#instruments.has(instrument) || seq <= (this.#sequences.get(instrument) ?? -1)) return false;
    this.#sequences.set(instrument, seq);
    return true;
  }
}
