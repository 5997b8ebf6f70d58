import type { PriceTicks, QuantityLots } from '@portcullis/kernel';
import { type NewOrder, type SelfTradePrevention, type TimeInForce, triggerDirection } from '@portcullis/matching';
import { notionalTicksLots } from './funds.ts';
import type { Market } from './market.ts';
import type { AcceptedOrder } from './order.ts';

/** An order in the words of the book, for `lots` of it. */
export function bookOrder(market: Market, order: AcceptedOrder, lots: number): NewOrder {
  const side = order.side === 'BUY' ? 'buy' : 'sell';
  const identity = {
    orderId: String(order.orderId),
    party: order.account,
    side,
    selfTradePrevention: order.prevention.toLowerCase().replace('_', '-') as SelfTradePrevention,
  } as const;
  const price = order.price as PriceTicks;
  const quantity = lots as QuantityLots;
  const timeInForce = order.timeInForce.toLowerCase() as TimeInForce;
  switch (order.type) {
    case 'LIMIT':
      return { ...identity, type: 'limit', price, quantity, timeInForce };
    case 'LIMIT_MAKER':
      return { ...identity, type: 'post-only', price, quantity };
    case 'MARKET':
      return order.quoteQuantity > 0n
        ? { ...identity, type: 'market-notional', notional: notionalTicksLots(market, order.quoteQuantity) }
        : { ...identity, type: 'market', quantity };
    case 'STOP_LOSS_LIMIT':
    case 'TAKE_PROFIT_LIMIT': {
      const purpose = order.type === 'STOP_LOSS_LIMIT' ? 'stop-loss' : 'take-profit';
      const trigger = { price: order.stopPrice as PriceTicks, direction: triggerDirection(side, purpose) };
      return { ...identity, type: 'stop-limit', trigger, price, quantity, timeInForce };
    }
  }
}
