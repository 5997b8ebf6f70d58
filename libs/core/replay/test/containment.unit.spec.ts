import { describe, expect, test } from '@jest/globals';
import { type PriceTicks, quantityLots } from '@portcullis/kernel';
import type { BarInput, GapInput, QuoteInput } from '@portcullis/market';
import { ReplayFailure, ReplayRun, type ReplayInput } from '../src/index.ts';
import { Records, WIDE_LIMITS, bars, configOf, instrument, prepared, quotes, replayed } from './language.ts';
import { type Script, scripted } from './scripted.ts';

const one = quantityLots(100_000);

function scriptedRun(script: Script, over: Parameters<typeof configOf>[0] = {}) {
  return prepared(configOf({ strategy: 'scripted', parameters: {}, ...over }), [scripted(script)]);
}

/** What a run throws, and the run. */
function failed(made: ReturnType<typeof prepared>, events: readonly ReplayInput[]) {
  const records = new Records();
  const run = new ReplayRun(made, records);
  let failure: unknown;
  try {
    for (const event of events) run.feed(event);
  } catch (error) {
    failure = error;
  }
  return { failure, run, records };
}

describe('order of events', () => {
  const data = bars(5, 60);
  const twice = data.toSpliced(30, 0, data[29] as BarInput);
  const late = data.toSpliced(30, 0, { ...(data[20] as BarInput), seq: 10_000 });

  test('STRICT ends the run at an event that comes twice, and names both', () => {
    const { failure, run } = failed(prepared(), twice);
    expect(failure).toBeInstanceOf(ReplayFailure);
    expect((failure as ReplayFailure).trouble).toBe('disorder');
    expect((failure as Error).message).toMatch(
      /^bar 30 of instrument 0 at \d+ came twice, after bar 30 of instrument 0 at \d+$/,
    );
    expect(run.state).toBe('failed');
    expect(run.finish()).toMatchObject({
      state: 'failed',
      failure: (failure as Error).message,
      duplicates: 1,
      events: 30,
    });
    expect(() => run.feed(data[40] as BarInput)).toThrow('the run has ended: failed');
  });

  test('STRICT ends the run at an event of the past, and names both', () => {
    const { failure } = failed(prepared(), late);
    expect((failure as Error).message).toMatch(
      /^bar 10000 of instrument 0 at \d+ came after bar 30 of instrument 0 at \d+, out of order$/,
    );
  });

  test('WARN leaves them out, counts and tells them, and gives what the data without them gives', () => {
    const made = prepared(configOf({ ordering: 'WARN' }));
    const clean = replayed(made, data);
    for (const [events, counted] of [
      [twice, { duplicates: 1 }],
      [late, { outOfOrder: 1 }],
    ] as const) {
      const { summary, records } = replayed(made, events);
      expect(summary).toEqual({ ...clean.summary, ...counted });
      expect(records.logs).toHaveLength(1);
      expect(records.logs[0]).toMatchObject({ level: 'warn' });
      expect(records.logs[0]?.message).toMatch(/^left out: bar /);
    }
  });

  test('at most a few of many are told', () => {
    const events = data.flatMap((bar) => [bar, bar]);
    const { summary, records } = replayed(prepared(configOf({ ordering: 'WARN' })), events);
    expect(summary.duplicates).toBe(60);
    expect(records.logs).toHaveLength(5);
  });
});

describe('events that cannot be right', () => {
  const data = bars(5, 60);
  const bad: readonly (readonly [string, ReplayInput])[] = [
    ['a price of zero', { ...(data[30] as BarInput), low: 0 as PriceTicks }],
    ['a negative price', { ...(data[30] as BarInput), open: -5 as PriceTicks }],
    ['NaN', { ...(data[30] as BarInput), close: NaN as PriceTicks }],
    ['a number beyond the safe ones', { ...(data[30] as BarInput), high: (2 ** 60) as PriceTicks }],
    ['a fraction', { ...(data[30] as BarInput), close: 1.5 as PriceTicks }],
    ['a high below the low', { ...(data[30] as BarInput), high: 1 as PriceTicks }],
    ['an end before the start', { ...(data[30] as BarInput), end: 0 }],
    ['a start after the event', { ...(data[30] as BarInput), start: (data[30] as BarInput).tsEvent + 1, end: 2 ** 52 }],
    ['no time', { ...(data[30] as BarInput), tsEvent: NaN }],
    ['an instrument that the run has not', { ...(data[30] as BarInput), slot: 7 }],
    ['an unknown kind', { ...(data[30] as BarInput), kind: 'tick' as 'bar' }],
    [
      'what the reader could not use',
      { kind: 'malformed', slot: 0, seq: 31, tsEvent: 1, tsInit: 1, what: 'off the tick size' },
    ],
  ];

  test.each(bad)('%s: counted, told to the kernel, never matched', (_, event) => {
    const clean = replayed(prepared(), data.toSpliced(30, 1));
    const { summary, records, run } = replayed(prepared(), data.with(30, event as BarInput));
    expect(summary).toMatchObject({
      malformed: 1,
      state: 'completed',
      events: 59,
      fills: clean.summary.fills,
      pnl: clean.summary.pnl,
    });
    expect(summary.decisionHash).not.toBe(clean.summary.decisionHash);
    expect(records.logs.filter(({ message }) => message.startsWith('left out: '))).toHaveLength(1);
    expect(run.equity()).toEqual(clean.run.equity());
  });

  test('crossed quotes and quotes of nothing', () => {
    const stream = quotes(5, 50);
    const crossed = { ...(stream[20] as QuoteInput), askPrice: (stream[20] as QuoteInput).bidPrice };
    const config = configOf({ execution: { ...configOf().execution, model: 'quotes' } });
    expect(replayed(prepared(config), stream.with(20, crossed)).summary).toMatchObject({ malformed: 1, events: 49 });
  });

  test('before anything else', () => {
    const event = bad[0]?.[1] as BarInput;
    expect(replayed(prepared(), [{ ...event, seq: 0, tsEvent: 5 }, ...data]).summary).toMatchObject({
      malformed: 1,
      events: 60,
    });
  });
});

describe('a run of no events', () => {
  test('comes to nothing', () => {
    expect(replayed(prepared(), []).summary).toMatchObject({
      events: 0,
      state: 'completed',
      pnl: '0',
      fills: 0,
      startEquity: '0',
    });
  });
});

describe('strategies that fail', () => {
  const data = bars(5, 60);
  const throwing: Script = {
    event(context, n) {
      if (n === 3) context.submit({ side: 'buy', type: 'market', quantity: one });
      if (n >= 10) throw new Error('no such luck');
    },
  };

  test('FAIL_FAST ends the run with the reason', () => {
    const { failure, run } = failed(scriptedRun(throwing), data);
    expect((failure as ReplayFailure).trouble).toBe('strategy');
    expect(run.finish()).toMatchObject({ state: 'failed', events: 10, errors: 1, fills: 1 });
    expect(run.finish().failure).toContain('no such luck');
  });

  test('QUARANTINE goes on without it', () => {
    const { summary } = replayed(scriptedRun(throwing, { errorPolicy: 'QUARANTINE' }), data);
    expect(summary).toMatchObject({ state: 'quarantined', events: 60, errors: 1, fills: 1 });
    expect(summary.failure).toContain('no such luck');
  });

  test('SKIP_AND_LOG goes on with it, up to a number of errors', () => {
    const { summary } = replayed(scriptedRun(throwing, { errorPolicy: 'SKIP_AND_LOG', errorsMax: 1000 }), data);
    expect(summary).toMatchObject({ state: 'completed', events: 60, errors: 51 });
    const strict = replayed(scriptedRun(throwing, { errorPolicy: 'SKIP_AND_LOG', errorsMax: 5 }), data);
    expect(strict.summary.state).toBe('quarantined');
  });

  test('one that answers each denial with another order ends as failed', () => {
    const limits = { limitsVersion: 1, entries: [] };
    const again: Script = {
      event: (context) => void context.submit({ side: 'buy', type: 'market', quantity: one }),
      order: (context) => void context.submit({ side: 'buy', type: 'market', quantity: one }),
    };
    const { failure, run } = failed(scriptedRun(again, { limits }), data);
    expect((failure as ReplayFailure).trouble).toBe('runaway');
    expect(run.state).toBe('failed');
  });

  test('sizes that are no sizes are errors of the strategy', () => {
    for (const quantity of [NaN, 0.5, -1, 0, 2 ** 60]) {
      const script: Script = {
        event: (context) => void context.submit({ side: 'buy', type: 'market', quantity: quantity as typeof one }),
      };
      const { summary } = replayed(scriptedRun(script, { errorPolicy: 'QUARANTINE' }), data);
      expect(summary).toMatchObject({ state: 'quarantined', intents: 0, errors: 1 });
    }
  });
});

describe('the gate in a replay', () => {
  test('denials are told with their numbers and counted by code', () => {
    const [entry] = WIDE_LIMITS.entries;
    const limits = {
      limitsVersion: 1,
      entries: [{ scope: 'account', limits: { ...entry?.limits, positionMax: '0.5' } }],
    };
    const { summary, records } = replayed(prepared(configOf({ limits })), bars(5, 400));
    expect(summary.denied).toBeGreaterThan(3);
    expect(summary).toMatchObject({
      approved: 0,
      intents: summary.denied,
      denials: { POSITION_EXCEEDED: summary.denied },
      fills: 0,
    });
    expect(records.denials).toHaveLength(summary.denied);
    expect(records.denials[0]).toMatchObject({
      instrument: 'BTCUSDT.binance-spot',
      side: 'buy',
      quantity: '1',
      price: null,
      code: 'POSITION_EXCEEDED',
      detail: { limit: '0.5', worst: '1' },
    });
  });

  test('limits that nobody set deny', () => {
    const { summary } = replayed(prepared(configOf({ limits: { limitsVersion: 1, entries: [] } })), bars(5, 400));
    expect(summary.denials).toEqual({ LIMIT_MISSING: summary.intents });
  });

  test('no order into a hole in the data until it is closed', () => {
    const stream = quotes(5, 60).map((quote) => ({ ...quote, seq: quote.seq * 10 }));
    const hole = (reason: GapInput['reason'], after: number): GapInput => {
      const { tsEvent, seq } = stream[after] as QuoteInput;
      return {
        kind: 'gap',
        slot: 0,
        seq: seq + 1,
        tsEvent,
        tsInit: tsEvent,
        reason,
        detail: '',
        stream: 'quote',
        from: 0,
        to: 0,
      };
    };
    const events = [
      ...stream.slice(0, 20),
      hole('gap', 19),
      ...stream.slice(20, 40),
      hole('resync', 39),
      ...stream.slice(40),
    ];
    const script: Script = {
      event: (context, n) => {
        if (n % 10 === 5) context.submit({ side: 'buy', type: 'market', quantity: one });
      },
    };
    const config = { execution: { ...configOf().execution, model: 'quotes' as const } };
    const { summary } = replayed(scriptedRun(script, config), events);
    // While the hole is open the strategy is told no quotes, so it orders at the 5th, 15th, 25th and 35th that it is told.
    expect(summary).toMatchObject({ gaps: 2, denied: 0, events: 62 });
    expect(summary.intents).toBe(4);
  });
});

describe('stopping', () => {
  test('cancels what works, tells the strategy, and stays stopped', () => {
    const said: string[] = [];
    const script: Script = {
      event(context, n) {
        if (n === 2) context.submit({ side: 'buy', type: 'limit', quantity: one, price: 1_000_00 as PriceTicks });
      },
      order: (context, { status }) => void said.push(`${status} ${context.workingOrders.length}`),
      stop: (_, reason) => void said.push(reason),
    };
    const config = { execution: { ...configOf().execution, model: 'limit-touch' as const } };
    const run = new ReplayRun(scriptedRun(script, config), new Records());
    for (const bar of bars(5, 5)) run.feed(bar);
    run.stop('enough of it');
    expect(run.state).toBe('stopped');
    expect(run.finish()).toMatchObject({ state: 'stopped', events: 5, intents: 1, fills: 0, failure: null });
    expect(said).toContain('enough of it');
    expect(said.at(-1)).toBe('CANCELED 0');
    expect(run.finish()).toBe(run.finish());
  });

  test('a snapshot of another run is refused', () => {
    const snapshot = new ReplayRun(prepared(), new Records()).snapshot();
    const other = new ReplayRun(prepared(configOf({ seed: '2' })), new Records());
    expect(() => other.restore(snapshot)).toThrow(
      /^the snapshot is of run rp-[0-9a-z]{20}, this is run rp-[0-9a-z]{20}$/,
    );
  });

  test('two instruments beside each other keep their own positions', () => {
    const definitionOf = (symbol: string) => ({ ...instrument().definition, symbol });
    const instruments = ['A', 'B'].map((symbol) => instrument({ definition: definitionOf(symbol) }));
    const script: Script = {
      event(context) {
        const wanted = context.slot === 0 ? 'buy' : 'sell';
        if (context.position === 0 && context.workingOrders.length === 0) {
          context.submit({ side: wanted, type: 'market', quantity: one });
        }
      },
    };
    const both = [...bars(1, 20, 0), ...bars(1, 20, 1)].sort((a, b) => a.tsEvent - b.tsEvent || a.slot - b.slot);
    const { summary } = replayed(scriptedRun(script, { instruments }), both);
    expect(summary.positions).toEqual({ 'A.binance-spot': '1', 'B.binance-spot': '-1' });
  });
});
