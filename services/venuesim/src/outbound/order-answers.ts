import { ZERO_TEXT, amountText, priceText, quantityText } from '../state/amounts.ts';
import { type FillState, type OrderState, isStop } from '../state/order.ts';

export type Answer = Record<string, unknown>;

function origQuantity(order: OrderState): string {
  // An order by amount shows what it turned out to trade.
  return quantityText(order.rules, order.quantity === 0 ? order.executed : order.quantity);
}

/** What all answers about an order have in it. */
function orderCore(order: OrderState): Answer {
  return {
    symbol: order.symbol,
    orderId: order.orderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    price: priceText(order.rules, order.price),
    origQty: origQuantity(order),
    executedQty: quantityText(order.rules, order.executed),
    origQuoteOrderQty: amountText(order.quoteQuantity),
    cummulativeQuoteQty: amountText(order.executedQuote),
    status: order.status,
    timeInForce: order.timeInForce,
    type: order.type,
    side: order.side,
    ...(isStop(order.type) ? { stopPrice: priceText(order.rules, order.stopPrice) } : {}),
    selfTradePreventionMode: order.prevention,
  };
}

/** An order as the queries show it. */
export function orderRow(order: OrderState): Answer {
  return {
    ...orderCore(order),
    stopPrice: priceText(order.rules, order.stopPrice),
    icebergQty: ZERO_TEXT,
    time: order.createdAt,
    updateTime: order.updatedAt,
    isWorking: order.working,
    workingTime: order.working ? order.workingAt : -1,
  };
}

/** The answer to a new order, as much of it as `newOrderRespType` asks for. */
export function placementAnswer(
  order: OrderState,
  fills: readonly FillState[],
  kind: 'ACK' | 'RESULT' | 'FULL',
): Answer {
  const { symbol, orderId, clientOrderId, createdAt } = order;
  if (kind === 'ACK') return { symbol, orderId, orderListId: -1, clientOrderId, transactTime: createdAt };
  const result = { ...orderCore(order), transactTime: createdAt, workingTime: order.working ? order.workingAt : -1 };
  if (kind === 'RESULT') return result;
  return {
    ...result,
    fills: fills.map((fill) => ({
      price: priceText(fill.rules, fill.price),
      qty: quantityText(fill.rules, fill.quantity),
      commission: amountText(fill.commission),
      commissionAsset: fill.commissionAsset,
      tradeId: fill.tradeId,
    })),
  };
}

/** The answer to a cancel: `clientOrderId` is the cancel's own. */
export function cancelAnswer(order: OrderState, cancelId: string): Answer {
  return {
    ...orderCore(order),
    origClientOrderId: order.clientOrderId,
    clientOrderId: cancelId === '' ? `cancel${order.orderId}` : cancelId,
    transactTime: order.updatedAt,
  };
}

/** A fill as `myTrades` shows it. */
export function fillRow(fill: FillState): Answer {
  return {
    symbol: fill.symbol,
    id: fill.tradeId,
    orderId: fill.orderId,
    orderListId: -1,
    price: priceText(fill.rules, fill.price),
    qty: quantityText(fill.rules, fill.quantity),
    quoteQty: amountText(fill.quote),
    commission: amountText(fill.commission),
    commissionAsset: fill.commissionAsset,
    time: fill.at,
    isBuyer: fill.isBuyer,
    isMaker: fill.isMaker,
    isBestMatch: true,
  };
}
