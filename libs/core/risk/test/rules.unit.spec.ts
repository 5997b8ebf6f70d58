import { describe, expect, test } from '@jest/globals';
import { DENIAL_CODES, denialTable, rules } from '../src/index.ts';
import { BTC, ETH, Gate, SECOND, ample, config, without } from './language.ts';

const DAY = 86_400 * SECOND;

describe('trading state', () => {
  test('GATE_NOT_READY: before the backlog is in, without a lease, and before the bridge reconciled', () => {
    const gate = new Gate();
    gate.take({ type: 'started', at: gate.at, gateEpoch: 1, config: config() });
    expect(gate.deny()).toEqual({ code: 'GATE_NOT_READY', detail: { reason: 'recovering' } });
    gate.take({ type: 'caught-up', at: gate.at });
    expect(gate.deny()).toEqual({ code: 'GATE_NOT_READY', detail: { reason: 'bridge-not-reconciled' } });
    gate.recon({ complete: false });
    expect(gate.deny().detail.reason).toBe('bridge-not-reconciled');
    gate.recon();
    expect(gate.core.tradingState).toBe('ACTIVE');
    gate.recon({ bridgeEpoch: 8, complete: false });
    expect(gate.deny().detail.reason).toBe('bridge-not-reconciled');
    gate.recon({ bridgeEpoch: 8 });
    gate.take({ type: 'lease-lost', at: gate.at });
    expect(gate.deny()).toEqual({ code: 'GATE_NOT_READY', detail: { reason: 'lease-lost' } });
  });

  test('a snapshot of an older bridge changes nothing', () => {
    const gate = Gate.ready();
    gate.recon({ bridgeEpoch: 6 });
    expect(gate.approve().audience.bridgeEpoch).toBe(7);
  });

  test('TRADING_HALTED: a run may not even reduce, a person may', () => {
    const gate = Gate.ready();
    gate.hold('2');
    gate.start(config({}, { tradingState: 'HALTED' }));
    expect(gate.deny({ side: 'sell' })).toEqual({ code: 'TRADING_HALTED', detail: { origin: 'run', reducible: '2' } });
    expect(gate.approve({ side: 'sell', origin: 'person' }).reduces).toBe(true);
    expect(gate.deny({ side: 'sell', origin: 'person', quantity: '2' }).code).toBe('TRADING_HALTED');
  });

  test('TRADING_REDUCING: reductions alone', () => {
    const gate = Gate.ready();
    gate.hold('2');
    gate.start(config({}, { tradingState: 'REDUCING' }));
    expect(gate.deny()).toEqual({ code: 'TRADING_REDUCING', detail: { quantity: '1', reducible: '0' } });
    expect(gate.approve({ side: 'sell' }).reduces).toBe(true);
  });

  test('KILL_LATCHED: the latch and what could still be reduced', () => {
    const gate = Gate.ready();
    gate.hold('2');
    gate.kill('run.sma-1');
    expect(gate.deny({ side: 'sell', quantity: '3' })).toEqual({
      code: 'KILL_LATCHED',
      detail: { scope: 'run.sma-1', epoch: '1', quantity: '3', reducible: '2' },
    });
    expect(gate.approve({ runId: 'quote-1', strategy: 'quoter' }).killEpoch).toBe(1);
  });
});

describe('duplicate intent', () => {
  test('GATE_CAPACITY: what cannot be remembered is not approved', () => {
    const rule = rules.find(({ name }) => name === 'duplicate-intent');
    const context = { decidedHash: undefined, intentHash: 'h', memoryFull: true } as Parameters<
      NonNullable<typeof rule>['check']
    >[0];
    expect(rule?.check(context)).toEqual({ code: 'GATE_CAPACITY', detail: { limit: '100000' } });
  });
});

describe('permission', () => {
  test.each([
    ['VENUE_NOT_ALLOWED', { instrument: 'BTCUSDT.elsewhere' }, { venue: 'elsewhere', allowed: 'venuesim' }],
    ['INSTRUMENT_NOT_ALLOWED', { instrument: 'DOGEUSDT.venuesim' }, { instrument: 'DOGEUSDT.venuesim' }],
    ['STRATEGY_NOT_ALLOWED', { strategy: 'unknown' }, { strategy: 'unknown' }],
  ])('%s', (code, wish, detail) => {
    expect(Gate.ready().deny(wish)).toEqual({ code, detail });
  });
});

describe('intent validity', () => {
  test('INTENT_EXPIRED: at its expiry it is over', () => {
    const gate = Gate.ready();
    expect(gate.deny({ expiry: gate.at })).toEqual({
      code: 'INTENT_EXPIRED',
      detail: { expiry: String(gate.at), at: String(gate.at) },
    });
  });

  test('INTENT_EXPIRED: a clock that steps back opens nothing again', () => {
    const gate = Gate.ready();
    const intent = gate.intent({ expiry: gate.at + SECOND });
    gate.pass(2 * SECOND).mark('99.99', '100.01');
    gate.pass(-2 * SECOND);
    expect(gate.judge(intent).verdict).toMatchObject({ decision: 'denied', denial: { code: 'INTENT_EXPIRED' } });
  });

  test('INTENT_EXPIRY_TOO_FAR', () => {
    const gate = Gate.ready();
    expect(gate.deny({ expiry: gate.at + DAY + 1 }).code).toBe('INTENT_EXPIRY_TOO_FAR');
    expect(gate.approve({ expiry: gate.at + DAY }).decision).toBe('approved');
  });

  test.each([
    ['INTENT_INVALID', { quantity: '1.0005' }, { field: 'quantity', value: '1.0005' }],
    ['INTENT_INVALID', { price: '100.001' }, { field: 'price', value: '100.001' }],
    ['INTENT_INVALID', { type: 'market', price: '100' }, { field: 'price' }],
    ['INTENT_INVALID', { quantity: '0' }, { field: 'quantity' }],
    ['QUANTITY_ABOVE_MAX', { quantity: '1000.001' }, { quantity: '1000.001', limit: '1000' }],
    ['PRICE_OUT_OF_RANGE', { price: '0.5' }, { price: '0.5', min: '1', max: '100000' }],
    ['NOTIONAL_BELOW_MIN', { quantity: '0.049' }, { notional: '4.9', limit: '5' }],
    ['NOTIONAL_BELOW_MIN', { type: 'market', quantity: '0.049' }, { notional: '4.89951', limit: '5' }],
  ] as const)('%s', (code, wish, detail) => {
    const denial = Gate.ready().deny(wish);
    expect(denial.code).toBe(code);
    expect(denial.detail).toMatchObject(detail);
  });

  test('QUANTITY_BELOW_MIN', () => {
    const settings = config();
    const gate = Gate.ready({
      ...settings,
      instruments: settings.instruments.map((definition) => ({ ...definition, quantityMin: '0.1' })),
    });
    expect(gate.deny({ quantity: '0.099' })).toEqual({
      code: 'QUANTITY_BELOW_MIN',
      detail: { quantity: '0.099', limit: '0.1' },
    });
  });
});

describe('data freshness', () => {
  test('MARK_MISSING: no mark, one side of the book, or none since a resync', () => {
    const gate = Gate.ready();
    expect(gate.deny({ instrument: ETH })).toEqual({ code: 'MARK_MISSING', detail: { instrument: ETH } });
    gate.mark('0', '100');
    expect(gate.deny().code).toBe('MARK_MISSING');
    gate.mark('99.99', '100.01');
    gate.take({ type: 'gap', at: gate.at, instrument: BTC, reason: 'resync' });
    expect(gate.deny().code).toBe('MARK_MISSING');
  });

  test('MARKET_GAPPED: until the resync, also for reductions', () => {
    const gate = Gate.ready();
    gate.hold('1');
    gate.take({ type: 'gap', at: gate.at, instrument: BTC, reason: 'disconnect' });
    gate.mark('99.99', '100.01');
    expect(gate.deny()).toEqual({ code: 'MARKET_GAPPED', detail: { reason: 'disconnect' } });
    expect(gate.deny({ side: 'sell', reduceOnly: true }).code).toBe('MARKET_GAPPED');
    gate.take({ type: 'gap', at: gate.at, instrument: BTC, reason: 'resync' });
    gate.mark('99.99', '100.01');
    expect(gate.approve().decision).toBe('approved');
  });

  test('MARK_STALE: by the venue’s clock, by arrival, and from the future', () => {
    const gate = Gate.ready();
    gate.mark('99.99', '100.01', { tsEvent: gate.at - 2 * SECOND });
    expect(gate.approve().decision).toBe('approved');
    gate.mark('99.99', '100.01', { tsEvent: gate.at - 2 * SECOND - 1 });
    expect(gate.deny()).toEqual({
      code: 'MARK_STALE',
      detail: { clock: 'venue', ageMillis: '2000', limitMillis: '2000', scope: 'account' },
    });
    gate.mark('99.99', '100.01', { tsEvent: gate.at + 3 * SECOND });
    expect(gate.deny().detail.ageMillis).toBe('-3000');
    gate.mark('99.99', '100.01', { tsEvent: gate.at + 2 * SECOND });
    gate.pass(2.5 * SECOND);
    expect(gate.deny().detail.clock).toBe('arrival');
  });

  test('BOOK_CROSSED', () => {
    const gate = Gate.ready();
    gate.mark('100.01', '100.01');
    expect(gate.deny()).toEqual({ code: 'BOOK_CROSSED', detail: { bid: '100.01', ask: '100.01' } });
  });
});

describe('price collar', () => {
  test('PRICE_OUTSIDE_COLLAR: exactly at the limit passes, on either side', () => {
    const gate = Gate.ready();
    expect(gate.approve({ price: '105' }).decision).toBe('approved');
    expect(gate.approve({ price: '95' }).decision).toBe('approved');
    expect(gate.deny({ price: '105.01' })).toEqual({
      code: 'PRICE_OUTSIDE_COLLAR',
      detail: {
        price: '105.01',
        bid: '99.99',
        ask: '100.01',
        basisPoints: '501',
        limitBasisPoints: '500',
        scope: 'account',
      },
    });
    expect(gate.deny({ price: '94.99', side: 'sell' }).code).toBe('PRICE_OUTSIDE_COLLAR');
  });

  test('SPREAD_TOO_WIDE: for market orders alone', () => {
    const gate = Gate.ready();
    gate.mark('99.5', '100.5');
    expect(gate.approve({ type: 'market' }).decision).toBe('approved');
    gate.mark('99.5', '100.51');
    expect(gate.deny({ type: 'market' })).toMatchObject({
      code: 'SPREAD_TOO_WIDE',
      detail: { basisPoints: '101', limitBasisPoints: '100' },
    });
    expect(gate.approve().decision).toBe('approved');
  });
});

describe('limits', () => {
  test('ORDER_NOTIONAL_EXCEEDED: a sell counts at the better of its price and the ask', () => {
    const gate = Gate.ready(config({ orderNotionalMax: '100.5' }));
    expect(gate.approve({ price: '100.5' }).decision).toBe('approved');
    expect(gate.deny({ price: '100.51' })).toEqual({
      code: 'ORDER_NOTIONAL_EXCEEDED',
      detail: { notional: '100.51', limit: '100.5', scope: 'account' },
    });
    gate.mark('101', '101.02');
    expect(gate.deny({ side: 'sell', price: '100' }).detail.notional).toBe('101.02');
    expect(gate.deny({ type: 'market' }).detail.notional).toBe('101.02');
  });

  test('POSITION_EXCEEDED: position, working and unresolved orders of the side, at full size', () => {
    const gate = Gate.ready();
    gate.hold('4');
    const doubtful = gate.approve({ quantity: '3' });
    gate.event(doubtful, 'unresolved');
    gate.approve({ quantity: '2' });
    expect(gate.deny({ quantity: '1.001' })).toEqual({
      code: 'POSITION_EXCEEDED',
      detail: { worst: '10.001', limit: '10', scope: 'account' },
    });
    expect(gate.approve({ quantity: '1' }).decision).toBe('approved');
    expect(gate.approve({ side: 'sell', quantity: '14' }).decision).toBe('approved');
    expect(gate.deny({ side: 'sell', quantity: '1' }).detail.worst).toBe('11');
  });

  test('the tightest of account, strategy, run and instrument wins', () => {
    const entries = [
      { scope: 'account', limits: ample },
      { scope: 'strategy.sma', limits: { positionMax: '6' } },
      { scope: 'run.sma-1', limits: { positionMax: '2' } },
      { scope: 'instrument.venuesim.BTCUSDT', limits: { positionMax: '7', orderNotionalMax: '600' } },
    ];
    const gate = Gate.ready(config({}, { limits: { limitsVersion: 3, entries } }));
    expect(gate.deny({ quantity: '6.5' })).toMatchObject({
      code: 'ORDER_NOTIONAL_EXCEEDED',
      detail: { scope: 'instrument.venuesim.BTCUSDT' },
    });
    expect(gate.deny({ quantity: '3' }).detail.scope).toBe('run.sma-1');
    gate.approve({ quantity: '2' });
    expect(gate.deny({ quantity: '5', runId: 'sma-2' }).detail).toEqual({
      worst: '7',
      limit: '6',
      scope: 'strategy.sma',
    });
    gate.approve({ quantity: '4', runId: 'sma-2' });
    expect(gate.deny({ quantity: '2', runId: 'quote-1', strategy: 'quoter' }).detail.scope).toBe(
      'instrument.venuesim.BTCUSDT',
    );
    expect(gate.exposure(BTC, 'strategy.sma')).toBe('0 6 0');
  });

  test('ORDER_RATE_EXCEEDED: a sliding window, and reductions have their own budget', () => {
    const gate = Gate.ready(
      config({ orderRate: { count: 2, windowMillis: 1000 }, reductionRate: { count: 1, windowMillis: 1000 } }),
    );
    gate.hold('2');
    gate.approve();
    expect(gate.deny()).toEqual({
      code: 'ORDER_RATE_EXCEEDED',
      detail: { budget: 'orders', count: '2', limit: '2', windowMillis: '1000', scope: 'account' },
    });
    expect(gate.approve({ side: 'sell', reduceOnly: true }).reduces).toBe(true);
    expect(gate.deny({ side: 'sell', reduceOnly: true }).detail.budget).toBe('reductions');
    gate.pass(SECOND);
    expect(gate.approve().decision).toBe('approved');
  });

  test.each([
    ['markAgeMillisMax', {}],
    ['collarBasisPoints', {}],
    ['spreadBasisPointsMax', { type: 'market' }],
    ['orderNotionalMax', {}],
    ['positionMax', {}],
    ['orderRate', {}],
    ['reductionRate', { side: 'sell', reduceOnly: true }],
  ] as const)('LIMIT_MISSING: %s', (name, wish) => {
    const gate = Gate.ready();
    gate.hold('1');
    gate.start(without(name));
    expect(gate.deny(wish)).toEqual({ code: 'LIMIT_MISSING', detail: { limit: name } });
  });
});

describe('the table of denials', () => {
  test('every code belongs to a rule, and the table has a row for each', () => {
    const names = rules.map((rule) => rule.name);
    const table = denialTable();
    for (const code of DENIAL_CODES) expect(table).toContain(`| \`${code}\` |`);
    const used = table
      .split('\n')
      .slice(2)
      .filter((row) => row !== '')
      .map((row) => row.split(' | ')[1] ?? '');
    for (const rule of used) expect([...names, 'every rule that needs a limit']).toContain(rule);
    expect(new Set(used).size).toBe(names.length + 1);
  });
});
