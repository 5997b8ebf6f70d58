import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deflatedSharpe, probabilisticSharpe } from './deflated-sharpe.ts';
import { Moments } from './moments.ts';
import { monteCarlo } from './monte-carlo.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { STATISTICS } from './run-statistics.ts';
import { StatisticsMeter } from './statistics-meter.ts';

const DAY = 86_400_000_000;
const START = Date.UTC(2024, 0, 1) * 1000;

/** Equity at noon of each day. */
function metered(equities: readonly number[]): StatisticsMeter {
  const meter = new StatisticsMeter({ equity: equities[0] as number });
  equities.forEach((equity, day) => meter.equity(START + day * DAY + DAY / 2, equity, day % 2));
  return meter;
}

describe('statistics of a run', () => {
  test('are those worked out by hand', () => {
    const found = metered([100, 110, 99, 99, 118.8]).finish();
    // Daily returns: 0, 0.1, -0.1, 0, 0.2.
    const returns = [0, 0.1, -0.1, 0, 0.2];
    const mean = 0.04;
    const deviation = Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / 4);
    expect(found.observations).toBe(5);
    expect(found.totalReturn).toBeCloseTo(0.188, 12);
    expect(found.sharpe).toBeCloseTo((mean / deviation) * Math.sqrt(365), 10);
    expect(found.sortino).toBeCloseTo((mean / Math.sqrt(0.01 / 5)) * Math.sqrt(365), 10);
    expect(found.volatility).toBeCloseTo(deviation * Math.sqrt(365), 10);
    expect(found.maxDrawdown).toBeCloseTo(0.1, 12);
    expect(found.maxDrawdownMoney).toBeCloseTo(11, 12);
    expect([found.maxDrawdownFrom, found.maxDrawdownTo]).toEqual([START + 1.5 * DAY, START + 2.5 * DAY]);
    expect(found.cagr).toBeCloseTo(1.188 ** (365 / 4) - 1, 4);
    expect(found.exposure).toBeCloseTo(0.5, 12);
  });

  test('a day on which nothing changed counts wherever it stands, the last one too; one that has just begun does not', () => {
    const flatInside = metered([100, 100, 110]).finish();
    const flatLast = metered([100, 110, 110]).finish();
    expect([flatInside.observations, flatLast.observations]).toEqual([3, 3]);
    expect(flatLast.dailySharpe).toBeCloseTo(flatInside.dailySharpe ?? 0, 12);
    const meter = new StatisticsMeter({ equity: 100 });
    meter.equity(START + 1, 110, 0);
    meter.equity(START + DAY, 110, 0);
    expect(meter.finish().observations).toBe(1);
  });

  test('of round trips and fills', () => {
    const meter = metered([100, 100]);
    for (const [profit, hours] of [
      [30, 1],
      [-10, 2],
      [-5, 3],
    ] as const) {
      meter.roundTrip(profit, hours * 3_600_000_000);
    }
    meter.fill(500, 1);
    meter.fill(-500, 2);
    expect(meter.finish()).toMatchObject({
      ...{ roundTrips: 3, winRate: 1 / 3, profitFactor: 2, averageTrade: 5, bestTrade: 30, worstTrade: -10 },
      ...{ fills: 2, fees: 3, turnover: 10, averageHoldingMicros: 7_200_000_000 },
    });
  });

  test('have no value rather than a wrong one', () => {
    const empty = new StatisticsMeter({ equity: 0 }).finish();
    expect([empty.sharpe, empty.totalReturn, empty.cagr, empty.winRate, empty.exposure]).toEqual([
      ...[null, null, null, null, null],
    ]);
    for (const equities of [[0, 5, -5], [100], [100, 100, 100], [100, 0, 50], [1e300, -1e300]]) {
      for (const value of Object.values(metered(equities).finish())) {
        expect(value === null || Number.isFinite(value)).toBe(true);
      }
    }
  });

  test('go on after a snapshot as if nothing had been', () => {
    const equities = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(equities, fc.nat(), (all, cut) => {
        const at = 1 + (cut % (all.length - 1));
        const whole = metered(all);
        const first = new StatisticsMeter({ equity: all[0] as number });
        all.slice(0, at).forEach((equity, day) => first.equity(START + day * DAY + DAY / 2, equity, day % 2));
        const second = new StatisticsMeter({ equity: 1 });
        second.restore(JSON.parse(JSON.stringify(first.snapshot())) as string);
        all.slice(at).forEach((equity, n) => second.equity(START + (n + at) * DAY + DAY / 2, equity, (n + at) % 2));
        const [a, b] = [whole.finish(), second.finish()];
        expect({ ...b, totalReturn: a.totalReturn, cagr: a.cagr, calmar: a.calmar }).toEqual(a);
        expect(a.maxDrawdown).toBeGreaterThanOrEqual(0);
        expect(a.maxDrawdown).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('are all described', () => {
    const names = Object.keys(new StatisticsMeter({ equity: 1 }).finish()).sort();
    expect(STATISTICS.map(({ name }) => name).sort()).toEqual(names);
  });
});

test('moments equal those of the whole sample', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 4, maxLength: 60 }), (values) => {
      const moments = new Moments();
      for (const value of values) moments.add(value);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const central = (power: number) => values.reduce((sum, v) => sum + (v - mean) ** power, 0) / values.length;
      expect(moments.mean).toBeCloseTo(mean, 8);
      if (central(2) < 1e-9) return;
      expect(moments.deviation).toBeCloseTo(Math.sqrt((central(2) * values.length) / (values.length - 1)), 6);
      expect(moments.skewness).toBeCloseTo(central(3) / central(2) ** 1.5, 6);
      expect(moments.kurtosis).toBeCloseTo(central(4) / central(2) ** 2, 6);
    }),
  );
});

describe('other histories of a run', () => {
  test('shuffled trips lose the same, resampled ones spread around it', () => {
    const profits = Array.from({ length: 200 }, (_, at) => (at % 3 === 0 ? 7 : -3));
    const found = monteCarlo(profits, { startEquity: 1000, runs: 400, seed: 's' });
    const { p5, p25, p50, p75, p95 } = found!.resampled.finalEquity;
    const end = 1000 + profits.reduce((a, b) => a + b, 0);
    expect([p5, p25, p50, p75, p95]).toEqual([p5, p25, p50, p75, p95].sort((a, b) => a - b));
    expect(p5).toBeLessThan(end);
    expect(p95).toBeGreaterThan(end);
    expect(found!.fan.at(-1)).toEqual({ trade: 200, ...found!.resampled.finalEquity });
    expect(monteCarlo(profits, { startEquity: 1000, runs: 400, seed: 's' })).toEqual(found);
    expect(monteCarlo(profits, { startEquity: 1000, runs: 400, seed: 't' })).not.toEqual(found);
  });

  test('of one trip there are none', () => {
    expect(monteCarlo([1], { startEquity: 1, runs: 10, seed: '' })).toBeNull();
  });
});

describe('the deflated Sharpe ratio', () => {
  test('the normal distribution and its inverse', () => {
    expect(normalCdf(1.959964)).toBeCloseTo(0.975, 6);
    expect(normalCdf(-1)).toBeCloseTo(0.158655, 5);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 5);
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (p) => {
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 5);
      }),
    );
  });

  test("is that of the paper's example", () => {
    // Bailey and López de Prado (2014), p. 9: N = 100, V[SR] = 1/2 annualised, T = 1250, SR 2.5, skewness -3, kurtosis 10.
    const sample = { sharpe: 2.5 / Math.sqrt(250), observations: 1250, skewness: -3, kurtosis: 10 };
    expect(probabilisticSharpe(sample, 0.1132)).toBeCloseTo(0.9004, 3);
  });

  test('more trials are worth less, and few warn of nothing', () => {
    const best = { sharpe: 0.15, observations: 500, skewness: 0, kurtosis: 3 };
    const trials = (n: number) => Array.from({ length: n }, (_, at) => 0.05 * Math.sin(at * 12.9898));
    const few = deflatedSharpe(best, trials(5))!;
    const many = deflatedSharpe(best, trials(1000))!;
    expect(many.probability).toBeLessThan(few.probability);
    expect(many.warning).toContain('1000 trials');
    expect(deflatedSharpe({ ...best, sharpe: 1 }, trials(5))!.warning).toBeNull();
    expect(deflatedSharpe(best, [0.1])).toBeNull();
  });
});
