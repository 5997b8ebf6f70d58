import type { Side, TimeInForce } from '@portcullis/contracts';
import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { ExactQuote, InstrumentRules } from '@portcullis/market';

/**
 * Where a working order stands for its strategy. `PENDING`: the gate has not answered. `APPROVED`: the bridge has not
 * told of it yet. `UNRESOLVED`: it may or may not live at the venue, so it counts as working at full size.
 */
export type WorkingStatus = 'PENDING' | 'APPROVED' | 'SUBMITTED' | 'ACCEPTED' | 'PARTIALLY_FILLED' | 'UNRESOLVED';

export interface WorkingOrder {
  readonly clientOrderId: string;
  readonly intentId: string;
  readonly side: Side;
  /** Absent for market orders. */
  readonly price: PriceTicks | undefined;
  readonly quantity: QuantityLots;
  /** What may still be filled. */
  readonly remaining: QuantityLots;
  readonly status: WorkingStatus;
  /** A cancel was asked for; until there is evidence the order works on. */
  readonly cancelRequested: boolean;
}

/** An order that a strategy wants, in the instrument's increments. */
export interface OrderRequest {
  readonly side: Side;
  readonly type: 'limit' | 'market';
  /** GTC unless it says otherwise. */
  readonly timeInForce?: TimeInForce;
  /** Refused by the venue instead of taking liquidity; only for GTC limit orders. */
  readonly postOnly?: boolean;
  /** Refused instead of growing or flipping the position. */
  readonly reduceOnly?: boolean;
  readonly quantity: QuantityLots;
  /** Limit price; absent for market orders. */
  readonly price?: PriceTicks;
}

/** What a handler sees of the world, and the only way it acts on it. Valid during the call that got it. */
export interface StrategyContext {
  /** Time of the run in microseconds since the epoch; it never goes back. */
  readonly now: number;
  readonly instrument: InstrumentRules;
  /** Signed: above zero long, below zero short. */
  readonly position: QuantityLots;
  /** The last quote; undefined while the market is not known (before the first, and after a gap). */
  readonly quote: ExactQuote | undefined;
  readonly workingOrders: readonly WorkingOrder[];
  /** Whether {@link submit} makes intents now: false while the run is killed or stopping. */
  readonly maySubmit: boolean;
  /**
   * Asks for an order: it becomes an intent, which the gate approves or denies. Returns the intent's id, or undefined
   * while the run may not submit. Throws on a request that can never be an order; that counts as the strategy's error.
   */
  submit(order: OrderRequest): string | undefined;
  /** Asks to cancel a working order of this run; asking again before there is evidence changes nothing. */
  cancel(clientOrderId: string): void;
  log(message: string): void;
}

/** The context together with the strategy's own parameters. */
export type Context<P> = StrategyContext & { readonly parameters: P };
