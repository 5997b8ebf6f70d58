import type { Side, TimeInForce } from '@portcullis/contracts';
import type { Money, PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { MarketInput } from '@portcullis/market';
import type { ExecutionConfig, TradedInstrument } from './execution-config.ts';

/** An approved order on its way to the recorded market. */
export interface EngineOrder {
  /** The run's own number of it. */
  readonly order: number;
  readonly slot: number;
  readonly side: Side;
  readonly type: 'limit' | 'market';
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly quantity: QuantityLots;
  readonly price: PriceTicks | undefined;
}

/** What the recorded market does to our orders. `at` is when it reaches us, microseconds; news never overtake each other. */
export type EngineNews =
  | {
      readonly kind: 'order';
      readonly at: number;
      readonly order: number;
      readonly status: 'ACCEPTED';
      readonly reason: '';
    }
  | {
      readonly kind: 'order';
      readonly at: number;
      readonly order: number;
      readonly status: 'CANCELED' | 'EXPIRED' | 'REJECTED';
      readonly reason: string;
    }
  | {
      readonly kind: 'fill';
      readonly at: number;
      /** 0 for a liquidation, which no order of ours asked for. */
      readonly order: number;
      readonly slot: number;
      readonly tradeId: string;
      readonly side: Side;
      readonly price: PriceTicks;
      readonly quantity: QuantityLots;
      readonly fee: Money;
      readonly feeCurrency: string;
      readonly liquidity: 'maker' | 'taker';
    }
  | {
      readonly kind: 'cash';
      readonly at: number;
      readonly slot: number;
      readonly currency: string;
      readonly amount: Money;
      readonly reason: 'funding' | 'liquidation-fee';
    };

/**
 * The venue of one replay: it holds our orders, lets recorded market events meet them, and tells what came of it. A
 * pure state machine of its own; nothing of one run reaches another. Balances, margin and positions at the venue are
 * kept inside, so that it can reject what the account cannot pay, fund perpetuals and liquidate.
 */
export interface ExecutionEngine {
  /**
   * True when nothing can come of market events, nor has to be remembered of them: {@link market} may be skipped. That is
   * on bars of spot instruments while no order is open; other models keep the last price, and perpetuals their marks.
   */
  readonly idle: boolean;
  /** An order leaves us at `at`. It arrives after the latency. */
  submit(order: EngineOrder, at: number): void;
  cancel(order: number, at: number): void;
  /**
   * Lets the venue live through a market event, everything due before it first. Times never fall. Events are kept by
   * reference while they are needed: do not change them. Of a bar the open is dealt at `start`; its end falls due at
   * `tsEvent`, so that orders sent in answer to the open come before it.
   */
  market(event: MarketInput): void;
  /** Lets time pass without a market event, up to and including `at`. */
  advance(at: number): void;
  /** News that reach us at or before `at`, in order; each is given out once. */
  takeNews(at: number): readonly EngineNews[];
  /** When the next news reach us; Infinity when none are on their way. */
  readonly nextNewsAt: number;
  /**
   * When the venue next has something to do without a market event: an order or a cancel of ours that is on its way
   * arrives, funding falls due, or a bar of which only the open was dealt ends. Infinity when nothing is. A replay
   * advances to it before anything later happens, so that what comes of it and what the strategy answers stay in the
   * order of time.
   */
  readonly nextDueAt: number;
  /** What the account holds by currency, what is blocked by orders included. Linear perpetuals move it when a position closes. */
  readonly balances: ReadonlyMap<string, Money>;
  readonly counters: ExecutionCounters;
  /** All of its state as JSON text. */
  snapshot(): string;
  /** Takes a snapshot of an engine of the same options back. Throws for any other text. */
  restore(snapshot: string): void;
}

/** What a replay's venue met, for its report. */
export interface ExecutionCounters {
  /** Market events that were left out: a price of zero, not a number, a level without a quantity. */
  readonly malformed: number;
  /** Quotes and books whose bid was not below their ask; nothing was matched against them. */
  readonly crossed: number;
  /** Changes of a book that had no snapshot, or none since a gap. */
  readonly untrusted: number;
  readonly fills: number;
  readonly rejected: number;
  readonly liquidations: number;
}

export interface ExecutionOptions {
  readonly config: ExecutionConfig;
  readonly instruments: readonly TradedInstrument[];
  /** Money at the start by currency. `unlimited`: orders are never rejected for want of it. */
  readonly balances: ReadonlyMap<string, Money> | 'unlimited';
}
