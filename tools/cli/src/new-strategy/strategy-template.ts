/** The text of a strategy's file: working, and with all that one needs to change. */
export function strategyTemplate(name: string): string {
  return `import { atr, barPeriod, barSeconds, defineStrategy, ema, marketTowards, oneInstrument } from '@portcullis/strategy';
import { quantity, quantityLots, quantityOf, z } from '@portcullis/strategy';

// Try it:   portcullis backtest --strategy ./${name}.ts --quantity 1 --fill next-open --data URL --report report.html
// Test it:  portcullis test strategy ./${name}.test.ts

const parameters = z.strictObject({
  /** Bars of the average; the price has to leave it by so many average true ranges before anything happens. */
  length: z.int().min(2).max(1000).default(20),
  distanceAtrs: z.number().min(0).max(100).default(1),
  /** The position that it takes: a decimal string, so that it is exact. */
  quantity: quantity(),
  /** 0: bars as they are in the data. More: bars of so many seconds, made of trades. */
  barSeconds: barSeconds(),
});

/** Long while the price is well above its average, flat once it is below: make something better of it. */
export default defineStrategy({
  name: '${name}',
  description: 'Long while the price is well above its average, otherwise flat.',
  parameters,

  // What is wrong with parameters that do not fit together; here only that it trades one instrument.
  check: oneInstrument,

  // Everything that it remembers: plain JSON, changed in place. Variables outside of it are lost, or make a replay differ.
  state: (setup) => ({
    quantity: quantityOf(setup, 'quantity'),
    entries: 0,
  }),

  // Kept for you in snapshots; undefined until they have seen enough.
  indicators: ({ parameters: { length } }) => ({ average: ema(length), range: atr(length) }),

  barMicros: barPeriod,

  // Prices are whole ticks and quantities whole lots of the instrument: context.instrument knows their size.
  onBar(context, bar) {
    const { state, position, indicators, parameters: given } = context;
    const average = indicators.average.update(bar.close);
    const range = indicators.range.update(bar);
    if (average === undefined || range === undefined) return;
    // An order that is on its way may still fill: wait for it, so that two never add up.
    if (context.workingOrders.length > 0) return;

    if (position === 0 && bar.close > average + given.distanceAtrs * range) {
      if (marketTowards(context, state.quantity)) state.entries += 1;
    } else if (position > 0 && bar.close < average) {
      marketTowards(context, quantityLots(0));
    }
  },

  // More handlers, all optional: onStart, onQuote, onTrade, onBook, onOrder, onTimer, onGap, onStop.
  onFill(context, fill) {
    context.log(\`\${fill.side} \${fill.quantity} lots at \${fill.price} ticks\`);
  },
});
`;
}

/** The text of its test. */
export function strategyTestTemplate(name: string): string {
  return `// Run it:  portcullis test strategy ./${name}.test.ts
import assert from 'node:assert/strict';
import test from 'node:test';
import { StrategyStage, complaintOf } from '@portcullis/strategy/testing';
import strategy from './${name}.ts';

// A stage is the strategy alone: prices in ticks, quantities in lots, and nothing happens to an order until you say so.
const started = (): StrategyStage => new StrategyStage(strategy, { quantity: '0.5', length: 3 });

test('buys when the price is well above its average, once', () => {
  const stage = started();
  for (const close of [10_000, 10_000, 10_000, 10_000]) stage.barAt(close, { high: close + 5, low: close - 5 });
  assert.deepEqual(stage.submitted, []);
  stage.barAt(10_200);
  assert.deepEqual(stage.submitted, [{ side: 'buy', type: 'market', quantity: 500 }]);
  stage.barAt(10_400);
  assert.equal(stage.submitted.length, 1);
});

test('sells all that it holds when the price is below its average', () => {
  const stage = started();
  for (const close of [10_000, 10_000, 10_000, 10_200]) stage.barAt(close);
  stage.fillAll(10_201);
  assert.equal(stage.position, 500);
  stage.barAt(9_000);
  assert.deepEqual(stage.submitted.at(-1), { side: 'sell', type: 'market', quantity: 500 });
});

test('goes on from a snapshot', () => {
  const stage = started();
  for (const close of [10_000, 10_000, 10_000]) stage.barAt(close);
  stage.reborn();
  stage.barAt(10_200);
  assert.equal(stage.submitted.length, 1);
});

test('refuses parameters that it cannot mean', () => {
  assert.equal(complaintOf(strategy, { quantity: '0.5', length: 1 })?.field, 'parameters.length');
  assert.equal(complaintOf(strategy, { quantity: '0.5', lenght: 20 })?.field, 'parameters.lenght');
  assert.equal(complaintOf(strategy, {})?.field, 'parameters.quantity');
});
`;
}
