import type { Side, TimeInForce } from '@portcullis/contracts';
import type { EngineOrder } from './execution-engine.ts';

/** Where an order of ours is: on its way to the venue, there but without a market to meet yet, in the book, or over. */
export const IN_FLIGHT = 0;
export const WAITING = 1;
export const RESTING = 2;
export const ENDED = 3;
type OrderPlace = typeof IN_FLIGHT | typeof WAITING | typeof RESTING | typeof ENDED;

/** An order of ours at the venue. One shape for all of them, changed in place: it is on the hot path. */
export interface LiveOrder {
  readonly order: number;
  readonly slot: number;
  readonly side: Side;
  /** 1 to buy, -1 to sell. */
  readonly sign: number;
  readonly market: boolean;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  /** In ticks; 0 for a market order. */
  readonly price: number;
  readonly quantity: number;
  remaining: number;
  /** Microseconds; what begins before it is none of its business. */
  arrivesAt: number;
  /** Rises with every message: the order of time among orders of one price. */
  sequence: number;
  place: OrderPlace;
  accepted: boolean;
  /** Money that is blocked for it (spot), or its value among the open orders (linear). */
  reserved: bigint;
  /** Lots of others that trade before it at its price; Infinity where nobody knows. */
  ahead: number;
  /** Lots that traded at its price since the level was last shown. */
  traded: number;
}

export function liveOrder(order: EngineOrder, arrivesAt: number, sequence: number): LiveOrder {
  return {
    order: order.order,
    slot: order.slot,
    side: order.side,
    sign: order.side === 'buy' ? 1 : -1,
    market: order.type === 'market',
    timeInForce: order.timeInForce,
    postOnly: order.postOnly,
    reduceOnly: order.reduceOnly,
    price: order.type === 'market' ? 0 : (order.price ?? 0),
    quantity: order.quantity,
    remaining: order.quantity,
    arrivesAt,
    sequence,
    place: IN_FLIGHT,
    accepted: false,
    reserved: 0n,
    ahead: 0,
    traded: 0,
  };
}

/** Whether an order may stay when nothing, or not enough, can be had at once. */
export function mayStay(order: LiveOrder): boolean {
  return order.timeInForce === 'GTC';
}

/** Whether a price of the other side is one that the order would deal at. */
export function reaches(order: LiveOrder, price: number): boolean {
  return order.market || (price - order.price) * order.sign <= 0;
}
