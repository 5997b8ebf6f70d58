import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OrderRates } from '../src/order-rates.ts';

const WINDOWS = [50, 200] as const;
const budget = fc.constantFrom('orders' as const, 'reductions' as const);
const scope = fc.constantFrom('account', 'run.a');
const step = fc.record({ budget, scope, wait: fc.integer({ min: 0, max: 60 }), resumes: fc.nat(9) });

describe('approvals in sliding windows', () => {
  test('are counted as a list of all of them would count, a snapshot changes nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        let rates = new OrderRates();
        const all: { readonly key: string; readonly at: number }[] = [];
        let at = 1000;
        for (const { budget: of, scope: whose, wait, resumes } of steps) {
          at += wait;
          for (const window of WINDOWS) {
            const exact = all.filter(({ key, at: then }) => key === of + whose && then > at - window).length;
            expect(rates.count(of, whose, window, at)).toBe(exact);
            expect(rates.kept(of, whose)).toBeGreaterThanOrEqual(exact);
          }
          rates.add(of, whose, WINDOWS[1], at);
          all.push({ key: of + whose, at });
          if (resumes > 0) continue;
          const snapshot = rates.snapshot();
          rates = new OrderRates();
          rates.restore(snapshot);
          expect(rates.snapshot()).toEqual(snapshot);
        }
      }),
    );
  });

  test('only those that may still count are kept', () => {
    const rates = new OrderRates();
    for (let at = 0; at < 100_000; at += 1) rates.add('orders', 'account', 100, at);
    expect(rates.kept('orders', 'account')).toBe(100);
    expect(rates.snapshot().orders[0]?.[1]).toHaveLength(100);
    rates.prune(99_999);
    expect(rates.snapshot()).toEqual({ orders: [], reductions: [] });
  });
});
