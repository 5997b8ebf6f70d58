import type { MarketGap } from '@portcullis/contracts';
import { type PriceTicks, assert } from '@portcullis/kernel';
import { type InstrumentRules, parsePrice } from '@portcullis/market';

/** The best prices of an instrument as the gate last saw them. */
export interface Mark {
  readonly bid: PriceTicks;
  readonly ask: PriceTicks;
  /** The venue's time. */
  readonly tsEvent: number;
  /** When it arrived here. */
  readonly at: number;
}

/** The gate's own view of the market, independent of what strategies say they saw. */
export class MarketView {
  readonly #marks = new Map<string, Mark>();
  readonly #gaps = new Map<string, MarketGap['reason']>();

  /** Takes a mark; prices off the tick size or on an empty side leave none, because then there is no price to judge by. */
  mark(
    rules: InstrumentRules,
    mark: { readonly bid: string; readonly ask: string; readonly tsEvent: number; readonly at: number },
  ): void {
    const bid = parsePrice(rules, mark.bid);
    const ask = parsePrice(rules, mark.ask);
    if (!bid.ok || !ask.ok || bid.value <= 0 || ask.value <= 0) {
      this.#marks.delete(rules.id);
      return;
    }
    this.#marks.set(rules.id, { bid: bid.value, ask: ask.value, tsEvent: mark.tsEvent, at: mark.at });
  }

  /** A hole makes the last mark worthless; after a resync a new one has to come first. */
  gap(instrument: string, reason: MarketGap['reason']): void {
    this.#marks.delete(instrument);
    if (reason === 'resync') this.#gaps.delete(instrument);
    else this.#gaps.set(instrument, reason);
  }

  markOf(instrument: string): Mark | undefined {
    return this.#marks.get(instrument);
  }

  gapOf(instrument: string): MarketGap['reason'] | undefined {
    return this.#gaps.get(instrument);
  }
}

/**
 * Distance of `value` from `reference` in basis points, rounded up, so that a limit of n passes n exactly and nothing
 * above it. Both in the same unit; the reference above zero.
 */
export function basisPointsApart(value: bigint, reference: bigint): bigint {
  assert(reference > 0n, 'the reference price is not above zero');
  const apart = value < reference ? reference - value : value - reference;
  return (apart * 10_000n + reference - 1n) / reference;
}
