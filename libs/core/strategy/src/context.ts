import type { Side, TimeInForce } from '@portcullis/contracts';
import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { ExactQuote, InstrumentRules } from '@portcullis/market';

/**
 * Where a working order stands for its strategy. `PENDING`: the gate has not answered. `APPROVED`: the bridge has not
 * told of it yet. `UNRESOLVED`: it may or may not live at the venue, so it counts as working at full size.
 */
export type WorkingStatus = 'PENDING' | 'APPROVED' | 'SUBMITTED' | 'ACCEPTED' | 'PARTIALLY_FILLED' | 'UNRESOLVED';

/** The run's own number of an order: 1, 2, 3 … in the order in which its strategy asked for them. */
export type OrderNumber = number;

export interface WorkingOrder {
  readonly number: OrderNumber;
  /** Place of its instrument among those of the run. */
  readonly slot: number;
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
  /** Place of the instrument among those of the run; that of the event being handled unless it says otherwise. */
  readonly slot?: number;
  readonly side: Side;
  readonly type: 'limit' | 'market';
  /** GTC for limit orders, IOC for market orders, unless it says otherwise. */
  readonly timeInForce?: TimeInForce;
  /** Refused by the venue instead of taking liquidity; only for GTC limit orders. */
  readonly postOnly?: boolean;
  /** Refused instead of growing or flipping the position. */
  readonly reduceOnly?: boolean;
  readonly quantity: QuantityLots;
  /** Limit price; absent for market orders. */
  readonly price?: PriceTicks;
}

/** Other terms for a working order: what is absent stays as it is. */
export interface OrderChange {
  readonly price?: PriceTicks;
  /** The whole quantity, what is filled already included. */
  readonly quantity?: QuantityLots;
}

/** What a model said, as an input of the run. */
export interface MlAdvice {
  readonly model: string;
  readonly slot: number;
  /** When it was made, microseconds since the epoch. */
  readonly tsEvent: number;
  readonly direction: 'up' | 'down' | 'none';
  /** Millionths, 0 to 1,000,000. */
  readonly confidence: number;
}

/** A book as a strategy may look at it: valid during the call that got it. */
export interface BookView {
  readonly bestBid: PriceTicks | undefined;
  readonly bestAsk: PriceTicks | undefined;
  /** Levels, the best first: `[price, quantity]`, at most `depth`. */
  levels(side: Side, depth: number): readonly (readonly [PriceTicks, QuantityLots])[];
}

/** What a handler sees of the world, and the only way it acts on it. Valid during the call that got it. */
export interface StrategyContext {
  /** Time of the run in microseconds since the epoch; it never goes back. */
  readonly now: number;
  /** The instruments of the run; most have one. */
  readonly instruments: readonly InstrumentRules[];
  /** Place of the instrument that the event is of; 0 where it is of none. */
  readonly slot: number;
  readonly instrument: InstrumentRules;
  /** Position in {@link instrument}. Signed: above zero long, below zero short. */
  readonly position: QuantityLots;
  positionOf(slot: number): QuantityLots;
  /** The last quote of {@link instrument}; undefined while the market is not known (before the first, and after a gap). */
  readonly quote: ExactQuote | undefined;
  quoteOf(slot: number): ExactQuote | undefined;
  /** The book of {@link instrument}, for strategies with `onBook`; undefined while it is not whole. */
  readonly book: BookView | undefined;
  /** Orders of the run that may still be filled, of all instruments, oldest first. */
  readonly workingOrders: readonly WorkingOrder[];
  /** Whether {@link submit} makes intents now: false while the run is killed or stopping. */
  readonly maySubmit: boolean;
  /**
   * Asks for an order: it becomes an intent, which the gate approves or denies. Returns the order's number, or undefined
   * while the run may not submit. Throws on a request that can never be an order; that counts as the strategy's error.
   */
  submit(order: OrderRequest): OrderNumber | undefined;
  /** Asks to cancel a working order of this run; asking again before there is evidence changes nothing. */
  cancel(order: OrderNumber): void;
  cancelAll(): void;
  /**
   * Asks for other terms: a cancel, and once there is evidence of it a new order for what is left, through the gate as any
   * other. Does nothing when the order fills first. The new order has a number of its own.
   */
  modify(order: OrderNumber, change: OrderChange): void;
  /** The newest advice on {@link instrument}; undefined while there is none. */
  getMlAdvice(): MlAdvice | undefined;
  log(message: string): void;
}

/** The context together with what is the strategy's own. */
export interface Context<P, S = unknown, I = unknown> extends StrategyContext {
  readonly parameters: P;
  /** Plain JSON (no Map, Date, bigint or function), changed in place, bounded: a run keeps it in its snapshots. */
  readonly state: S;
  readonly indicators: I;
}
