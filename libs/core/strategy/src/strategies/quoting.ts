import { type Side, unsignedDecimalString } from '@portcullis/contracts';
import { MICROS_PER_MS, type QuantityLots, err, ok, priceTicks, quantityLots } from '@portcullis/kernel';
import { type ExactQuote, doubleMid, parseQuantity } from '@portcullis/market';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { defineStrategy } from '../strategy.ts';

const parameters = z.strictObject({
  /** Quantity of each quote. */
  quantity: unsignedDecimalString,
  /** Never further from flat than this, counting what a working quote could still fill. */
  inventoryMax: unsignedDecimalString,
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
export const quoting = defineStrategy<Parameters, State>({
  name: 'quoting',
  parameters,
  init(given, instrument) {
    const quantity = parseQuantity(instrument, given.quantity, 'parameters.quantity');
    if (!quantity.ok) return quantity;
    if (quantity.value < instrument.quantityMin) {
      return err({
        field: 'parameters.quantity',
        value: given.quantity,
        expected: "at least the instrument's smallest quantity",
      });
    }
    const inventoryMax = parseQuantity(instrument, given.inventoryMax, 'parameters.inventoryMax');
    if (!inventoryMax.ok) return inventoryMax;
    if (inventoryMax.value < quantity.value) {
      return err({
        field: 'parameters.inventoryMax',
        value: given.inventoryMax,
        expected: `at least the quantity of ${given.quantity}`,
      });
    }
    return ok({ quantity: quantity.value, inventoryMax: inventoryMax.value, nextRoundAt: 0 });
  },
  onQuote(context, state, quote) {
    if (context.now < state.nextRoundAt) return;
    const bought = round(context, state, quote, 'buy');
    const sold = round(context, state, quote, 'sell');
    if (bought || sold) state.nextRoundAt = context.now + context.parameters.intervalMs * MICROS_PER_MS;
  },
  // Quotes made for a market that is not known any more are the ones that get picked off.
  onGap(context, _state, gap) {
    if (gap.reason === 'resync') return;
    for (const order of context.workingOrders) context.cancel(order.clientOrderId);
  },
});

/** Brings one side where it should be; tells whether it asked for anything. */
function round(context: Context<Parameters>, state: State, quote: ExactQuote, side: Side): boolean {
  const working = context.workingOrders.filter((order) => order.side === side);
  const price = quotePrice(context, state, quote, side);
  const [order] = working;
  if (order !== undefined) {
    const moved = Math.abs((order.price ?? price) - price) > context.parameters.requoteTicks;
    if (!moved || order.cancelRequested) return false;
    context.cancel(order.clientOrderId);
    return true;
  }
  const room = state.inventoryMax - (side === 'buy' ? context.position : -context.position);
  const quantity = quantityLots(Math.min(state.quantity, room));
  if (
    quantity < context.instrument.quantityMin ||
    price < context.instrument.priceMin ||
    price > context.instrument.priceMax
  ) {
    return false;
  }
  context.submit({ side, type: 'limit', postOnly: true, quantity, price });
  return true;
}

/** The mid price, minus or plus the half spread, minus the skew, and never through the touch. */
function quotePrice(
  { parameters: { halfSpreadTicks, skewTicks }, position }: Context<Parameters>,
  state: State,
  quote: ExactQuote,
  side: Side,
): ReturnType<typeof priceTicks> {
  const skew = Math.trunc((skewTicks * position) / state.inventoryMax);
  if (side === 'buy') {
    return priceTicks(Math.min(Math.floor(doubleMid(quote) / 2) - halfSpreadTicks - skew, quote.askPrice - 1));
  }
  return priceTicks(Math.max(Math.ceil(doubleMid(quote) / 2) + halfSpreadTicks - skew, quote.bidPrice + 1));
}
