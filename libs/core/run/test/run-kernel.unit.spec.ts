import { describe, expect, test } from '@jest/globals';
import { cancelRequestSchema, heartbeatSchema, orderIntentSchema } from '@portcullis/contracts';
import { clientOrderIdOf } from '@portcullis/execution';
import { prepareRun } from '../src/index.ts';
import { Drive, cancelsOf, configuration, intentsOf, logsOf } from './language.ts';

function quoted(): {
  run: Drive;
  buy: ReturnType<typeof intentsOf>[number];
  sell: ReturnType<typeof intentsOf>[number];
} {
  const run = new Drive();
  const [buy, sell] = intentsOf(run.quote('100.00', '100.02'));
  if (buy === undefined || sell === undefined) throw new Error('the strategy quotes both sides');
  return { run, buy, sell };
}

describe('intents', () => {
  test('are messages of the contract, named by their input, and expire', () => {
    const { run, buy, sell } = quoted();
    expect(orderIntentSchema.safeParse(buy).success).toBe(true);
    expect(buy).toMatchObject({
      side: 'buy',
      price: '99.96',
      quantity: '0.1',
      postOnly: true,
      referencePrice: '100.01',
      runSeq: 2,
      expiry: run.at + 5_000_000,
      head: { seq: 2, hash: run.journal[1]?.hash },
    });
    expect(sell.intentId).not.toBe(buy.intentId);
    expect(buy.configDigest).toBe(run.kernel.configDigest);
    expect(run.kernel.unansweredIntents(run.at)).toEqual([buy, sell]);
    expect(run.kernel.unansweredIntents(buy.expiry)).toEqual([]);
  });

  test('a configuration that cannot run is refused with the field', () => {
    const complaint = (rest: object): unknown => {
      const prepared = prepareRun(configuration(rest));
      return prepared.ok ? undefined : prepared.error.field;
    };
    expect(complaint({ strategy: 'nonsense' })).toBe('strategy');
    expect(complaint({ parameters: { quantity: '0.1' } })).toBe('parameters.inventoryMax');
    expect(complaint({ expiryMicros: 0 })).toBe('expiryMicros');
    expect(complaint({ instrument: { ...configuration().instrument, tickSize: '0' } })).toBe('tickSize');
  });

  test('nobody answers: the order counts as working until its grace is over, and comes back with late evidence', () => {
    const { run, buy } = quoted();
    run.timer(6_000_000);
    expect(run.kernel.workingOrders).toBe(2);
    run.timer(60_000_000);
    expect(run.kernel.workingOrders).toBe(0);
    run.order(buy, { type: 'submitted', venueOrder: run.venueOrder(buy) });
    expect(run.kernel.workingOrders).toBe(1);
  });
});

describe('verdicts and orders', () => {
  test('a denial ends the order, once', () => {
    const { run, buy } = quoted();
    run.verdict(buy, 'MAX_POSITION');
    run.verdict(buy, 'MAX_POSITION');
    expect(run.kernel.counters).toMatchObject({ denied: 1, approved: 0 });
    expect(run.kernel.workingOrders).toBe(1);
  });

  test('fills change position and profit exactly, each trade id once, after the end of the order too', () => {
    const { run, buy, sell } = quoted();
    run.works(buy);
    run.fill(buy, '0.04', { state: 'partially-filled', tradeId: 'a', fee: '0.001' });
    run.fill(buy, '0.04', { state: 'partially-filled', tradeId: 'a', fee: '0.001' });
    run.order(buy, { type: 'canceled', cumulativeQuantity: '0.04', reason: 'user' });
    expect(run.kernel.workingOrders).toBe(1);
    run.fill(buy, '0.02', { state: 'partially-filled', tradeId: 'b', fee: '0.001' });
    expect(run.kernel.workingOrders).toBe(1);
    run.works(sell);
    run.fill(sell, '0.06', { state: 'filled', tradeId: 'c' });
    const status = run.kernel.status();
    expect(status).toMatchObject({
      position: '0',
      realisedProfit: '0.006',
      fees: '0.002',
      unrealisedProfit: '0',
      workingOrders: 0,
      intents: 2,
      state: 'running',
    });
    expect(heartbeatSchema.shape.runs.unwrap().element.safeParse(status).success).toBe(true);
  });

  test('an event that comes again changes nothing', () => {
    const { run, buy } = quoted();
    run.works(buy);
    run.order(buy, { type: 'canceled', cumulativeQuantity: '0', reason: '' }, 77);
    run.order(buy, { type: 'accepted', venueOrderId: '1' }, 1);
    run.order(buy, { type: 'submitted', venueOrder: run.venueOrder(buy) }, 99);
    expect(run.kernel.workingOrders).toBe(1);
  });

  test('an unresolved order counts as working', () => {
    const { run, buy } = quoted();
    run.works(buy);
    run.order(buy, { type: 'unresolved', reason: 'timeout' });
    expect(run.kernel.workingOrders).toBe(2);
    expect(intentsOf(run.quote('100.00', '100.02'))).toEqual([]);
    run.order(buy, { type: 'expired', cumulativeQuantity: '0', reason: 'never reached the venue' });
    expect(intentsOf(run.quote('100.00', '100.02'))).toHaveLength(1);
  });

  test('messages of other runs are none of its business', () => {
    const { run, buy } = quoted();
    run.verdict({ ...buy, runId: 'other' });
    expect(run.kernel.counters.approved).toBe(0);
  });
});

describe('cancels', () => {
  test('wait until the order is at the venue, then go out once a second until there is evidence', () => {
    const { run, buy } = quoted();
    run.verdict(buy);
    expect(cancelsOf(run.quote('101.00', '101.02'))).toEqual([]);
    run.order(buy, { type: 'submitted', venueOrder: run.venueOrder(buy) });
    const outputs = run.order(buy, { type: 'accepted', venueOrderId: '1' });
    const id = clientOrderIdOf('quote-1', buy.intentId);
    expect(cancelsOf(outputs)).toEqual([id]);
    const [cancel] = outputs.flatMap((output) => (output.type === 'cancel' ? [output.cancel] : []));
    expect(cancelRequestSchema.safeParse(cancel).success).toBe(true);
    expect(cancelsOf(run.timer(500_000))).toEqual([]);
    expect(cancelsOf(run.timer(500_000))).toEqual([id]);
    run.order(buy, { type: 'canceled', cumulativeQuantity: '0', reason: '' });
    expect(cancelsOf(run.timer(2_000_000))).toEqual([]);
  });

  test('a stop cancels what works, makes no new intents, and is done when nothing works', () => {
    const { run, buy, sell } = quoted();
    run.works(buy);
    const outputs = run.input({ type: 'stop', at: run.at, reason: 'shutdown' });
    expect(cancelsOf(outputs)).toEqual([clientOrderIdOf('quote-1', buy.intentId)]);
    expect(run.kernel.state).toBe('stopping');
    run.order(buy, { type: 'canceled', cumulativeQuantity: '0', reason: '' });
    expect(run.kernel.state).toBe('stopping');
    run.verdict(sell, 'HALTED');
    expect(run.kernel.state).toBe('stopped');
    expect(intentsOf(run.quote('100.00', '100.02'))).toEqual([]);
    run.input({ type: 'resumed', at: run.at });
    expect(intentsOf(run.quote('100.00', '100.02'))).toHaveLength(2);
  });
});

describe('market', () => {
  test('after a gap nothing is quoted until the book is whole again', () => {
    const { run, buy, sell } = quoted();
    run.works(buy);
    run.works(sell);
    expect(cancelsOf(run.market({ kind: 'gap', reason: 'disconnect', detail: '' }))).toHaveLength(2);
    for (const intent of [buy, sell]) run.order(intent, { type: 'canceled', cumulativeQuantity: '0', reason: '' });
    expect(intentsOf(run.quote('100.00', '100.02'))).toEqual([]);
    run.market({ kind: 'gap', reason: 'resync', detail: '' });
    expect(intentsOf(run.quote('100.00', '100.02'))).toHaveLength(2);
  });

  test('a hole on the way to the run is told, and the next quote counts', () => {
    const { run, buy } = quoted();
    run.works(buy);
    expect(cancelsOf(run.input({ type: 'gap', at: run.at, expected: 2, got: 9 }))).toHaveLength(1);
    expect(run.kernel.status().unrealisedProfit).toBe('0');
  });

  test('a message that was seen, and one that cannot be right, change nothing', () => {
    const run = new Drive();
    run.quote('100.00', '100.02');
    const before = run.kernel.status();
    run.market({ kind: 'quote', bidPrice: '90', bidQuantity: '1', askPrice: '91', askQuantity: '1' }, 1);
    expect(
      logsOf(
        run.market({ kind: 'quote', bidPrice: '100.001', bidQuantity: '1', askPrice: '101', askQuantity: '1' }),
      )[0],
    ).toContain('bidPrice');
    expect(run.kernel.status()).toEqual({ ...before, inputs: 4, decisionHash: run.kernel.decisionHash });
    expect(run.kernel.counters.malformed).toBe(1);
  });

  test('time never goes back', () => {
    const run = new Drive();
    run.at -= 60_000_000;
    const [intent] = intentsOf(run.quote('100.00', '100.02'));
    expect(intent?.expiry).toBe(run.at - 10_000 + 60_000_000 + 5_000_000);
  });
});

describe('kills', () => {
  const kill = (scope: string, streamSequence: number) => ({
    kind: 'kill' as const,
    scope,
    reason: 'test',
    streamSequence,
  });

  test('a kill that covers the run silences it until it is cleared in the log and at the gate', () => {
    const run = new Drive();
    const control = (
      rest: Parameters<typeof run.input>[0] extends infer I
        ? I extends { type: 'control'; control: infer C }
          ? C
          : never
        : never,
    ) => run.input({ type: 'control', at: run.at, control: rest });
    control(kill('run.other', 1));
    expect(run.kernel.killed).toBe(false);
    control(kill('venue.venuesim', 2));
    expect(intentsOf(run.quote('100.00', '100.02'))).toEqual([]);
    control({ kind: 'state', latchedScopes: ['venue.venuesim', 'run.other'] });
    control({ kind: 'clear', scope: 'venue.venuesim', streamSequence: 3 });
    expect(run.kernel.killed).toBe(true);
    control({ kind: 'state', latchedScopes: ['run.other'] });
    expect(run.kernel.killed).toBe(false);
    control(kill('venue.venuesim', 2));
    expect(run.kernel.killed).toBe(false);
    expect(intentsOf(run.quote('100.00', '100.02'))).toHaveLength(2);
  });
});
