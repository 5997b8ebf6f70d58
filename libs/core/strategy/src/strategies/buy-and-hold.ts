import { MICROS_PER_MS, type QuantityLots, quantityLots } from '@portcullis/kernel';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { marketTowards } from '../orders.ts';
import { quantity, quantityOf } from '../parameters.ts';
import { defineStrategy } from '../strategy.ts';

const parameters = z.strictObject({
  /** What it buys of each instrument of the run. */
  quantity: quantity(),
  /** Orders that it asks for before it gives an instrument up, and the least time between two of them. */
  attemptsMax: z.int().min(1).max(1000).default(10),
  retryMs: z.int().min(1).max(86_400_000).default(60_000),
});
type Parameters = z.infer<typeof parameters>;

interface Holding {
  target: QuantityLots;
  attempts: number;
  nextAttemptAt: number;
  /** Nothing more is asked for: it is held, or given up. */
  settled: boolean;
}

/**
 * Buys once and holds, each instrument of the run with its first quote or bar: the yardstick for every other strategy.
 * What a denial, a rejection or a partial fill leaves open is asked for again, a bounded number of times.
 */
export const buyAndHold = defineStrategy({
  name: 'buy-and-hold',
  description: 'Buys once and holds: the yardstick for other strategies.',
  parameters,
  state: (setup) => ({
    holdings: setup.instruments.map((instrument): Holding => ({
      target: quantityOf(setup, 'quantity', instrument),
      attempts: 0,
      nextAttemptAt: 0,
      settled: false,
    })),
  }),
  onQuote: (context) => hold(context),
  onBar: (context) => hold(context),
});

function hold(context: Context<Parameters, { holdings: Holding[] }>): void {
  const holding = context.state.holdings[context.slot];
  if (holding === undefined || holding.settled || context.now < holding.nextAttemptAt) return;
  if (context.workingOrders.some(({ slot }) => slot === context.slot)) return;
  const missing = holding.target - context.position;
  if (missing < Math.max(1, context.instrument.quantityMin)) {
    holding.settled = true;
    return;
  }
  if (holding.attempts >= context.parameters.attemptsMax) {
    holding.settled = true;
    context.log(`gave up after ${holding.attempts} orders, ${missing} lots short`);
    return;
  }
  if (!marketTowards(context, quantityLots(holding.target))) return;
  holding.attempts += 1;
  holding.nextAttemptAt = context.now + context.parameters.retryMs * MICROS_PER_MS;
}
