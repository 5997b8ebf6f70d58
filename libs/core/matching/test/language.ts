import { type PriceTicks, type QuantityLots, priceTicks, quantityLots } from '@portcullis/kernel';
import {
  type BookEvent,
  type BookLevel,
  FLOW_PARTY,
  type NewOrder,
  OrderBook,
  type SelfTradePrevention,
  type Side,
  type TimeInForce,
  type Trigger,
} from '../src/index.ts';

/** Who submits, when it is not the party named after the first letter of the order id. */
interface Submitter {
  readonly party?: string;
  readonly prevent?: SelfTradePrevention;
}

function identity(orderId: string, side: Side, { party, prevent }: Submitter) {
  return { orderId, party: party ?? orderId.slice(0, 1), side, selfTradePrevention: prevent ?? 'none' };
}

export const ticks = (value: number): PriceTicks => priceTicks(value);
export const lots = (value: number): QuantityLots => quantityLots(value);

/** An order of the party that the first letter of its id names: `limit('a1', 'buy', 5, 100)` is of party `a`. */
export function limit(
  orderId: string,
  side: Side,
  quantity: number,
  price: number,
  more: Submitter & { readonly timeInForce?: TimeInForce } = {},
): NewOrder {
  const timeInForce = more.timeInForce ?? 'gtc';
  return {
    ...identity(orderId, side, more),
    type: 'limit',
    quantity: lots(quantity),
    price: ticks(price),
    timeInForce,
  };
}

export function postOnly(orderId: string, side: Side, quantity: number, price: number, more: Submitter = {}): NewOrder {
  return { ...identity(orderId, side, more), type: 'post-only', quantity: lots(quantity), price: ticks(price) };
}

export function market(orderId: string, side: Side, quantity: number, more: Submitter = {}): NewOrder {
  return { ...identity(orderId, side, more), type: 'market', quantity: lots(quantity) };
}

export function marketNotional(orderId: string, side: Side, notional: bigint, more: Submitter = {}): NewOrder {
  return { ...identity(orderId, side, more), type: 'market-notional', notional };
}

export function stopMarket(
  orderId: string,
  side: Side,
  quantity: number,
  trigger: Trigger,
  more: Submitter = {},
): NewOrder {
  return { ...identity(orderId, side, more), type: 'stop-market', quantity: lots(quantity), trigger };
}

export function stopLimit(
  orderId: string,
  side: Side,
  quantity: number,
  more: Submitter & { readonly trigger: Trigger; readonly price: number; readonly timeInForce?: TimeInForce },
): NewOrder {
  return {
    ...identity(orderId, side, more),
    type: 'stop-limit',
    quantity: lots(quantity),
    price: ticks(more.price),
    trigger: more.trigger,
    timeInForce: more.timeInForce ?? 'gtc',
  };
}

export const risesTo = (price: number): Trigger => ({ price: ticks(price), direction: 'rises-to' });
export const fallsTo = (price: number): Trigger => ({ price: ticks(price), direction: 'falls-to' });

/** A book in which `orders` were submitted already. */
export function givenBook(...orders: readonly NewOrder[]): OrderBook {
  const book = OrderBook.empty();
  for (const order of orders) book.submit(order);
  return book;
}

/** One line per event, for example `trade 1: 5@100 b1 buys from a1, left 0 and 3`. */
export function told(events: readonly BookEvent[]): string[] {
  return events.map(tell);
}

function tell(event: BookEvent): string {
  switch (event.kind) {
    case 'accepted':
      return `accepted ${event.order.orderId}`;
    case 'rejected':
    case 'cancel-rejected':
      return `${event.kind} ${event.orderId}: ${event.reason}`;
    case 'trade': {
      const verb = event.takerSide === 'buy' ? 'buys from' : 'sells to';
      const taker = event.takerOrderId ?? flowName(event.takerParty);
      const maker = event.makerOrderId ?? flowName(event.makerParty);
      const left = `${event.takerLeaves ?? '?'} and ${event.makerLeaves ?? '?'}`;
      return `trade ${event.tradeId}: ${event.quantity}@${event.price} ${taker} ${verb} ${maker}, left ${left}`;
    }
    case 'filled':
      return `filled ${event.orderId} ${event.quantity}`;
    case 'canceled':
      return `canceled ${event.orderId}, left ${event.leavesQuantity}`;
    case 'expired': {
      const counter = event.counterOrderId === null ? '' : ` with ${event.counterOrderId}`;
      return `expired ${event.orderId}: ${event.reason}${counter}, left ${event.leavesQuantity ?? '?'}`;
    }
    case 'triggered':
      return `triggered ${event.orderId}`;
  }
}

function flowName(party: string): string {
  return party === FLOW_PARTY ? 'flow' : `an order without id of ${party}`;
}

/** The whole depth as `quantity@price`, best first. */
export function depthOf(book: OrderBook): { bids: string[]; asks: string[] } {
  const { bids, asks } = book.depth(Infinity);
  const text = (level: BookLevel): string => `${level.quantity}@${level.price}`;
  return { bids: bids.map(text), asks: asks.map(text) };
}
