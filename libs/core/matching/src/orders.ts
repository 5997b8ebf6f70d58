import type { PriceTicks, QuantityLots } from '@portcullis/kernel';

/** The side of an order, of a level of the book, or of the aggressor of a trade. */
export type Side = 'buy' | 'sell';

export function oppositeSide(side: Side): Side {
  return side === 'buy' ? 'sell' : 'buy';
}

/**
 * How long an order works. `gtc`: until it is filled or canceled. `ioc`: what does not trade at once expires.
 * `fok`: trades its whole quantity at once, or expires untouched.
 */
export type TimeInForce = 'gtc' | 'ioc' | 'fok';

/**
 * Self-trade prevention, by the taker's mode, when its next match would be an order of its own party.
 * The modes and their meaning are those of Binance spot (NONE, EXPIRE_TAKER, EXPIRE_MAKER, EXPIRE_BOTH).
 */
export type SelfTradePrevention = 'none' | 'expire-taker' | 'expire-maker' | 'expire-both';

/** The party of the anonymous liquidity from recorded market data; no order may use its name. */
export const FLOW_PARTY = '*flow*';

/** When a stop order becomes active: a trade at or above (`rises-to`), or at or below (`falls-to`), the price. */
export interface Trigger {
  readonly price: PriceTicks;
  readonly direction: 'rises-to' | 'falls-to';
}

/** The direction in which a stop-loss or a take-profit order of `side` triggers. */
export function triggerDirection(side: Side, purpose: 'stop-loss' | 'take-profit'): Trigger['direction'] {
  return (side === 'buy') === (purpose === 'stop-loss') ? 'rises-to' : 'falls-to';
}

interface OrderIdentity {
  /** Chosen by the caller; unique among the open orders of the book. */
  readonly orderId: string;
  readonly party: string;
  readonly side: Side;
  readonly selfTradePrevention: SelfTradePrevention;
}

export interface LimitOrder extends OrderIdentity {
  readonly type: 'limit';
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
  readonly timeInForce: TimeInForce;
}

/** Rests or is rejected: it never takes (Binance: LIMIT_MAKER). */
export interface PostOnlyOrder extends OrderIdentity {
  readonly type: 'post-only';
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
}

export interface MarketOrder extends OrderIdentity {
  readonly type: 'market';
  readonly quantity: QuantityLots;
}

/** A market order by amount: it trades whole lots while their price × quantity fits what is left of `notional`. */
export interface MarketNotionalOrder extends OrderIdentity {
  readonly type: 'market-notional';
  /** In ticks × lots: the caller converts from money. */
  readonly notional: bigint;
}

/** Becomes a limit order when a trade reaches its trigger. */
export interface StopLimitOrder extends OrderIdentity {
  readonly type: 'stop-limit';
  readonly trigger: Trigger;
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
  readonly timeInForce: TimeInForce;
}

/** Becomes a market order when a trade reaches its trigger. */
export interface StopMarketOrder extends OrderIdentity {
  readonly type: 'stop-market';
  readonly trigger: Trigger;
  readonly quantity: QuantityLots;
}

/** What a party submits. To modify an order, cancel it and submit another one. */
export type NewOrder =
  LimitOrder | PostOnlyOrder | MarketOrder | MarketNotionalOrder | StopLimitOrder | StopMarketOrder;

/** An order that can stay in the book: working in a queue, or waiting for its trigger. */
export type StayingOrder = LimitOrder | PostOnlyOrder | StopLimitOrder | StopMarketOrder;

/** The state of an order that is still in the book. */
export interface OpenOrder {
  readonly order: StayingOrder;
  /** Not filled yet. */
  readonly leavesQuantity: QuantityLots;
  readonly filledQuantity: QuantityLots;
  /** `waiting` for its trigger, or `working` in a queue of the book. */
  readonly state: 'waiting' | 'working';
  /** Rises by acceptance. A triggered stop keeps the number of its acceptance. */
  readonly sequence: number;
}
