import { describe, expect, test } from '@jest/globals';
import { priceTicks, quantityLots } from '@portcullis/kernel';
import { type Context, type Strategy, defineStrategy } from '@portcullis/strategy';
import { z } from 'zod';
import { ERRORS_SKIPPED_MAX } from '../src/live-run.ts';
import { Drive, cancelsOf, configuration, intentsOf, logsOf } from './language.ts';

type Misdeed = (context: Context<unknown>) => void;

/** Buys on the first quote; on each later one it does `misdeed`. */
function faulty(misdeed: Misdeed): Strategy {
  return defineStrategy({
    name: 'faulty',
    parameters: z.strictObject({}),
    state: () => ({ quotes: 0 }),
    onQuote(context) {
      context.state.quotes += 1;
      if (context.state.quotes > 1) misdeed(context);
      context.submit({ side: 'buy', type: 'limit', quantity: quantityLots(100), price: priceTicks(9900) });
    },
  });
}

function drive(misdeed: Misdeed, errorPolicy: 'FAIL_FAST' | 'SKIP_AND_LOG' | 'QUARANTINE'): Drive {
  return new Drive(configuration({ strategy: 'faulty', parameters: {}, errorPolicy }), [faulty(misdeed)]);
}

const throwing: Misdeed = (context) => {
  context.submit({ side: 'sell', type: 'market', quantity: quantityLots(1) });
  throw new Error('division by cucumber');
};

describe('a strategy that throws', () => {
  test('QUARANTINE: its orders are cancelled, nothing of the broken call happens, and no restart wakes it', () => {
    const run = drive(throwing, 'QUARANTINE');
    const [buy] = intentsOf(run.quote('100.00', '100.02'));
    if (buy !== undefined) run.works(buy);
    const outputs = run.quote('100.00', '100.02');
    expect(intentsOf(outputs)).toEqual([]);
    expect(cancelsOf(outputs)).toHaveLength(1);
    expect(logsOf(outputs)[0]).toContain('division by cucumber');
    expect(run.kernel.state).toBe('quarantined');
    run.input({ type: 'resumed', at: run.at });
    expect(intentsOf(run.quote('100.00', '100.02'))).toEqual([]);
    expect(run.kernel.state).toBe('quarantined');
  });

  test('FAIL_FAST: the run winds down and stays down', () => {
    const run = drive(throwing, 'FAIL_FAST');
    const [buy] = intentsOf(run.quote('100.00', '100.02'));
    run.quote('100.00', '100.02');
    expect(run.kernel.state).toBe('stopping');
    if (buy !== undefined) run.verdict(buy, 'HALTED');
    expect(run.kernel.state).toBe('stopped');
    run.input({ type: 'resumed', at: run.at });
    expect(run.kernel.state).toBe('stopped');
  });

  test('SKIP_AND_LOG: the run goes on, but not for ever', () => {
    const run = drive(throwing, 'SKIP_AND_LOG');
    run.quote('100.00', '100.02');
    run.quote('100.00', '100.02');
    expect(run.kernel.state).toBe('running');
    for (let i = 0; i < ERRORS_SKIPPED_MAX; i++) run.quote('100.00', '100.02');
    expect(run.kernel.state).toBe('quarantined');
  });

  test.each<[string, Misdeed]>([
    [
      'an order of no quantity',
      (context) => void context.submit({ side: 'buy', type: 'market', quantity: Number.NaN as never }),
    ],
    [
      'a limit order without a price',
      (context) => void context.submit({ side: 'buy', type: 'limit', quantity: quantityLots(1) }),
    ],
    [
      'a flood',
      (context) => {
        for (;;) context.submit({ side: 'buy', type: 'market', quantity: quantityLots(1) });
      },
    ],
    [
      'something without a text',
      () => {
        throw Object.create(null);
      },
    ],
  ])('%s counts as its error', (_name, misdeed) => {
    const run = drive(misdeed, 'QUARANTINE');
    run.quote('100.00', '100.02');
    expect(intentsOf(run.quote('100.00', '100.02'))).toEqual([]);
    expect(run.kernel.counters.errors).toBe(1);
  });
});

test.each(['FAIL_FAST', 'SKIP_AND_LOG', 'QUARANTINE'] as const)(
  'a state that grows by a megabyte at a time ends the run while it is small, %s too',
  (errorPolicy) => {
    const hoarder = defineStrategy({
      name: 'hoarder',
      parameters: z.strictObject({}),
      state: () => ({ kept: [] as string[] }),
      onQuote: ({ state }) => void state.kept.push('x'.repeat(1024 * 1024)),
    });
    const run = new Drive(configuration({ strategy: 'hoarder', parameters: {}, errorPolicy }), [hoarder]);
    for (let n = 0; n < 100; n++) run.quote('100.00', '100.02');
    expect(run.kernel.failure).toContain('characters of JSON, expected at most');
    expect(JSON.stringify(run.kernel.snapshot()).length).toBeLessThan(20 * 1024 * 1024);
  },
);
