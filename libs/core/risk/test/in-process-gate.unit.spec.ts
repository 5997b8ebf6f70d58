import { describe, expect, test } from '@jest/globals';
import type { GateLimits, LimitSet } from '@portcullis/contracts';
import { type PriceTicks, assert, quantityLots } from '@portcullis/kernel';
import { type Denial, InProcessGate, type InProcessGateOptions, type OrderTerms } from '../src/index.ts';
import { RULES } from './both-gates.ts';
import { SECOND, START, ample } from './language.ts';

const [BTC, ETH] = RULES;
assert(BTC !== undefined && ETH !== undefined, 'two instruments');
const LIMITS = limitsOf(ample);

function limitsOf(limits: Partial<LimitSet>, ...more: GateLimits['entries']): GateLimits {
  return { limitsVersion: 1, entries: [{ scope: 'account', limits }, ...more] };
}

const OPTIONS: InProcessGateOptions = {
  account: 'main',
  runId: 'run-1',
  strategy: 'sma',
  instruments: [BTC, ETH],
  limits: LIMITS,
};

function refusalOf(more: Partial<InProcessGateOptions>): unknown {
  const made = InProcessGate.of({ ...OPTIONS, ...more });
  return made.ok ? undefined : made.error;
}

/** A gate with a mark of 99.99 to 100.01 in each instrument. */
function ready(more: Partial<InProcessGateOptions> = {}): InProcessGate {
  const made = InProcessGate.of({ ...OPTIONS, ...more });
  assert(made.ok, 'options are right');
  for (const slot of [0, 1]) mark(made.value, { slot });
  return made.value;
}

function mark(
  gate: InProcessGate,
  { slot = 0, bid = 9_999, ask = 10_001, at = START, tsEvent = at }: Record<string, number> = {},
): void {
  gate.mark(slot, { bid: bid as PriceTicks, ask: ask as PriceTicks, tsEvent, at });
}

/** To buy 1 at 100, unless told otherwise. */
function terms(more: Partial<Record<keyof OrderTerms, unknown>> = {}): OrderTerms {
  const plain: OrderTerms = {
    side: 'buy',
    type: 'limit',
    timeInForce: 'GTC',
    postOnly: false,
    reduceOnly: false,
    lots: quantityLots(1000),
    price: 10_000 as PriceTicks,
    stopPrice: undefined,
    expiry: START + 5 * SECOND,
  };
  return { ...plain, ...more } as OrderTerms;
}

const codeOf = (denial: Denial | undefined): string => denial?.code ?? 'APPROVED';

describe('what a gate in process is made of', () => {
  test.each([
    ['a state that is none', { tradingState: 'OPEN' as 'ACTIVE' }, { field: 'tradingState', value: 'OPEN' }],
    ['an instrument twice', { instruments: [BTC, ETH, BTC] }, { field: 'instruments', value: BTC.id }],
    ['a limit that is no number', { limits: limitsOf({ collarBasisPoints: NaN }) }, { value: 'NaN' }],
    [
      'an amount that is not exact',
      { limits: limitsOf({ positionMax: `0.${'1'.repeat(13)}` }) },
      { field: 'limits.entries.0.limits.positionMax' },
    ],
    [
      'a window without end',
      { limits: limitsOf({ orderRate: { count: 1, windowMillis: Infinity } }) },
      { field: 'limits.entries.0.limits.orderRate.windowMillis', value: 'Infinity' },
    ],
    ['an unknown scope', { limits: limitsOf(ample, { scope: 'everything', limits: {} }) }, { value: 'everything' }],
  ])('%s is refused', (_what, more, error) => {
    expect(refusalOf(more)).toMatchObject(error);
  });

  test('no limits deny everything', () => {
    expect(ready({ limits: limitsOf({}) }).decide(START, 1, 0, terms())?.code).toBe('LIMIT_MISSING');
  });

  test('instruments of several venues each have their own limits, marks and kills', () => {
    const elsewhere = { ...ETH, venue: 'elsewhere', symbol: 'BTCUSDT', id: 'BTCUSDT.elsewhere' };
    const limits = limitsOf(ample, { scope: 'instrument.elsewhere.BTCUSDT', limits: { positionMax: '0.5' } });
    const gate = ready({ instruments: [BTC, elsewhere], limits });
    expect(gate.decide(START, 1, 0, terms())).toBeUndefined();
    expect(gate.decide(START, 2, 1, terms())?.detail).toMatchObject({ scope: 'instrument.elsewhere.BTCUSDT' });
    gate.kill('venue.venuesim', 'drill', START);
    expect(codeOf(gate.decide(START, 3, 0, terms()))).toBe('KILL_LATCHED');
    expect(codeOf(gate.decide(START, 4, 1, terms({ lots: 500 })))).toBe('APPROVED');
    gate.gap(1, 'disconnect');
    expect(codeOf(gate.decide(START, 5, 1, terms({ lots: 60 })))).toBe('MARKET_GAPPED');
  });
});

describe('the life of an order', () => {
  test('an approval reserves, fills convert, the end releases', () => {
    const gate = ready();
    gate.decide(START, 7, 0, terms());
    expect(gate.exposure(0)).toMatchObject({ position: 0, openBuy: 1000 });
    gate.fill(7, 300);
    expect(gate.exposure(0)).toMatchObject({ position: 300, openBuy: 700 });
    gate.ended(7);
    expect(gate.exposure(0)).toMatchObject({ position: 300, openBuy: 0 });
    gate.ended(7);
    expect(gate.openOrders).toBe(0);
  });

  test('filled whole, it has ended', () => {
    const gate = ready();
    gate.decide(START, 1, 0, terms({ side: 'sell' }));
    gate.fill(1, 1000);
    expect(gate.exposure(0)).toMatchObject({ position: -1000, openSell: 0 });
    expect(gate.openOrders).toBe(0);
    gate.ended(1);
  });

  test('a denied order reserves nothing and cannot be filled', () => {
    const gate = ready();
    expect(codeOf(gate.decide(START, 1, 0, terms({ lots: 1 })))).toBe('QUANTITY_BELOW_MIN');
    expect(() => gate.fill(1, 1)).toThrow('order 1, which does not work, was filled');
    gate.ended(1);
    expect(gate.exposure(0).openBuy).toBe(0);
  });

  test('an execution that no order asked for moves the position', () => {
    const gate = ready();
    gate.adjust(1, 'sell', 400);
    expect(gate.exposure(1).position).toBe(-400);
    expect(gate.decide(START, 1, 1, terms({ lots: 400, reduceOnly: true }))).toBeUndefined();
    expect(gate.exposure(1)).toMatchObject({ openBuy: 400, reducingBuy: 400 });
  });

  test('after a kill only reductions pass, of what is held and no more', () => {
    const gate = ready();
    gate.decide(START, 1, 0, terms());
    gate.fill(1, 1000);
    gate.kill('strategy.sma', 'drill', START);
    expect(gate.decide(START, 2, 0, terms())?.detail).toEqual({
      scope: 'strategy.sma',
      epoch: '1',
      quantity: '1',
      reducible: '0',
    });
    expect(codeOf(gate.decide(START, 3, 0, terms({ side: 'sell', lots: 1001 })))).toBe('KILL_LATCHED');
    expect(gate.decide(START, 4, 0, terms({ side: 'sell' }))).toBeUndefined();
  });

  test('a kill of a scope that is none is a kill of everything', () => {
    const gate = ready();
    gate.kill('strategy', 'a slip', START);
    expect(gate.decide(START, 1, 1, terms())?.detail).toMatchObject({ scope: 'all' });
  });

  test('the limits of the order rate count over all instruments', () => {
    const gate = ready({ limits: limitsOf({ ...ample, orderRate: { count: 2, windowMillis: 1000 } }) });
    gate.decide(START, 1, 0, terms());
    gate.decide(START, 2, 1, terms());
    expect(codeOf(gate.decide(START + SECOND - 1, 3, 0, terms()))).toBe('ORDER_RATE_EXCEEDED');
    expect(gate.decide(START + SECOND, 4, 0, terms())).toBeUndefined();
  });
});

describe('what cannot be right', () => {
  const ODD = [NaN, Infinity, -Infinity, -1, 0.5, 2 ** 53, 1e300];

  test.each(['lots', 'price', 'stopPrice', 'expiry'] as const)(
    '%s that are odd numbers or none are denied',
    (field) => {
      for (const value of [...ODD, '1000', null, {}]) {
        const gate = ready();
        const before = gate.snapshot();
        const more = field === 'stopPrice' ? { type: 'stop-limit' } : {};
        const denial = gate.decide(START, 1, 0, terms({ ...more, [field]: value }));
        const odd =
          field === 'expiry' ? ['INTENT_EXPIRED', 'INTENT_EXPIRY_TOO_FAR', 'INTENT_INVALID'] : ['INTENT_INVALID'];
        expect(odd).toContain(codeOf(denial));
        expect(Object.values(denial?.detail ?? {}).every((text) => typeof text === 'string')).toBe(true);
        expect(gate.snapshot()).toBe(before.replace('"last":0', '"last":1'));
      }
    },
  );

  test.each([
    ['side', 'BUY'],
    ['side', undefined],
    ['type', 'stop'],
    ['timeInForce', 'DAY'],
    ['price', undefined],
    ['stopPrice', 10_000],
  ] as const)('%s %s is denied', (field, value) => {
    expect(ready().decide(START, 1, 0, terms({ [field]: value }))).toMatchObject({
      code: 'INTENT_INVALID',
      detail: { field },
    });
  });

  test('odd calls are failures of the caller and change nothing', () => {
    const gate = ready();
    gate.decide(START, 1, 0, terms());
    const before = gate.snapshot();
    const calls = [
      ...ODD.flatMap((value) => [
        () => gate.fill(1, value),
        () => gate.adjust(0, 'buy', value),
        () => gate.decide(START, value, 0, terms()),
        ...(value === -1 ? [] : [() => gate.decide(value, 2, 0, terms()), () => mark(gate, { at: value })]),
      ]),
      ...[NaN, Infinity, 0.5].flatMap((value) => [
        () => mark(gate, { bid: value }),
        () => mark(gate, { ask: value }),
        () => mark(gate, { tsEvent: value }),
      ]),
      () => gate.fill(1, 0),
      () => gate.fill(1, 1001),
      () => gate.fill(2, 1),
      () => gate.ended(2),
      () => gate.decide(START, 1, 0, terms()),
      () => gate.decide(START, 2, 2, terms()),
      () => mark(gate, { slot: -1 }),
      () => gate.gap(NaN, 'gap'),
    ];
    for (const call of calls) expect(call).toThrow();
    expect(gate.snapshot()).toBe(before);
  });

  test('time never falls: an order that is late for the clock is judged at the latest time seen', () => {
    const gate = ready();
    mark(gate, { at: START + 5 * SECOND });
    expect(codeOf(gate.decide(START, 1, 0, terms()))).toBe('INTENT_EXPIRED');
  });
});

describe('memory', () => {
  test('a million intents at once: as many pass as the rate allows, and nothing is kept of the others', () => {
    const gate = ready({
      limits: limitsOf({ ...ample, orderRate: { count: 100, windowMillis: 1000 }, positionMax: '1000000' }),
    });
    const wish = terms({ lots: 50 });
    for (let order = 1; order <= 100; order += 1) gate.decide(START, order, 0, wish);
    const before = gate.snapshot().length;
    let denied = 0;
    for (let order = 101; order <= 1_000_000; order += 1) {
      if (gate.decide(START, order, 0, wish)?.code === 'ORDER_RATE_EXCEEDED') denied += 1;
    }
    expect(denied).toBe(999_900);
    expect(gate.openOrders).toBe(100);
    expect(gate.snapshot().length - before).toBeLessThan(10);
  });

  test('a hundred thousand orders one after the other leave nothing but their position', () => {
    const gate = ready();
    let denied = 0;
    for (let order = 1; order <= 100_000; order += 1) {
      const at = START + order * 2000;
      if (order % 500 === 0) mark(gate, { at });
      const side = order % 2 === 0 ? 'buy' : 'sell';
      if (gate.decide(at, order, 0, terms({ side, expiry: at + 1 })) !== undefined) denied += 1;
      gate.fill(order, 1000);
      gate.ended(order);
    }
    expect(denied).toBe(0);
    expect(gate.exposure(0)).toMatchObject({ position: 0, openBuy: 0, openSell: 0 });
    expect(gate.openOrders).toBe(0);
    expect(gate.snapshot().length).toBeLessThan(20_000);
  });

  test('orders that never end: one more than the gate has room for is denied', () => {
    const rate = { count: 10_000, windowMillis: 1 };
    const gate = ready({ limits: limitsOf({ ...ample, positionMax: '1000000', orderRate: rate }) });
    const wish = terms({ lots: 50 });
    for (let order = 1; order <= 100_000; order += 1) gate.decide(START + order, order, 0, wish);
    expect(gate.openOrders).toBe(100_000);
    expect(codeOf(gate.decide(START + 100_001, 100_001, 0, wish))).toBe('GATE_CAPACITY');
    gate.ended(1);
    expect(gate.decide(START + 100_002, 100_002, 0, wish)).toBeUndefined();
  });
});

describe('a snapshot', () => {
  /** A gate with something of everything. */
  function busy(): InProcessGate {
    const gate = ready();
    gate.decide(START, 1, 0, terms());
    gate.fill(1, 400);
    gate.decide(START, 2, 0, terms({ side: 'sell', lots: 400, reduceOnly: true }));
    gate.gap(1, 'stale');
    gate.kill('instrument.venuesim.ETHUSDT', 'drill', START + 1);
    return gate;
  }

  test('brings everything back', () => {
    const text = busy().snapshot();
    const gate = ready();
    gate.restore(text);
    expect(gate.snapshot()).toBe(text);
    expect(gate.exposure(0)).toEqual(busy().exposure(0));
    gate.gap(1, 'resync');
    mark(gate, { slot: 1 });
    expect(codeOf(gate.decide(START, 3, 1, terms()))).toBe('KILL_LATCHED');
  });

  test.each([
    ['no JSON', () => 'gate', 'not JSON'],
    ['no object', () => 'null', 'no object'],
    ['another version', (text: string) => text.replace('"version":1', '"version":2'), 'has version 1, not 2'],
    ['another run', (text: string) => text.replace('run-1', 'run-2'), 'is of run run-2, not of run-1'],
    ['another instrument', (text: string) => text.replace('BTCUSDT.venuesim', 'XBTUSD.venuesim'), 'instruments'],
    ['half an order', (text: string) => text.replace('"filled":400', '"filled":0.5'), 'filled'],
    ['an order filled whole', (text: string) => text.replace('"filled":400', '"filled":1000'), 'filled'],
    ['an order of no slot', (text: string) => text.replace('"slot":0', '"slot":2'), 'slot'],
    ['an order above the last', (text: string) => text.replace('"order":2', '"order":3'), 'order'],
    ['an approval of the future', (text: string) => text.replaceAll(`[${START}`, `[${START + SECOND}`), 'rates.orders'],
    ['no rates', (text: string) => text.replace('"rates"', '"rate"'), 'rates.orders'],
    ['no latches', (text: string) => text.replace('"latches":{', '"latch":{'), 'latches'],
  ])('%s is refused, and the gate stays as it was', (_what, change, message) => {
    const gate = busy();
    const before = gate.snapshot();
    const changed = change(before);
    expect(changed).not.toBe(before);
    expect(() => gate.restore(changed)).toThrow(message);
    expect(gate.snapshot()).toBe(before);
  });
});
