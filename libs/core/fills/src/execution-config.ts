import type { Money } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';

/**
 * How orders meet recorded data. On bars: `next-open` (a market order fills at the open of the next bar), `worst-of`
 * (at the worst price of the next bar for its side), `limit-touch` (as next-open, and limits fill when a bar trades
 * through or at their price). `quotes`: against the best bid and ask. `trades`: against the tape. `book`: against the
 * levels of an L2 book.
 */
export const FILL_MODELS = ['next-open', 'worst-of', 'limit-touch', 'quotes', 'trades', 'book'] as const;
export type FillModel = (typeof FILL_MODELS)[number];

/** Microseconds that messages take. Market data to us; orders, cancels to the venue; its answers to us. */
export interface Latency {
  readonly feedMicros: number;
  readonly orderMicros: number;
  readonly cancelMicros: number;
  readonly answerMicros: number;
  /** Up to so much more on each, drawn from the run's seed. */
  readonly jitterMicros: number;
}

/** Where a resting limit stands in the queue of its price: before all, behind all that was there, or in proportion. */
export const QUEUE_MODELS = ['front', 'back', 'proportional'] as const;
export type QueueModel = (typeof QUEUE_MODELS)[number];

/** What a taking order pays beyond the recorded price. */
export type Slippage =
  | { readonly kind: 'none' }
  /** Hundredths of a percent of the price, rounded up to a tick against us. */
  | { readonly kind: 'basis-points'; readonly basisPoints: number }
  /** Ticks against us. */
  | { readonly kind: 'ticks'; readonly ticks: number }
  /** Square-root impact: `coefficientBps × sqrt(quantity / volume shown)`, volume of the bar, quote or trade. */
  | { readonly kind: 'square-root'; readonly coefficientBps: number };

/** One rung of a venue's fee schedule: from this traded value (quote currency, 30 days) on. Rates in 10^-8 of the value. */
export interface FeeTier {
  readonly volumeFrom: Money;
  /** Below zero: a rebate. */
  readonly makerRate: number;
  readonly takerRate: number;
}

/** An instrument of a replay with what a venue charges and lends on it. */
export interface TradedInstrument {
  readonly rules: InstrumentRules;
  /** `spot`: bought with what is there. `linear`: a perpetual settled in the quote currency. */
  readonly contract: 'spot' | 'linear';
  /** Sorted by `volumeFrom`, the first from 0. */
  readonly fees: readonly FeeTier[];
  /** Currency that fees are taken in. `received`: base when buying, quote when selling, as spot venues do. */
  readonly feeCurrency: 'quote' | 'received';
  /** Margin of a linear perpetual in 10^-6 of the position's value; 1,000,000 without leverage. */
  readonly initialMargin: number;
  readonly maintenanceMargin: number;
  /** What a liquidation costs beside its slippage, in 10^-6 of the value that is closed; all of the maintenance margin when left out. */
  readonly liquidationFee?: number;
}

export interface ExecutionConfig {
  readonly model: FillModel;
  readonly latency: Latency;
  readonly queue: QueueModel;
  readonly slippage: Slippage;
  /**
   * The most of what trades that our orders can have, in 10^-6 of the volume of the bar, quote or trade; 0 for no bound.
   * What is not filled waits for the next event (GTC) or expires (IOC).
   */
  readonly participationMax: number;
  readonly seed: string;
}
