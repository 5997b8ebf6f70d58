import { type QuantityLots, quantityLots } from '@portcullis/kernel';
import { z } from 'zod';
import { highest, lowest } from '../indicators/extremes.ts';
import { atr } from '../indicators/recursive.ts';
import { marketTowards } from '../orders.ts';
import { barPeriod, barSeconds, quantity, quantityOf } from '../parameters.ts';
import { defineStrategy, oneInstrument } from '../strategy.ts';

const parameters = z.strictObject({
  /** Bars of the channel that a close has to leave to go in, and of the one to come out. */
  entryLength: z.int().min(2).max(1000).default(20),
  exitLength: z.int().min(1).max(1000).default(10),
  /** Bars of the average true range, and how many of it the stop trails behind the close. */
  atrLength: z.int().min(1).max(1000).default(20),
  stopAtrs: z.number().min(0.1).max(100).default(2),
  /** The position that it takes. */
  quantity: quantity(),
  allowShort: z.boolean().default(false),
  barSeconds: barSeconds(),
});

interface State {
  quantity: QuantityLots;
  /** Price in ticks at which the position is given up; null while there is none. */
  stop: number | null;
}

/**
 * Momentum: goes long when a bar closes above the highest high of the `entryLength` bars before it, and out when one closes
 * below the lowest low of the `exitLength` bars before it, or at its stop, which trails `stopAtrs` average true ranges
 * behind the close and never retreats. With `allowShort` the same downwards. The channel is R. Donchian's; channel
 * and stop in ranges together are the turtles' (C. Faith, "Way of the Turtle", 2007).
 */
export const breakout = defineStrategy({
  name: 'breakout',
  description: 'Follows a close out of the channel of the last bars, with a stop that trails in average true ranges.',
  parameters,
  check: oneInstrument,
  state: (setup): State => ({ quantity: quantityOf(setup, 'quantity'), stop: null }),
  indicators: ({ parameters: { entryLength, exitLength, atrLength } }) => ({
    entryTop: highest(entryLength),
    entryBottom: lowest(entryLength),
    exitTop: highest(exitLength),
    exitBottom: lowest(exitLength),
    range: atr(atrLength),
  }),
  barMicros: barPeriod,

  onBar(context, bar) {
    const { state, position, indicators, parameters: given } = context;
    const { entryTop, entryBottom, exitTop, exitBottom } = indicators;
    // The channels are of the bars before this one.
    const above = entryTop.value !== undefined && bar.close > entryTop.value;
    const below = entryBottom.value !== undefined && bar.close < entryBottom.value;
    const backBelow = exitBottom.value !== undefined && bar.close < exitBottom.value;
    const backAbove = exitTop.value !== undefined && bar.close > exitTop.value;
    entryTop.update(bar.high);
    entryBottom.update(bar.low);
    exitTop.update(bar.high);
    exitBottom.update(bar.low);
    const range = indicators.range.update(bar);
    if (range === undefined) return;

    const waits = context.workingOrders.length > 0 || !context.maySubmit;
    const distance = Math.ceil(range * given.stopAtrs);
    if (position > 0) {
      const stopped = state.stop !== null && bar.close <= state.stop;
      state.stop = Math.max(state.stop ?? -Infinity, bar.close - distance);
      if ((stopped || backBelow) && !waits) marketTowards(context, quantityLots(0));
    } else if (position < 0) {
      const stopped = state.stop !== null && bar.close >= state.stop;
      state.stop = Math.min(state.stop ?? Infinity, bar.close + distance);
      if ((stopped || backAbove) && !waits) marketTowards(context, quantityLots(0));
    } else if (!waits) {
      const side = above ? 1 : below && given.allowShort ? -1 : 0;
      state.stop = side === 0 ? null : bar.close - side * distance;
      if (side !== 0) marketTowards(context, quantityLots(side * state.quantity));
    }
  },
});
