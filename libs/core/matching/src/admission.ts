import { unreachable } from '@portcullis/kernel';
import type { RejectionReason } from './events.ts';
import { ORDER_QUANTITY_MAX } from './limits.ts';
import { crosses, fitsLevel } from './matching.ts';
import { FLOW_PARTY, type NewOrder, type Trigger } from './orders.ts';
import type { BookState } from './state.ts';

/** Why the book does not take this order, or undefined when it does. */
export function rejectionOf(state: BookState, order: NewOrder): RejectionReason | undefined {
  if (order.party === FLOW_PARTY) return 'reserved-party';
  if (state.orders.has(order.orderId)) return 'duplicate-order-id';
  if (mayStay(order) && state.orders.size >= state.limits.orderCountMax) return 'order-count-max';
  switch (order.type) {
    case 'market':
      return validQuantity(order.quantity) ? undefined : 'invalid-quantity';
    case 'market-notional':
      return order.notional > 0n ? undefined : 'invalid-quantity';
    case 'limit':
    case 'post-only':
      if (!validPrice(order.price)) return 'invalid-price';
      if (!validQuantity(order.quantity)) return 'invalid-quantity';
      if (order.type === 'post-only' && crosses(state, order.side, order.price)) return 'would-take';
      return mayStay(order) && !fitsLevel(state, order) ? 'level-quantity-max' : undefined;
    case 'stop-limit':
    case 'stop-market':
      if (!validPrice(order.trigger.price)) return 'invalid-price';
      if (order.type === 'stop-limit' && !validPrice(order.price)) return 'invalid-price';
      if (!validQuantity(order.quantity)) return 'invalid-quantity';
      return isReached(order.trigger, state.lastTradePrice) ? 'would-trigger' : undefined;
    default:
      return unreachable(order);
  }
}

function mayStay(order: NewOrder): boolean {
  if (order.type === 'limit') return order.timeInForce === 'gtc';
  return order.type !== 'market' && order.type !== 'market-notional';
}

function validPrice(price: number): boolean {
  return Number.isSafeInteger(price) && price > 0;
}

function validQuantity(quantity: number): boolean {
  return Number.isSafeInteger(quantity) && quantity > 0 && quantity <= ORDER_QUANTITY_MAX;
}

function isReached(trigger: Trigger, lastTradePrice: number | null): boolean {
  if (lastTradePrice === null) return false;
  return trigger.direction === 'rises-to' ? lastTradePrice >= trigger.price : lastTradePrice <= trigger.price;
}
