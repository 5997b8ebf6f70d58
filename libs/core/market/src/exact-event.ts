import type { MarketGap, Side } from '@portcullis/contracts';
import type { PriceTicks } from '@portcullis/kernel';
import type { Bar } from './bars.ts';
import type { ExactQuote, ExactTrade } from './market-event.ts';
import type { DataStream } from './scaled-event.ts';

/**
 * Market events in the increments of a run's instruments: what its kernel takes, live and in replay, and what its
 * strategy is shown. `slot` is the place of the instrument among those of the run, from 0.
 */
interface Placed {
  readonly slot: number;
  readonly seq: number;
  /** Microseconds since the epoch: at the venue, and when our side made the event. */
  readonly tsEvent: number;
  readonly tsInit: number;
}

export interface QuoteInput extends Placed, ExactQuote {
  readonly kind: 'quote';
}

export interface TradeInput extends Placed, Omit<ExactTrade, 'aggressor'> {
  readonly kind: 'trade';
  readonly aggressor: Side | 'unknown';
}

/** A finished bar; `tsEvent` is its last microsecond, `end` the first after it. */
export interface BarInput extends Placed, Bar {
  readonly kind: 'bar';
}

/** Levels of one side, flat: price in ticks, quantity in lots, … A quantity of 0 removes the level. */
export type ExactLevels = readonly number[];

/** Changes of a book, or with `snapshot` all of it. */
export interface BookInput extends Placed {
  readonly kind: 'book';
  readonly snapshot: boolean;
  readonly bids: ExactLevels;
  readonly asks: ExactLevels;
}

export interface MarkInput extends Placed {
  readonly kind: 'mark';
  readonly price: PriceTicks;
}

/** The rate of a perpetual: longs pay `rate × 10^-rateScale` of their value at `nextAt`; below zero shorts pay. */
export interface FundingInput extends Placed {
  readonly kind: 'funding';
  readonly rate: number;
  readonly rateScale: number;
  /** 0 where the venue does not say: then it falls due with the event. */
  readonly nextAt: number;
}

/** A hole in what is known; `from` and `to` are 0 where unknown. */
export interface GapInput extends Placed {
  readonly kind: 'gap';
  readonly reason: MarketGap['reason'];
  readonly detail: string;
  readonly stream: DataStream | 'all';
  readonly from: number;
  readonly to: number;
}

export type MarketInput = QuoteInput | TradeInput | BarInput | BookInput | MarkInput | FundingInput | GapInput;
export type MarketInputKind = MarketInput['kind'];
