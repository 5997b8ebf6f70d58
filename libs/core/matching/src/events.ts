import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import type { NewOrder, Side } from './orders.ts';

/** Why a command was rejected; nothing changed. */
export const REJECTION_REASONS = {
  'invalid-price': 'a price is not a positive safe integer',
  'invalid-quantity': 'a quantity or a notional is not positive, or a quantity is more than ORDER_QUANTITY_MAX',
  'reserved-party': 'the party has the name of the anonymous flow',
  'duplicate-order-id': 'an open order has this id',
  'order-count-max': 'the book holds as many open orders as it may, and this order could stay',
  'level-quantity-max': 'the orders of all parties at this price would exceed LEVEL_QUANTITY_MAX',
  'would-take': 'a post-only order would match at once',
  'would-trigger': 'the last trade price already satisfies the trigger',
} as const;
export type RejectionReason = keyof typeof REJECTION_REASONS;

/** Why the book itself ended what was left of an accepted order. */
export const EXPIRY_REASONS = {
  ioc: 'nothing (more) could be traded at once within the limit price',
  fok: 'not all of the quantity could be traded at once within the limit price',
  'no-liquidity': 'a market order found nothing (more) to trade with',
  'notional-below-lot': 'the notional of a market order does not pay for one lot at the best price',
  'self-trade': 'self-trade prevention: the other order is named by `counterOrderId`',
  'level-quantity-max':
    'when it was triggered, the orders of all parties at its price would have exceeded LEVEL_QUANTITY_MAX',
} as const;
export type ExpiryReason = keyof typeof EXPIRY_REASONS;

/** The order is in: it may trade, rest, wait or expire in the events that follow. */
export interface OrderAccepted {
  readonly kind: 'accepted';
  readonly order: NewOrder;
}

export interface OrderRejected {
  readonly kind: 'rejected';
  readonly orderId: string;
  readonly party: string;
  readonly reason: RejectionReason;
}

/** One execution, at the maker's price. Ids of the flow are null, and its party is `FLOW_PARTY`. */
export interface TradeExecuted {
  readonly kind: 'trade';
  /** Rises by one with each trade of the book. */
  readonly tradeId: number;
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
  readonly takerSide: Side;
  readonly takerOrderId: string | null;
  readonly takerParty: string;
  /** What is left of the taker after this trade; null for the flow and for orders by notional. */
  readonly takerLeaves: QuantityLots | null;
  readonly makerOrderId: string | null;
  readonly makerParty: string;
  /** What is left of the maker after this trade; null for the flow. */
  readonly makerLeaves: QuantityLots | null;
}

/** The end of an order that traded all it wanted. `quantity` is the sum over its trades. */
export interface OrderFilled {
  readonly kind: 'filled';
  readonly orderId: string;
  readonly party: string;
  readonly quantity: QuantityLots;
}

/** The end of an order on request. */
export interface OrderCanceled {
  readonly kind: 'canceled';
  readonly orderId: string;
  readonly party: string;
  readonly leavesQuantity: QuantityLots;
}

/** A cancel found no open order with this id. */
export interface CancelRejected {
  readonly kind: 'cancel-rejected';
  readonly orderId: string;
  readonly reason: 'unknown-order';
}

/** The end of an order by the rules of the book. */
export interface OrderExpired {
  readonly kind: 'expired';
  readonly orderId: string;
  readonly party: string;
  readonly reason: ExpiryReason;
  /** What was left; null for orders by notional. */
  readonly leavesQuantity: QuantityLots | null;
  /** The order of the same party that it would have traded with; null unless the reason is `self-trade`. */
  readonly counterOrderId: string | null;
}

/** A stop order became active. Its trades or its end follow. */
export interface OrderTriggered {
  readonly kind: 'triggered';
  readonly orderId: string;
  readonly party: string;
}

/**
 * What happened, in order. Each accepted order ends by exactly one of `filled`, `canceled` and `expired`;
 * a fill that is not followed by one of them was partial.
 */
export type BookEvent =
  | OrderAccepted
  | OrderRejected
  | TradeExecuted
  | OrderFilled
  | OrderCanceled
  | CancelRejected
  | OrderExpired
  | OrderTriggered;
