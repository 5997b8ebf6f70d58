import type { Money } from '@portcullis/kernel';
import { baseAmount } from '@portcullis/market';
import { quoteMoney } from './amounts.ts';
import type { Accounts } from './accounts.ts';
import type { Market } from './market.ts';
import type { AcceptedOrder, OrderState } from './order.ts';
import { Refusal } from './refusal.ts';
import { reservation } from './venue-books.ts';

const FIRST_LEVELS = 100;

/**
 * Refuses an order that its account cannot pay. `open`: the account's open orders in this market, which a taker
 * with self-trade prevention passes by.
 */
export function checkFunds(
  market: Market,
  order: AcceptedOrder,
  open: readonly OrderState[],
  accounts: Accounts,
): void {
  const { rules } = market;
  const asset = order.side === 'BUY' ? rules.quote : rules.base;
  if (accounts.of(order.account, asset).free < needOf(market, order, open)) throw new Refusal('insufficientBalance');
}

function needOf(market: Market, order: AcceptedOrder, open: readonly OrderState[]): Money {
  const { rules } = market;
  if (order.type !== 'MARKET') return reservation(rules, order, order.quantity);
  if (order.side === 'BUY' && order.quoteQuantity > 0n) return order.quoteQuantity;
  if (order.side === 'SELL' && order.quantity > 0) return baseAmount(rules, order.quantity as never);
  const sweep = sweepOf(market, order, open);
  return order.side === 'BUY' ? quoteMoney(rules, sweep.turnover) : baseAmount(rules, sweep.lots as never);
}

/** What an order at the market would trade now, at most: lots and ticks × lots. */
function sweepOf(
  market: Market,
  order: AcceptedOrder,
  open: readonly OrderState[],
): { readonly lots: number; readonly turnover: bigint } {
  const notionalMax = notionalTicksLots(market, order.quoteQuantity);
  for (let levelCount = FIRST_LEVELS; ; levelCount *= 10) {
    const depth = market.book.depth(levelCount);
    const levels = order.side === 'BUY' ? depth.asks : depth.bids;
    let lots = 0;
    let turnover = 0n;
    for (const { price, quantity } of levels) {
      const foreign = quantity - ownLots(order, open, price);
      const wanted = order.quantity > 0 ? order.quantity - lots : Number((notionalMax - turnover) / BigInt(price));
      const taken = Math.min(foreign, wanted);
      lots += taken;
      turnover += BigInt(taken) * BigInt(price);
      if (taken === wanted) return { lots, turnover };
    }
    if (levels.length < levelCount) return { lots, turnover };
  }
}

function ownLots(order: AcceptedOrder, open: readonly OrderState[], price: number): number {
  if (order.prevention === 'NONE') return 0;
  let lots = 0;
  for (const other of open) {
    if (other.working && other.side !== order.side && other.price === price) lots += other.quantity - other.executed;
  }
  return lots;
}

/** The notional of an order by amount, in ticks × lots, rounded down. */
export function notionalTicksLots(market: Market, quoteQuantity: Money): bigint {
  return quoteQuantity / market.rules.moneyPerTickLot;
}
