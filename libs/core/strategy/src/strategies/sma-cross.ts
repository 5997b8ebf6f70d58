import { unsignedDecimalString } from '@portcullis/contracts';
import {
  MICROS_PER_MS,
  type PriceTicks,
  type QuantityLots,
  err,
  ok,
  priceTicks,
  quantityLots,
} from '@portcullis/kernel';
import { type ExactQuote, doubleMid, parseQuantity } from '@portcullis/market';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { defineStrategy } from '../strategy.ts';

/** Samples that an average may have: a thousand prices of 10^9 ticks, times a thousand, stay safe integers. */
const WINDOW_MAX = 1000;

const parameters = z.strictObject({
  /** Samples in the fast and in the slow average. */
  fast: z.int().min(1).max(WINDOW_MAX).default(5),
  slow: z.int().min(2).max(WINDOW_MAX).default(20),
  sampleMs: z.int().min(1).max(86_400_000).default(500),
  /** The position that it takes, and the most that one order is for. */
  quantity: unsignedDecimalString,
  allowShort: z.boolean().default(false),
  /** How far through the touch the limit price may go, in hundredths of a percent; well inside the gate's collar. */
  slippageBps: z.int().min(0).max(500).default(5),
});
type Parameters = z.infer<typeof parameters>;

interface State {
  quantity: QuantityLots;
  /** Twice the mid price, the oldest first, at most `slow` of them. */
  samples: number[];
  nextSampleAt: number;
}

/**
 * Simple moving average crossover: long while the fast average of the mid price is above the slow one, otherwise flat
 * (or short). Orders are limit orders that take at once or expire, at the touch plus a bounded slippage.
 */
export const smaCross = defineStrategy<Parameters, State>({
  name: 'sma-cross',
  parameters,
  init({ fast, slow, quantity: text }, instrument) {
    if (fast >= slow) {
      return err({ field: 'parameters.fast', value: String(fast), expected: `fewer samples than slow (${slow})` });
    }
    const quantity = parseQuantity(instrument, text, 'parameters.quantity');
    if (!quantity.ok) return quantity;
    if (quantity.value < instrument.quantityMin) {
      return err({
        field: 'parameters.quantity',
        value: text,
        expected: "at least the instrument's smallest quantity",
      });
    }
    return ok({ quantity: quantity.value, samples: [], nextSampleAt: 0 });
  },
  onQuote(context, state, quote) {
    if (context.now < state.nextSampleAt) return;
    const { slow, sampleMs } = context.parameters;
    state.nextSampleAt = context.now + sampleMs * MICROS_PER_MS;
    state.samples.push(doubleMid(quote));
    if (state.samples.length > slow) state.samples.shift();
    if (state.samples.length === slow && context.workingOrders.length === 0) approach(context, state, quote);
  },
  // Averages over a hole would compare prices of different times.
  onGap(_context, state, gap) {
    if (gap.reason !== 'resync') state.samples = [];
  },
});

/** One order towards the target: at most `quantity`, so a turn from long to short closes first and opens at the next sample. */
function approach(context: Context<Parameters>, state: State, quote: ExactQuote): void {
  const difference = targetOf(context.parameters, state) - context.position;
  if (difference === 0) return;
  const wanted = Math.min(Math.abs(difference), state.quantity);
  const away = Math.abs(context.position);
  const quantity = quantityLots(
    context.position !== 0 && Math.sign(context.position) !== Math.sign(difference) ? Math.min(wanted, away) : wanted,
  );
  if (quantity < context.instrument.quantityMin) return;
  const side = difference > 0 ? 'buy' : 'sell';
  context.submit({ side, type: 'limit', timeInForce: 'IOC', quantity, price: takingPrice(context, side, quote) });
}

function targetOf({ fast, slow, allowShort }: Parameters, { samples, quantity }: State): number {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  // Cross-multiplied, so that equal averages compare as equal.
  const difference = sum(samples.slice(-fast)) * slow - sum(samples) * fast;
  if (difference > 0) return quantity;
  return allowShort && difference < 0 ? -quantity : 0;
}

function takingPrice(
  { parameters: { slippageBps }, instrument }: Context<Parameters>,
  side: 'buy' | 'sell',
  quote: ExactQuote,
): PriceTicks {
  const touch = side === 'buy' ? quote.askPrice : quote.bidPrice;
  const slippage = Math.floor((touch * slippageBps) / 10_000);
  return priceTicks(
    side === 'buy' ? Math.min(touch + slippage, instrument.priceMax) : Math.max(touch - slippage, instrument.priceMin),
  );
}
