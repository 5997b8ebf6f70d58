import type { Side } from '@portcullis/contracts';
import { MICROS_PER_MS, type PriceTicks, type QuantityLots, priceTicks, quantityLots } from '@portcullis/kernel';
import { type ExactQuote, doubleMid } from '@portcullis/market';
import { z } from 'zod';
import { checkInventory } from '../check-inventory.ts';
import type { Context } from '../context.ts';
import { keepQuote } from '../orders.ts';
import { quantity, quantityOf } from '../parameters.ts';
import { defineStrategy } from '../strategy.ts';

const parameters = z.strictObject({
  /** Quantity of each quote. */
  quantity: quantity(),
  /** Never further from flat than this, counting what a working quote could still fill. */
  inventoryMax: quantity(),
  /** Ticks from the mid price to each quote. */
  halfSpreadTicks: z.int().min(1).max(1_000_000).default(5),
  /** Ticks by which both quotes shift against a full inventory. */
  skewTicks: z.int().min(0).max(1_000_000).default(5),
  /** A quote stays while it is at most this far from where it should be. */
  requoteTicks: z.int().min(0).max(1_000_000).default(5),
  /** The least time between two rounds of changes. */
  intervalMs: z.int().min(1).max(86_400_000).default(500),
});
type Parameters = z.infer<typeof parameters>;

interface State {
  quantity: QuantityLots;
  inventoryMax: QuantityLots;
  nextRoundAt: number;
}

/**
 * Two-sided quoting: one post-only order a side around the mid price, shifted against the inventory
 * (long inventory lowers both), and replaced when the market has moved away from it.
 */
export const quoting = defineStrategy({
  name: 'quoting',
  description: 'One resting order a side around the mid price, shifted against the inventory.',
  parameters,
  check: checkInventory,
  state: (setup): State => ({
    quantity: quantityOf(setup, 'quantity'),
    inventoryMax: quantityOf(setup, 'inventoryMax'),
    nextRoundAt: 0,
  }),

  onQuote(context, quote) {
    const { state } = context;
    if (context.now < state.nextRoundAt) return;
    const bought = round(context, quote, 'buy');
    const sold = round(context, quote, 'sell');
    if (bought || sold) state.nextRoundAt = context.now + context.parameters.intervalMs * MICROS_PER_MS;
  },

  // Quotes made for a market that is not known any more are the ones that get picked off.
  onGap(context, gap) {
    if (gap.reason !== 'resync') context.cancelAll();
  },
});

/** Brings one side where it should be; tells whether it asked for anything. */
function round(context: Context<Parameters, State>, quote: ExactQuote, side: Side): boolean {
  const { state, position } = context;
  const room = state.inventoryMax - (side === 'buy' ? position : -position);
  return keepQuote(context, {
    side,
    price: quotePrice(context, quote, side),
    quantity: quantityLots(Math.min(state.quantity, room)),
    toleranceTicks: context.parameters.requoteTicks,
  });
}

/** The mid price, minus or plus the half spread, minus the skew, and never through the touch. */
function quotePrice(context: Context<Parameters, State>, quote: ExactQuote, side: Side): PriceTicks {
  const { halfSpreadTicks, skewTicks } = context.parameters;
  const skew = Math.trunc((skewTicks * context.position) / context.state.inventoryMax);
  if (side === 'buy') {
    return priceTicks(Math.min(Math.floor(doubleMid(quote) / 2) - halfSpreadTicks - skew, quote.askPrice - 1));
  }
  return priceTicks(Math.max(Math.ceil(doubleMid(quote) / 2) + halfSpreadTicks - skew, quote.bidPrice + 1));
}
