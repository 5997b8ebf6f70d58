import { type PriceTicks, type QuantityLots, assert, unreachable } from '@portcullis/kernel';
import type { ExpiryReason } from './events.ts';
import type { Level, QueueEntry } from './level.ts';
import { LEVEL_QUANTITY_MAX } from './limits.ts';
import { type NewOrder, type Side, type TimeInForce, oppositeSide } from './orders.ts';
import type { BookState } from './state.ts';

/** How a taker's way through the book ended: `self-trade` means that it has expired already. */
type TakeOutcome = 'filled' | 'exhausted' | 'self-trade';

/**
 * Sends an order that is active (not, or no longer, waiting for a trigger) into the book: it trades, and rests or
 * ends by its type.
 */
export function activate(state: BookState, entry: QueueEntry, order: NewOrder): void {
  switch (order.type) {
    case 'post-only':
      state.rest(order.side, order.price, entry);
      return;
    case 'limit':
    case 'stop-limit':
      activateLimit(state, entry, order);
      return;
    case 'market':
    case 'market-notional':
    case 'stop-market':
      activateMarket(state, entry, order);
      return;
    default:
      unreachable(order);
  }
}

/** Activates the stops that the trades of this command have triggered, and those that their trades trigger. */
export function runTriggered(state: BookState): void {
  const { triggered } = state;
  // The list grows while it is walked; it ends because each stop is triggered once.
  for (let i = 0; i < triggered.length; i++) {
    const entry = triggered[i] as QueueEntry;
    const order = entry.order as NewOrder;
    state.emit({ kind: 'triggered', orderId: order.orderId, party: entry.party });
    if (order.type === 'stop-limit' && order.timeInForce === 'gtc' && !fitsLevel(state, order)) {
      expire(state, entry, 'level-quantity-max');
    } else {
      activate(state, entry, order);
    }
  }
  triggered.length = 0;
}

/** Whether a resting order keeps the lots of all parties at its price within the limit. */
export function fitsLevel(state: BookState, order: { side: Side; price: PriceTicks; quantity: QuantityLots }): boolean {
  const level = state.ladder(order.side).get(order.price);
  return level === undefined || level.total - level.flow + order.quantity <= LEVEL_QUANTITY_MAX;
}

/** Whether a limit order at `price` would match at once. */
export function crosses(state: BookState, side: Side, price: number): boolean {
  const ladder = state.ladder(oppositeSide(side));
  const best = ladder.best();
  return best !== undefined && ladder.reaches(best.price, price);
}

/**
 * One execution at the maker's price. The taker is an order on its way in, or the flow (an entry without order,
 * which is in no queue). The maker's end is told here; the taker's by who sent it.
 */
export function trade(state: BookState, taker: QueueEntry, maker: QueueEntry, quantity: number): void {
  const price = (maker.level as Level).price;
  const takerOrder = taker.order;
  const makerOrder = maker.order;
  assert(takerOrder !== null || makerOrder !== null, 'the flow never trades with itself');
  const takerSide = takerOrder !== null ? takerOrder.side : oppositeSide((makerOrder as NewOrder).side);
  taker.leaves -= quantity;
  taker.filled += quantity;
  state.reduce(oppositeSide(takerSide), maker, quantity);
  state.emit({
    kind: 'trade',
    tradeId: state.tradeIdNext++,
    price: price as PriceTicks,
    quantity: quantity as QuantityLots,
    takerSide,
    takerOrderId: takerOrder === null ? null : takerOrder.orderId,
    takerParty: taker.party,
    takerLeaves: takerOrder === null || takerOrder.type === 'market-notional' ? null : (taker.leaves as QuantityLots),
    makerOrderId: makerOrder === null ? null : makerOrder.orderId,
    makerParty: maker.party,
    makerLeaves: makerOrder === null ? null : (maker.leaves as QuantityLots),
  });
  if (makerOrder !== null && maker.leaves === 0) end(state, maker, makerOrder);
  state.lastTradePrice = price;
  state.stops.collectTriggered(price, state.triggered);
}

function activateLimit(
  state: BookState,
  entry: QueueEntry,
  order: NewOrder & { readonly price: PriceTicks; readonly timeInForce: TimeInForce },
): void {
  if (order.timeInForce === 'fok' && !fillsWhole(state, entry, order)) {
    expire(state, entry, 'fok');
    return;
  }
  const outcome = take(state, entry, order.price);
  if (outcome === 'filled') end(state, entry, order);
  else if (outcome === 'exhausted' && order.timeInForce === 'gtc') state.rest(order.side, order.price, entry);
  else if (outcome === 'exhausted') expire(state, entry, 'ioc');
}

function activateMarket(state: BookState, entry: QueueEntry, order: NewOrder): void {
  const outcome = take(state, entry, order.side === 'buy' ? Infinity : -Infinity);
  if (outcome === 'exhausted') expire(state, entry, 'no-liquidity');
  else if (outcome === 'filled' && entry.filled === 0) expire(state, entry, 'notional-below-lot');
  else if (outcome === 'filled') end(state, entry, order);
}

/** Matches a taker against the other side while levels reach `limit`. */
function take(state: BookState, taker: QueueEntry, limit: number): TakeOutcome {
  const order = taker.order as NewOrder;
  const ladder = state.ladder(oppositeSide(order.side));
  let notional = order.type === 'market-notional' ? order.notional : null;
  while (taker.leaves > 0 && notional !== 0n) {
    const level = ladder.best();
    if (level === undefined || !ladder.reaches(level.price, limit)) return 'exhausted';
    const maker = level.head as QueueEntry;
    const affordable = notional === null ? taker.leaves : lotsFor(notional, level.price);
    if (affordable === 0) return 'filled';
    if (maker.party === taker.party && order.selfTradePrevention !== 'none') {
      if (preventSelfTrade(state, taker, maker) === 'taker-ended') return 'self-trade';
      continue;
    }
    const quantity = Math.min(affordable, maker.leaves);
    const { price } = level;
    trade(state, taker, maker, quantity);
    if (notional !== null) notional -= BigInt(price) * BigInt(quantity);
  }
  return 'filled';
}

/** Whole lots at `price` that a notional in ticks × lots pays for, within the safe integers. */
function lotsFor(notional: bigint, price: number): number {
  const lots = notional / BigInt(price);
  return lots > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(lots);
}

function preventSelfTrade(state: BookState, taker: QueueEntry, maker: QueueEntry): 'taker-ended' | 'taker-goes-on' {
  const takerOrder = taker.order as NewOrder;
  const makerOrder = maker.order as NewOrder;
  const mode = takerOrder.selfTradePrevention;
  if (mode === 'expire-maker' || mode === 'expire-both') {
    state.remove(maker);
    expire(state, maker, 'self-trade', takerOrder.orderId);
  }
  if (mode === 'expire-maker') return 'taker-goes-on';
  expire(state, taker, 'self-trade', makerOrder.orderId);
  return 'taker-ended';
}

/**
 * Whether the whole order could trade at once. Its own party's orders count for nothing under `expire-maker`, and
 * nothing behind them counts under the modes that would end the order there.
 */
function fillsWhole(state: BookState, taker: QueueEntry, order: NewOrder & { readonly price: PriceTicks }): boolean {
  const ladder = state.ladder(oppositeSide(order.side));
  const mode = order.selfTradePrevention;
  let missing = taker.leaves;
  for (let rank = 0; ; rank++) {
    const level = ladder.at(rank);
    if (level === undefined || !ladder.reaches(level.price, order.price)) return false;
    for (let entry = level.head; entry !== null; entry = entry.next) {
      const own = mode !== 'none' && entry.party === taker.party;
      if (own && mode !== 'expire-maker') return false;
      if (!own) missing -= entry.leaves;
      if (missing <= 0) return true;
    }
  }
}

/** Tells that an order has all it wanted. */
function end(state: BookState, entry: QueueEntry, order: NewOrder): void {
  state.forget(entry);
  state.emit({ kind: 'filled', orderId: order.orderId, party: entry.party, quantity: entry.filled as QuantityLots });
}

/** Ends an order that is in no queue. */
function expire(state: BookState, entry: QueueEntry, reason: ExpiryReason, counterOrderId: string | null = null): void {
  const order = entry.order as NewOrder;
  state.forget(entry);
  state.emit({
    kind: 'expired',
    orderId: order.orderId,
    party: entry.party,
    reason,
    leavesQuantity: order.type === 'market-notional' ? null : (entry.leaves as QuantityLots),
    counterOrderId,
  });
}
