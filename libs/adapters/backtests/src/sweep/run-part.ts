import type { BacktestRequest } from '../request/backtest-request.ts';
import { BacktestError } from '../backtest-error.ts';
import type { Point } from './parameter-space.ts';
import { requestOf, type Span, type Split, type SweepPlan } from './plan-sweep.ts';
import { bestOf, failedRow, finishedRow, type RunFigures, type SweepRow } from './sweep-row.ts';

/** Runs of one window of data, which is decoded once for all of them. */
export interface SweepWindow {
  /** Rejects with {@link BacktestError} for what concerns this run alone, with anything else for what concerns all. */
  run(
    request: BacktestRequest,
    signal: AbortSignal,
  ): Promise<{ readonly figures: RunFigures; readonly reused: boolean }>;
  close(): Promise<void>;
}

/** Where the runs of a sweep are made. */
export interface SweepRunner {
  /** Runs at the same time. */
  readonly workers: number;
  /** Gets the data of a request ready for any number of runs over it. */
  open(request: BacktestRequest, signal: AbortSignal): Promise<SweepWindow>;
}

/** Numbers of a walk-forward's split. */
export interface SplitOutcome extends Split {
  readonly combinations: number;
  readonly failed: number;
  /** Chosen on the training window; null when no combination has an objective there. */
  readonly best: SweepRow | null;
  /** The same combination on the test window. */
  readonly tested: SweepRow | null;
}

/** What some of a sweep's work came to: combinations, or with a walk-forward splits. */
export interface PartOutcome {
  readonly rows: readonly SweepRow[];
  readonly splits: readonly SplitOutcome[];
}

export interface SweepProgress {
  readonly runs: number;
  readonly done: number;
  /** Of these: computed now, found in the store, without a result. */
  readonly computed: number;
  readonly reused: number;
  readonly failed: number;
  /** What is left, about; undefined in the beginning. */
  readonly secondsLeft: number | undefined;
}

export interface PartHooks {
  readonly onProgress?: (progress: SweepProgress) => void;
  /** Ends it; what was committed stays and is found again. */
  readonly signal?: AbortSignal;
}

/** Units of work in a plan: combinations, or with a walk-forward splits. */
export function unitsOf({ points, splits }: SweepPlan): number {
  return splits.length === 0 ? points.length : splits.length;
}

/**
 * Does the units `[from, to)` of a sweep. Every run is in the store once it is done, under the digest of what it was made
 * from: doing it again finds it there. A run that fails is a row with its error. Throws when it is stopped by the
 * signal, and for trouble that is not of one run (a store that does not answer).
 */
export async function runPart(
  plan: SweepPlan,
  part: { readonly from: number; readonly to: number },
  runner: SweepRunner,
  hooks: PartHooks = {},
): Promise<PartOutcome> {
  const splits = plan.splits.slice(part.from, part.to);
  const count = Math.min(part.to, unitsOf(plan)) - part.from;
  const meter = new ProgressMeter(
    plan.splits.length === 0 ? count : count * (plan.points.length + 1),
    hooks.onProgress,
  );
  const work = { plan, runner, meter, signal: hooks.signal ?? new AbortController().signal };
  if (plan.splits.length === 0) {
    return {
      rows: await runPoints(work, { points: plan.points.slice(part.from, part.to), first: part.from }),
      splits: [],
    };
  }
  const outcomes: SplitOutcome[] = [];
  for (const split of splits) outcomes.push(await runSplit(work, split));
  return { rows: [], splits: outcomes };
}

interface Work {
  readonly plan: SweepPlan;
  readonly runner: SweepRunner;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
}

async function runSplit(work: Work, split: Split): Promise<SplitOutcome> {
  const { plan } = work;
  const rows = await runPoints(work, { points: plan.points, first: 0 }, split.train);
  const best = bestOf(rows, plan.spec.objective) ?? null;
  const tests = best === null ? [] : [best.parameters];
  const [tested = null] = await runPoints(work, { points: tests, first: best?.index ?? 0 }, split.test);
  if (tests.length === 0) work.meter.done('failed');
  const failed = rows.filter(({ error }) => error !== null).length;
  return { ...split, combinations: rows.length, failed, best, tested };
}

interface Points {
  readonly points: readonly Point[];
  /** Index of the first of them. */
  readonly first: number;
}

/** Combinations over one window, several at a time; the rows are in the order of the plan. */
async function runPoints(work: Work, { points, first }: Points, span?: Span): Promise<SweepRow[]> {
  const { plan, runner, signal } = work;
  const [head] = points;
  if (head === undefined) return [];
  signal.throwIfAborted();
  const window = await runner.open(requestOf(plan, head, span), signal);
  const rows: SweepRow[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < points.length; at = next++) {
      const point = points[at] as Point;
      rows[at] = await runPoint(work, window, { index: first + at, point, request: requestOf(plan, point, span) });
    }
  };
  try {
    await untilAllEnd(Array.from({ length: Math.min(runner.workers, points.length) }, worker));
  } finally {
    await window.close();
  }
  return rows;
}

/** All to their end, so that no run goes on in a window that is closed; then the first error. */
async function untilAllEnd(work: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(work);
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
}

interface Job {
  readonly index: number;
  readonly point: Point;
  readonly request: BacktestRequest;
}

async function runPoint(
  { plan, meter, signal }: Work,
  window: SweepWindow,
  { index, point, request }: Job,
): Promise<SweepRow> {
  signal.throwIfAborted();
  try {
    const { figures, reused } = await window.run(request, signal);
    const row = finishedRow(plan.spec, index, point, figures);
    meter.done(reused ? 'reused' : 'computed', row.error !== null);
    return row;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BacktestError) || error.trouble === 'cancelled') throw error;
    meter.done('failed');
    return failedRow(index, point, error);
  }
}

/** Counts what is done and says how long the rest takes, by the rate of what was computed. */
class ProgressMeter {
  readonly #runs: number;
  readonly #tell: (progress: SweepProgress) => void;
  readonly #startedAt = performance.now();
  #computed = 0;
  #reused = 0;
  #failed = 0;
  #done = 0;

  constructor(runs: number, tell: (progress: SweepProgress) => void = () => undefined) {
    this.#runs = runs;
    this.#tell = tell;
  }

  done(how: 'computed' | 'reused' | 'failed', isFailure = how === 'failed'): void {
    this.#done += 1;
    if (how === 'computed') this.#computed += 1;
    if (how === 'reused') this.#reused += 1;
    if (isFailure) this.#failed += 1;
    const worked = this.#done - this.#reused;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    this.#tell({
      runs: this.#runs,
      done: this.#done,
      computed: this.#computed,
      reused: this.#reused,
      failed: this.#failed,
      secondsLeft: worked === 0 ? undefined : (seconds / worked) * (this.#runs - this.#done),
    });
  }
}
