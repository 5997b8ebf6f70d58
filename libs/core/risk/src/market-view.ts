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

/** The gate's own view of one instrument's market. The mark that it shows is the living one: it changes with the next. */
export class InstrumentMarket implements Mark {
  #isMarked = false;
  #bid = 0 as PriceTicks;
  #ask = 0 as PriceTicks;
  #tsEvent = 0;
  #at = 0;
  #gap: MarketGap['reason'] | undefined;

  /** Takes a mark; an empty side leaves none, because then there is no price to judge by. */
  take({ bid, ask, tsEvent, at }: Mark): void {
    this.#isMarked = bid > 0 && ask > 0;
    this.#bid = bid;
    this.#ask = ask;
    this.#tsEvent = tsEvent;
    this.#at = at;
  }

  forget(): void {
    this.#isMarked = false;
  }

  /** A hole makes the last mark worthless; after a resync a new one has to come first. */
  hole(reason: MarketGap['reason']): void {
    this.#isMarked = false;
    this.#gap = reason === 'resync' ? undefined : reason;
  }

  get mark(): Mark | undefined {
    return this.#isMarked ? this : undefined;
  }

  get gap(): MarketGap['reason'] | undefined {
    return this.#gap;
  }

  get bid(): PriceTicks {
    return this.#bid;
  }

  get ask(): PriceTicks {
    return this.#ask;
  }

  get tsEvent(): number {
    return this.#tsEvent;
  }

  get at(): number {
    return this.#at;
  }
}

/** The gate's own view of the market, independent of what strategies say they saw. */
export class MarketView {
  readonly #markets = new Map<string, InstrumentMarket>();

  /** Takes a mark; prices off the tick size leave none. */
  mark(
    rules: InstrumentRules,
    mark: { readonly bid: string; readonly ask: string; readonly tsEvent: number; readonly at: number },
  ): void {
    const bid = parsePrice(rules, mark.bid);
    const ask = parsePrice(rules, mark.ask);
    let market = this.#markets.get(rules.id);
    if (market === undefined) this.#markets.set(rules.id, (market = new InstrumentMarket()));
    if (!bid.ok || !ask.ok) return market.forget();
    market.take({ bid: bid.value, ask: ask.value, tsEvent: mark.tsEvent, at: mark.at });
  }

  gap(instrument: string, reason: MarketGap['reason']): void {
    // After a resync there is nothing to know of a market, which need not be one that we trade, until its next mark.
    if (reason === 'resync') {
      this.#markets.delete(instrument);
      return;
    }
    let market = this.#markets.get(instrument);
    if (market === undefined) this.#markets.set(instrument, (market = new InstrumentMarket()));
    market.hole(reason);
  }

  of(instrument: string): InstrumentMarket | undefined {
    return this.#markets.get(instrument);
  }
}

/** Up to here 10,000 times a number is a safe integer. */
const PLAIN_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 10_000);

/** Whether `price` is more than `basisPoints` (whole, at most 10,000) from the middle of the mark, on either side; exact. */
export function isOutsideCollar(basisPoints: number, price: PriceTicks, mark: Mark): boolean {
  // Twice the price against bid plus ask, so that the middle of an odd spread stays exact.
  const middleTwice = mark.bid + mark.ask;
  const apart = Math.abs(2 * price - middleTwice);
  if (apart <= PLAIN_MAX && middleTwice <= PLAIN_MAX) return apart * 10_000 > basisPoints * middleTwice;
  return collarBasisPoints(price, mark) > BigInt(basisPoints);
}

/** Distance of `price` from the middle of the mark in basis points, rounded up. */
export function collarBasisPoints(price: PriceTicks, { bid, ask }: Mark): bigint {
  return basisPointsApart(2n * BigInt(price), BigInt(bid) + BigInt(ask));
}

/** Whether the spread is more than `basisPoints` (whole, at most 10,000) of the middle of the mark; exact. */
export function isWiderThan(basisPoints: number, mark: Mark): boolean {
  const middleTwice = mark.bid + mark.ask;
  const spreadTwice = 2 * (mark.ask - mark.bid);
  if (spreadTwice <= PLAIN_MAX && middleTwice <= PLAIN_MAX) return spreadTwice * 10_000 > basisPoints * middleTwice;
  return spreadBasisPoints(mark) > BigInt(basisPoints);
}

/** The spread of a mark that is not crossed, in basis points of its middle, rounded up. */
export function spreadBasisPoints({ bid, ask }: Mark): bigint {
  const middleTwice = BigInt(bid) + BigInt(ask);
  return basisPointsApart(middleTwice + 2n * (BigInt(ask) - BigInt(bid)), middleTwice);
}

/**
 * Distance of `value` from `reference` in basis points, rounded up, so that a limit of n passes n exactly and nothing
 * above it. Both in the same unit; the reference above zero.
 */
function basisPointsApart(value: bigint, reference: bigint): bigint {
  assert(reference > 0n, 'the reference price is not above zero');
  const apart = value < reference ? reference - value : value - reference;
  return (apart * 10_000n + reference - 1n) / reference;
}
