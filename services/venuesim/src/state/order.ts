import type { Money } from '@portcullis/kernel';
import type { InstrumentRules } from '@portcullis/market';

/** Stops at the market are left out: nothing would bound what a triggered buy costs. */
export const ORDER_TYPES = ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'] as const;
export type VenueOrderType = (typeof ORDER_TYPES)[number];

export const TIMES_IN_FORCE = ['GTC', 'IOC', 'FOK'] as const;
export type VenueTimeInForce = (typeof TIMES_IN_FORCE)[number];

export const PREVENTION_MODES = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'] as const;
export type PreventionMode = (typeof PREVENTION_MODES)[number];

export type OrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED' | 'EXPIRED_IN_MATCH';

/** An order as it was accepted: all of it in the instrument's increments. */
export interface AcceptedOrder {
  readonly orderId: number;
  readonly account: string;
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly side: 'BUY' | 'SELL';
  readonly type: VenueOrderType;
  readonly timeInForce: VenueTimeInForce;
  /** Ticks; 0 where the type has no price. */
  readonly price: number;
  /** Ticks; 0 where the type has no trigger. */
  readonly stopPrice: number;
  /** Lots; 0 for orders by amount. */
  readonly quantity: number;
  /** The amount of a MARKET order by amount, else 0. */
  readonly quoteQuantity: Money;
  readonly prevention: PreventionMode;
}

/** An order and what became of it. */
export interface OrderState extends AcceptedOrder {
  /** The instrument's rules when it was accepted: its numbers are in their increments. */
  readonly rules: InstrumentRules;
  status: OrderStatus;
  /** Lots. */
  executed: number;
  /** Quote currency. */
  executedQuote: Money;
  /** What is set aside for it: quote currency for buys, base currency for sells. */
  locked: Money;
  /** Whether it is, or was, in the book rather than waiting for its trigger. */
  working: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  updatedAt: number;
  workingAt: number;
}

/** One execution of an account's order. */
export interface FillState {
  readonly rules: InstrumentRules;
  readonly tradeId: number;
  readonly orderId: number;
  readonly symbol: string;
  readonly price: number;
  readonly quantity: number;
  readonly quote: Money;
  readonly commission: Money;
  readonly commissionAsset: string;
  readonly isBuyer: boolean;
  readonly isMaker: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export function isOpen(order: Pick<OrderState, 'status'>): boolean {
  return order.status === 'NEW' || order.status === 'PARTIALLY_FILLED';
}

export function isStop(type: VenueOrderType): boolean {
  return type === 'STOP_LOSS_LIMIT' || type === 'TAKE_PROFIT_LIMIT';
}
