import { describe, expect, test } from '@jest/globals';
import { BacktestError } from '../backtest-error.ts';
import type { BacktestRequest } from '../request/backtest-request.ts';
import { pointsOf } from './parameter-space.ts';
import { planSweep, requestOf } from './plan-sweep.ts';
import { type PartOutcome, runPart, type SweepProgress, type SweepRunner, unitsOf } from './run-part.ts';
import { assembleSweep } from './sweep-result.ts';
import type { RunFigures } from './sweep-row.ts';
import { parseSweepSpec, sweepIdOf } from './sweep-spec.ts';

const DAY = 86_400_000_000;
const base = { strategy: 'sma-cross', data: { url: 'file:///data' }, fill: 'next-open' };
const grid = (...axes: unknown[]) => ({ base, space: { kind: 'grid', axes } });
const complaint = (input: unknown): string => {
  try {
    planSweep(parseSweepSpec(input));
    return 'accepted';
  } catch (error) {
    if (!(error instanceof BacktestError)) throw error;
    return error.message;
  }
};

function figuresFor(parameters: Readonly<Record<string, unknown>>): RunFigures {
  const fast = Number(parameters['fast']);
  return {
    runId: `rp-${fast}-${Number(parameters['slow'])}`,
    state: 'completed',
    failure: null,
    decisionHash: 'd'.repeat(64),
    pnl: `${fast}.5`,
    fees: '0',
    roundTrips: 1,
    fills: 2,
    denied: 0,
    events: 10,
    statistics: { sharpe: fast % 7, totalReturn: fast / 100 },
  };
}

/** Remembers what it ran, as a store does, and takes its time in another order than it was asked. */
class FakeRunner implements SweepRunner {
  readonly workers = 3;
  readonly opened: (readonly [from: unknown, to: unknown])[] = [];
  readonly ran: BacktestRequest[] = [];
  readonly stored = new Map<string, RunFigures>();
  readonly #judge: (request: BacktestRequest) => void;

  constructor(judge: (request: BacktestRequest) => void = () => undefined) {
    this.#judge = judge;
  }

  open(request: BacktestRequest) {
    this.opened.push([request.data.from, request.data.to]);
    const run = async (one: BacktestRequest) => {
      const key = JSON.stringify([one.parameters, one.data]);
      const known = this.stored.get(key);
      if (known !== undefined) return { figures: known, reused: true };
      await new Promise((resolve) => setTimeout(resolve, Number(one.parameters['fast']) % 3));
      this.#judge(one);
      this.ran.push(one);
      const figures = figuresFor(one.parameters);
      this.stored.set(key, figures);
      return { figures, reused: false };
    };
    return Promise.resolve({ run, close: () => Promise.resolve() });
  }
}

const planFor = (input: unknown) => planSweep(parseSweepSpec(input));
const whole = (plan: ReturnType<typeof planFor>) => ({ from: 0, to: unitsOf(plan) });

describe('a specification', () => {
  test('a grid has every combination, the last axis varying fastest; ranges are exact', () => {
    const spec = parseSweepSpec(
      grid({ name: 'fast', values: [5, 10] }, { name: 'k', from: '0.1', to: '0.3', step: '0.1' }),
    );
    expect(pointsOf(spec)).toEqual([
      { fast: 5, k: '0.1' },
      { fast: 5, k: '0.2' },
      { fast: 5, k: '0.3' },
      { fast: 10, k: '0.1' },
      { fast: 10, k: '0.2' },
      { fast: 10, k: '0.3' },
    ]);
    expect(pointsOf(parseSweepSpec(grid({ name: 'n', from: 30, to: 100, step: 10 })))).toHaveLength(8);
    expect(requestOf(planFor(grid({ name: 'fast', values: [5] })), { fast: 5 }).parameters).toEqual({ fast: 5 });
  });

  test('a random sweep draws different combinations, the same for a seed; all of a small space when asked for', () => {
    const random = (count: number, seed: string) => ({
      base,
      space: {
        kind: 'random',
        count,
        seed,
        axes: [
          { name: 'a', from: 1, to: 40, step: 1 },
          { name: 'b', values: [true, false] },
        ],
      },
    });
    const points = pointsOf(parseSweepSpec(random(30, 's')));
    expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(30);
    expect(pointsOf(parseSweepSpec(random(30, 's')))).toEqual(points);
    expect(pointsOf(parseSweepSpec(random(30, 't')))).not.toEqual(points);
    expect(new Set(pointsOf(parseSweepSpec(random(80, 's'))).map((point) => JSON.stringify(point))).size).toBe(80);
    expect(complaint(random(81, 's'))).toContain('space.count is "81", expected at most 80');
  });

  test.each<[unknown, string]>([
    [{}, 'base is "nothing"'],
    [grid(), 'space.axes'],
    [grid({ name: 'a', values: [] }), 'space.axes.0'],
    [grid({ name: 'a', values: [1, 1] }), 'space.axes.0.values is "1", expected each value once'],
    [
      grid({ name: 'a', values: [1] }, { name: 'a', values: [2] }),
      'space.axes.1.name is "a", expected each parameter once',
    ],
    [grid({ name: 'a', from: 1, to: 5, step: 0 }), 'step is "0", expected a step above 0'],
    [grid({ name: 'a', from: 5, to: 1, step: 1 }), 'to is "1", expected at least 5'],
    [grid({ name: 'a', from: 0, to: 1_000_000_000, step: 1 }), 'expected a step that makes at most 100000 values'],
    [
      grid({ name: 'a', from: 1, to: 1000, step: 1 }, { name: 'b', from: 1, to: 1000, step: 1 }),
      '1000000 combinations',
    ],
    [{ ...grid({ name: 'a', values: [1] }), base: { ...base, parameters: { a: 2 } } }, 'does not set too'],
    [
      { ...grid({ name: 'a', values: [1] }), base: { ...base, parameters: { b: 0.5 } } },
      'base.parameters.b is "0.5", expected a whole number',
    ],
    [{ ...grid({ name: 'a', values: [1] }), objective: { statistic: 'luck' } }, 'objective.statistic is "\\"luck\\""'],
    [{ ...grid({ name: 'a', values: [1] }), suprise: 1 }, 'suprise is "present", expected no such field'],
    [
      { ...grid({ name: 'a', values: [1] }), walkForward: { trainMicros: DAY, testMicros: DAY } },
      'base.data is "no from and to"',
    ],
    [
      {
        ...grid({ name: 'a', values: [1] }),
        base: { ...base, data: { ...base.data, from: 0, to: DAY } },
        walkForward: { trainMicros: DAY, testMicros: DAY },
      },
      'expected windows that fit into the 86400000000 microseconds of the data',
    ],
  ])('%j is refused by name', (input, message) => {
    expect(complaint(input)).toContain(message);
  });

  test('without an objective it is the Sharpe ratio, or the profit where there is no equity to compare with', () => {
    const one = grid({ name: 'a', values: [1] });
    const statisticOf = (account: object): string =>
      parseSweepSpec({ ...one, base: { ...base, account } }).objective.statistic;
    expect(statisticOf({})).toBe('sharpe');
    expect(statisticOf({ balances: { USDT: '1000' } })).toBe('sharpe');
    expect(statisticOf({ capital: '0' })).toBe('pnl');
  });

  test('equal content, equal id; everything that matters changes it', () => {
    const of = (input: unknown) => sweepIdOf(parseSweepSpec(input));
    const one = grid({ name: 'a', values: [1, 2] });
    expect(of({ ...one, objective: { statistic: 'sharpe' } })).toBe(of(one));
    expect(of({ ...one, objective: { statistic: 'pnl' } })).not.toBe(of(one));
    expect(of(grid({ name: 'a', values: [2, 1] }))).not.toBe(of(one));
  });
});

describe('a sweep', () => {
  const spec = {
    ...grid({ name: 'fast', from: 1, to: 20, step: 1 }, { name: 'slow', values: [30, 40] }),
    objective: { statistic: 'sharpe' },
  };

  test('is the same in one piece, in parts in any order, and after an interruption, which recomputes nothing', async () => {
    const plan = planFor(spec);
    const all = assembleSweep(plan, [await runPart(plan, whole(plan), new FakeRunner())]);
    expect(all.rows).toHaveLength(40);
    expect(all.best?.objective).toBe(6);
    expect(all.rows[0]?.parameters).toEqual({ fast: 6, slow: 30 });

    const parts: PartOutcome[] = [];
    for (const from of [30, 0, 20, 10]) parts.push(await runPart(plan, { from, to: from + 10 }, new FakeRunner()));
    expect(assembleSweep(plan, [...parts, ...parts.slice(0, 1)])).toEqual(all);
    expect(() => assembleSweep(plan, parts.slice(1))).toThrow('30 of 40 parts');

    const stop = new AbortController();
    const runner = new FakeRunner(() => {
      if (runner.ran.length === 17) stop.abort(new Error('stopped'));
    });
    await expect(runPart(plan, whole(plan), runner, { signal: stop.signal })).rejects.toThrow('stopped');
    const kept = runner.stored.size;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(40);
    const told: SweepProgress[] = [];
    const again = new FakeRunner();
    for (const [key, value] of runner.stored) again.stored.set(key, value);
    const resumed = await runPart(plan, whole(plan), again, { onProgress: (progress) => told.push(progress) });
    expect(assembleSweep(plan, [resumed])).toEqual(all);
    expect(told.at(-1)).toMatchObject({ runs: 40, done: 40, computed: 40 - kept, reused: kept, failed: 0 });
  });

  test('a combination that fails is a row with its error, and the others go on', async () => {
    const plan = planFor(spec);
    const runner = new FakeRunner(({ parameters: { fast } }) => {
      if (fast === 3) throw new BacktestError('time-budget', 'too long');
    });
    const { rows, failed, best } = assembleSweep(plan, [await runPart(plan, whole(plan), runner)]);
    expect(failed).toBe(2);
    expect(best?.parameters).toEqual({ fast: 6, slow: 30 });
    expect(rows.at(-1)).toMatchObject({ objective: null, run: null, error: 'time-budget: too long' });
  });

  test('one mistake in all combinations is one error; trouble that is not of a run ends the sweep', async () => {
    const plan = planFor(spec);
    const wrong = new FakeRunner(() => {
      throw BacktestError.of({ field: 'parameters.fsat', value: '1', expected: 'no such field' });
    });
    const part = await runPart(plan, whole(plan), wrong);
    expect(() => assembleSweep(plan, [part])).toThrow('no combination can be run; the first: parameters.fsat is "1"');
    const broken = new FakeRunner(() => {
      throw new Error('the disk is full');
    });
    await expect(runPart(plan, whole(plan), broken)).rejects.toThrow('the disk is full');
  });
});

describe('the choice of the best', () => {
  test('is judged by how many were tried', async () => {
    const shape = (fast: number) => ({ dailySharpe: fast / 100, observations: 250, skewness: 0, kurtosis: 3 });
    const judged = async (count: number, best: number) => {
      const plan = planFor({
        ...grid({ name: 'fast', from: 1, to: count, step: 1 }),
        objective: { statistic: 'pnl' },
      });
      const runner = new FakeRunner();
      const part = await runPart(plan, whole(plan), runner);
      const rows = part.rows.map((row) => {
        const statistics = shape(row.index === count - 1 ? best : row.index % 5);
        return { ...row, run: row.run && { ...row.run, statistics } };
      });
      return assembleSweep(plan, [{ ...part, rows }]).choice;
    };
    expect(await judged(1, 20)).toBeNull();
    const lucky = await judged(60, 5);
    expect(lucky).toMatchObject({ trials: 60, warning: expect.stringContaining('the best of 60 trials') });
    expect(await judged(60, 40)).toMatchObject({ trials: 60, warning: null });
  });
});

describe('a walk-forward', () => {
  const walking = (anchored: boolean) => ({
    ...grid({ name: 'fast', from: 1, to: 5, step: 1 }),
    base: { ...base, data: { ...base.data, from: 0, to: 10 * DAY } },
    objective: { statistic: 'sharpe' },
    walkForward: { trainMicros: 4 * DAY, testMicros: 2 * DAY, anchored },
  });

  test('tries the best of each training window on the window behind it, and sums up what no choice has seen', async () => {
    const plan = planFor(walking(false));
    expect(
      plan.splits.map(({ train, test: { from, to } }) => [train.from, train.to, from, to].map((at) => at / DAY)),
    ).toEqual([
      [0, 4, 4, 6],
      [2, 6, 6, 8],
      [4, 8, 8, 10],
    ]);
    expect(planFor(walking(true)).splits.map(({ train }) => [train.from / DAY, train.to / DAY])).toEqual([
      [0, 4],
      [0, 6],
      [0, 8],
    ]);
    const runner = new FakeRunner();
    const told: SweepProgress[] = [];
    const part = await runPart(plan, whole(plan), runner, { onProgress: (progress) => told.push(progress) });
    const result = assembleSweep(plan, [part]);
    expect(told.at(-1)).toMatchObject({ runs: 18, done: 18 });
    expect(plan.runs).toBe(18);
    expect(result.rows).toEqual([]);
    expect(result.splits.map(({ best, tested }) => [best?.parameters, tested?.parameters])).toEqual(
      Array.from({ length: 3 }, () => [{ fast: 5 }, { fast: 5 }]),
    );
    expect(result.outOfSample).toMatchObject({
      splits: 3,
      tested: 3,
      pnl: '16.5',
      profitableSplits: 3,
      choices: 1,
      efficiency: 1,
    });
    expect(result.outOfSample?.compoundedReturn).toBeCloseTo(1.05 ** 3 - 1, 12);
    const parts = await Promise.all([2, 0, 1].map((from) => runPart(plan, { from, to: from + 1 }, new FakeRunner())));
    expect(assembleSweep(plan, parts)).toEqual(result);
  });
});
