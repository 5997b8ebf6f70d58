import type { Side } from '@portcullis/contracts';
import { type PriceTicks, type QuantityLots, priceTicks, quantityLots } from '@portcullis/kernel';
import type { ExactQuote, InstrumentRules } from '@portcullis/market';
import type { StrategyContext, WorkingOrder } from './context.ts';

/**
 * Market orders from the position to `target` (signed lots) in the event's instrument: what is held on the other side is
 * closed by one order, what is missing then is opened by another, so that no order is for more than was held or is
 * wanted. Leaves out what is less than the instrument's smallest quantity. Tells whether it asked for anything.
 */
export function marketTowards(context: StrategyContext, target: QuantityLots): boolean {
  const { position } = context;
  if (target === position) return false;
  const side: Side = target > position ? 'buy' : 'sell';
  const held = Math.abs(position);
  if (position === 0 || target === 0 || position > 0 === target > 0) {
    return market(context, side, Math.abs(target - position));
  }
  const closed = market(context, side, held);
  const opened = market(context, side, Math.abs(target));
  return closed || opened;
}

function market(context: StrategyContext, side: Side, wanted: number): boolean {
  const { quantityMin, quantityMax } = context.instrument;
  // What is more than one order may be for stays open: the next call asks for it.
  const lots = Math.min(wanted, quantityMax);
  if (lots < quantityMin || lots <= 0) return false;
  return context.submit({ side, type: 'market', quantity: quantityLots(lots) }) !== undefined;
}

/** The price of a limit order that takes at once: the touch plus `slippageBps` hundredths of a percent, within the instrument's bounds. */
export function takingPrice(
  instrument: InstrumentRules,
  side: Side,
  quote: Pick<ExactQuote, 'bidPrice' | 'askPrice'>,
  slippageBps: number,
): PriceTicks {
  const touch = side === 'buy' ? quote.askPrice : quote.bidPrice;
  const slippage = Math.floor((touch * slippageBps) / 10_000);
  return priceTicks(
    side === 'buy' ? Math.min(touch + slippage, instrument.priceMax) : Math.max(touch - slippage, instrument.priceMin),
  );
}

/** A resting order that a strategy wants to have on one side of its instrument. */
export interface DesiredQuote {
  readonly side: Side;
  readonly price: PriceTicks;
  readonly quantity: QuantityLots;
  /** It stays where it is while it is at most this far from {@link price}. */
  readonly toleranceTicks: number;
}

/**
 * Keeps one post-only order on a side: asks for it where none works, and for a cancel where the one that works is too far
 * off or larger than wanted; the new one follows once there is evidence that the old one is gone, so there never are two.
 * Tells whether it asked for anything.
 */
export function keepQuote(context: StrategyContext, wanted: DesiredQuote): boolean {
  const { workingOrders, instrument, slot } = context;
  const { side, price, quantity } = wanted;
  let working: WorkingOrder | undefined;
  for (const order of workingOrders) if (order.side === side && order.slot === slot) working = order;
  if (working !== undefined) {
    const off = Math.abs((working.price ?? price) - price) > wanted.toleranceTicks;
    if (working.cancelRequested || (!off && working.remaining <= quantity)) return false;
    context.cancel(working.number);
    return true;
  }
  if (quantity < instrument.quantityMin || quantity <= 0) return false;
  if (price < Math.max(1, instrument.priceMin) || price > instrument.priceMax) return false;
  return context.submit({ side, type: 'limit', postOnly: true, quantity, price }) !== undefined;
}
