import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { GateLimits } from '@portcullis/contracts';
import { type QuantityLots, priceTicks, quantityLots } from '@portcullis/kernel';
import { btcusdtRules } from '@portcullis/testkit/instrument';
import { InProcessGate } from '../src/index.ts';

const rules = btcusdtRules({ venue: 'v' });
const START = 1_700_000_000_000_000;

const LIMITS: GateLimits = {
  limitsVersion: 1,
  entries: [
    {
      scope: 'account',
      limits: {
        ...{ orderNotionalMax: '100000', positionMax: '2', collarBasisPoints: 1000, spreadBasisPointsMax: 1000 },
        ...{ markAgeMillisMax: 10_000, orderRate: { count: 50, windowMillis: 1000 } },
        reductionRate: { count: 50, windowMillis: 1000 },
      },
    },
  ],
};

function gateOf(limits: GateLimits = LIMITS): InProcessGate {
  const options = { account: 'lab', runId: 'run-1', strategy: 's', instruments: [rules], limits };
  const gate = InProcessGate.of(options);
  if (!gate.ok) throw new Error(gate.error.field);
  return gate.value;
}

const mark = (gate: InProcessGate, at: number) =>
  gate.mark(0, { bid: priceTicks(2_000_000), ask: priceTicks(2_000_010), tsEvent: at, at });

const market = (side: 'buy' | 'sell', lots: number, expiry: number) => ({
  ...{ side, type: 'market' as const, timeInForce: 'IOC' as const, postOnly: false, reduceOnly: false },
  ...{ lots: lots as QuantityLots, price: undefined, stopPrice: undefined, expiry },
});

/** A whole unit of the base currency in lots. */
const UNIT = Number(10n ** 12n / rules.moneyPerLot);

describe('the gate inside a replay', () => {
  test('denies what riskd denies: size, position with what works, age of the mark, holes, rates, a missing limit', () => {
    const gate = gateOf();
    const ask = (order: number, lots: number, at = START) =>
      gate.decide(at, order, 0, market('buy', lots, at + 1000))?.code;
    expect(ask(1, UNIT)).toBe('MARK_MISSING');
    mark(gate, START);
    expect(ask(2, 6 * UNIT)).toBe('ORDER_NOTIONAL_EXCEEDED');
    expect(ask(3, 1.5 * UNIT)).toBeUndefined();
    expect(ask(4, UNIT)).toBe('POSITION_EXCEEDED');
    gate.ended(3);
    expect(ask(5, UNIT)).toBeUndefined();
    expect(ask(6, UNIT / 2, START + 11_000_000)).toBe('MARK_STALE');
    gate.gap(0, 'disconnect');
    const later = START + 11_000_000;
    expect(ask(7, UNIT / 2, later)).toBe('MARKET_GAPPED');
    gate.gap(0, 'resync');
    expect(ask(8, UNIT / 2, later)).toBe('MARK_MISSING');
    const bare = gateOf({ limitsVersion: 1, entries: [] });
    mark(bare, START);
    expect(bare.decide(START, 1, 0, market('buy', UNIT, START + 1))?.code).toBe('LIMIT_MISSING');
  });

  test('a flood of orders in one second are denied by the rate, and nothing grows', () => {
    const gate = gateOf();
    mark(gate, START);
    let approved = 0;
    for (let order = 1; order <= 100_000; order++) {
      if (gate.decide(START, order, 0, market('buy', 100, START + 1000)) === undefined) {
        approved += 1;
        gate.fill(order, quantityLots(100));
        gate.ended(order);
      }
    }
    expect(approved).toBe(50);
    expect(gate.openOrders).toBe(0);
    expect(gate.snapshot().length).toBeLessThan(5000);
  });

  test('after a kill only reductions pass', () => {
    const gate = gateOf();
    mark(gate, START);
    expect(gate.decide(START, 1, 0, market('buy', UNIT, START + 1))).toBeUndefined();
    gate.fill(1, quantityLots(UNIT));
    gate.ended(1);
    gate.kill('all', 'drill', START);
    expect(gate.decide(START, 2, 0, market('buy', UNIT, START + 1))?.code).toBe('KILL_LATCHED');
    expect(gate.decide(START, 3, 0, market('sell', UNIT, START + 1))).toBeUndefined();
    expect(gate.decide(START, 4, 0, market('sell', UNIT, START + 1))?.code).toBe('KILL_LATCHED');
  });

  test.each([Number.NaN, 0, -5, 1.5, Number.POSITIVE_INFINITY, 2 ** 60])('%p lots are never approved', (lots) => {
    const gate = gateOf();
    mark(gate, START);
    expect(gate.decide(START, 1, 0, market('buy', lots, START + 1))?.code).toBe('INTENT_INVALID');
    expect(gate.openOrders).toBe(0);
  });

  test('a number that does not rise is a defect of the caller', () => {
    const gate = gateOf();
    gate.decide(START, 2, 0, market('buy', UNIT, START + 1));
    expect(() => gate.decide(START, 2, 0, market('buy', UNIT, START + 1))).toThrow('order 2 comes after order 2');
  });

  test('whatever happens the position stays within its limit, and a snapshot goes on as the whole does', () => {
    const step = fc.record({
      side: fc.constantFrom('buy' as const, 'sell' as const),
      lots: fc.integer({ min: 1, max: 3 * UNIT }),
      filled: fc.double({ min: 0, max: 1, noNaN: true }),
      ends: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), fc.nat(), (steps, cut) => {
        const whole = gateOf();
        let part = gateOf();
        mark(whole, START);
        mark(part, START);
        steps.forEach(({ side, lots, filled, ends }, index) => {
          if (index === cut % steps.length) {
            const resumed = gateOf();
            resumed.restore(part.snapshot());
            part = resumed;
          }
          const order = index + 1;
          const denials = [whole, part].map((gate) =>
            gate.decide(START + index, order, 0, market(side, lots, START + 1e6)),
          );
          expect(denials[1]).toEqual(denials[0]);
          if (denials[0] !== undefined) return;
          const fill = Math.floor(lots * filled);
          for (const gate of [whole, part]) {
            if (fill > 0) gate.fill(order, quantityLots(fill));
            if (ends || fill === lots) gate.ended(order);
            const { position, openBuy, openSell } = gate.exposure(0);
            expect(position + openBuy).toBeLessThanOrEqual(2 * UNIT);
            expect(position - openSell).toBeGreaterThanOrEqual(-2 * UNIT);
          }
        });
        expect(part.snapshot()).toBe(whole.snapshot());
      }),
      { numRuns: 60 },
    );
  });
});
