import { MICROS_PER_MS, type QuantityLots, quantityLots } from '@portcullis/kernel';
import { type ExactQuote, doubleMid } from '@portcullis/market';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { type MovingSumsCross, movingSumsCross } from '../indicators/moving-sums.ts';
import { marketTowards, takingPrice } from '../orders.ts';
import { barPeriod, barSeconds, quantity, quantityOf } from '../parameters.ts';
import { defineStrategy, oneInstrument } from '../strategy.ts';

/** Samples that an average may have. */
const WINDOW_MAX = 1000;

const parameters = z.strictObject({
  /** Samples in the fast and in the slow average. */
  fast: z.int().min(1).max(WINDOW_MAX).default(5),
  slow: z.int().min(2).max(WINDOW_MAX).default(20),
  /** The position that it takes, and the most that one order is for. */
  quantity: quantity(),
  allowShort: z.boolean().default(false),
  /** What it samples. `auto`: what comes first, a quote or a bar, decides for the whole run. */
  on: z.enum(['auto', 'quotes', 'bars']).default('auto'),
  /** On quotes: the least time between two samples. */
  sampleMs: z.int().min(1).max(86_400_000).default(500),
  /** On quotes: how far through the touch the limit price may go, in hundredths of a percent; well inside the gate's collar. */
  slippageBps: z.int().min(0).max(500).default(5),
  barSeconds: barSeconds(),
});
type Parameters = z.infer<typeof parameters>;

interface State {
  quantity: QuantityLots;
  /** What is sampled, once that is known. */
  on: 'auto' | 'quotes' | 'bars';
  nextSampleAt: number;
  /** On bars: the side of a crossing that is still to be acted on; 0 for none. */
  turn: number;
}

type SmaContext = Context<Parameters, State, { crossing: MovingSumsCross }>;

/**
 * Simple moving average crossover: long while the fast average is above the slow one, otherwise flat (or short).
 *
 * On bars it acts when the closes' averages cross strictly: a market order of `quantity` when the fast one comes from below,
 * and one for all that is held when it comes from above. A denied order is not asked for again before the next crossing.
 * Bars count across gaps.
 *
 * On quotes it samples the mid price every `sampleMs` and goes towards its target with limit orders that take at once
 * or expire, at the touch plus a bounded slippage, until it is there. A gap empties the averages, since they would
 * compare prices of different times.
 */
export const smaCross = defineStrategy({
  name: 'sma-cross',
  description: 'Long while a fast moving average is above a slow one, otherwise flat or short.',
  parameters,
  check(setup) {
    const { fast, slow } = setup.parameters;
    if (fast < slow) return oneInstrument(setup);
    return { field: 'parameters.fast', value: String(fast), expected: `fewer samples than slow (${slow})` };
  },
  state: (setup): State => ({
    quantity: quantityOf(setup, 'quantity'),
    on: setup.parameters.on,
    nextSampleAt: 0,
    turn: 0,
  }),
  indicators: (setup) => ({ crossing: movingSumsCross(setup.parameters.fast, setup.parameters.slow) }),
  barMicros: barPeriod,

  onBar(context, bar) {
    const { state } = context;
    if (state.on !== 'bars') {
      if (state.on === 'quotes') return;
      state.on = 'bars';
    }
    const { crossing } = context.indicators;
    const side = crossing.update(bar.close);
    if (crossing.turned && side !== undefined) state.turn = side;
    if (state.turn !== 0 && context.maySubmit && context.workingOrders.length === 0) turn(context);
  },

  onQuote(context, quote) {
    const { state } = context;
    if (state.on !== 'quotes') {
      if (state.on === 'bars') return;
      state.on = 'quotes';
    }
    if (context.now < state.nextSampleAt) return;
    state.nextSampleAt = context.now + context.parameters.sampleMs * MICROS_PER_MS;
    const side = context.indicators.crossing.update(doubleMid(quote));
    if (side !== undefined && context.workingOrders.length === 0) approach(context, quote, side);
  },

  onGap({ state, indicators }, gap) {
    if (state.on === 'quotes' && gap.reason !== 'resync') indicators.crossing.reset();
  },
});

function turn(context: SmaContext): void {
  const { state } = context;
  const target = state.turn > 0 ? state.quantity : context.parameters.allowShort ? -state.quantity : 0;
  state.turn = 0;
  marketTowards(context, quantityLots(target));
}

/** One order towards the target: at most `quantity`, so a turn from long to short closes first and opens at the next sample. */
function approach(context: SmaContext, quote: ExactQuote, crossing: number): void {
  const { state, position, instrument, parameters: given } = context;
  const side = context.indicators.crossing.equal ? 0 : crossing;
  const target = side > 0 ? state.quantity : side < 0 && given.allowShort ? -state.quantity : 0;
  const difference = target - position;
  if (difference === 0) return;
  const wanted = Math.min(Math.abs(difference), state.quantity);
  const turns = position !== 0 && position > 0 !== difference > 0;
  const lots = quantityLots(turns ? Math.min(wanted, Math.abs(position)) : wanted);
  if (lots < instrument.quantityMin) return;
  const way = difference > 0 ? 'buy' : 'sell';
  const price = takingPrice(instrument, way, quote, given.slippageBps);
  context.submit({ side: way, type: 'limit', timeInForce: 'IOC', quantity: lots, price });
}
