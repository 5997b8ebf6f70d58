import { type QuantityLots, quantityLots } from '@portcullis/kernel';
import { z } from 'zod';
import { sma, standardDeviation } from '../indicators/windowed.ts';
import { marketTowards } from '../orders.ts';
import { barPeriod, barSeconds, quantity, quantityOf } from '../parameters.ts';
import { defineStrategy, oneInstrument } from '../strategy.ts';

const parameters = z.strictObject({
  /** Bars of the mean and of the deviation. */
  length: z.int().min(2).max(1000).default(20),
  /** Deviations from the mean at which it goes in, comes out, and gives up. */
  entryDeviations: z.number().min(0.1).max(20).default(2),
  exitDeviations: z.number().min(0).max(20).default(0.5),
  stopDeviations: z.number().min(0.1).max(100).default(4),
  /** The position that it takes. */
  quantity: quantity(),
  allowShort: z.boolean().default(false),
  barSeconds: barSeconds(),
});

interface State {
  quantity: QuantityLots;
  /** The close was inside the bands since the last entry: one excursion is one entry, whatever came of it. */
  armed: boolean;
}

/**
 * Mean reversion by the z-score of the close, `z = (close − mean) / deviation` over `length` bars (the width of
 * Bollinger's bands): buys when it falls to −entry, sells when it is back at −exit, and gives up at −stop. With
 * `allowShort` the same from above. After every entry the close has to come back inside the bands before the next.
 */
export const meanReversion = defineStrategy({
  name: 'mean-reversion',
  description: 'Buys what fell far below its mean, and sells when it is back.',
  parameters,
  check(setup) {
    const { entryDeviations, exitDeviations, stopDeviations } = setup.parameters;
    if (exitDeviations >= entryDeviations) {
      const expected = `below entryDeviations (${entryDeviations})`;
      return { field: 'parameters.exitDeviations', value: String(exitDeviations), expected };
    }
    if (stopDeviations <= entryDeviations) {
      const expected = `above entryDeviations (${entryDeviations})`;
      return { field: 'parameters.stopDeviations', value: String(stopDeviations), expected };
    }
    return oneInstrument(setup);
  },
  state: (setup): State => ({ quantity: quantityOf(setup, 'quantity'), armed: false }),
  indicators: ({ parameters: { length } }) => ({ mean: sma(length), deviation: standardDeviation(length) }),
  barMicros: barPeriod,

  onBar(context, bar) {
    const { state, position, parameters: given } = context;
    const mean = context.indicators.mean.update(bar.close);
    const deviation = context.indicators.deviation.update(bar.close);
    if (mean === undefined || deviation === undefined) return;
    // Without any deviation every close is the mean.
    const score = deviation === 0 ? 0 : (bar.close - mean) / deviation;
    if (Math.abs(score) < given.entryDeviations) state.armed = true;
    if (context.workingOrders.length > 0 || !context.maySubmit) return;

    if (position !== 0) {
      // How far the price is out on the side that the position was taken on: the way back counts as less.
      const out = position > 0 ? -score : score;
      if (out <= given.exitDeviations || out >= given.stopDeviations) marketTowards(context, quantityLots(0));
      return;
    }
    const away = Math.abs(score);
    if (!state.armed || away < given.entryDeviations || away >= given.stopDeviations) return;
    if (score > 0 && !given.allowShort) return;
    state.armed = false;
    marketTowards(context, quantityLots(score < 0 ? state.quantity : -state.quantity));
  },
});
