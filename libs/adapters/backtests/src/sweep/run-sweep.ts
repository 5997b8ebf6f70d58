import { openObjectStore } from '@portcullis/objects';
import { openDataset } from '../dataset/open-dataset.ts';
import { WorkerPool } from '../worker/worker-pool.ts';
import { needsSpan, planSweep, type Span, type SweepPlan } from './plan-sweep.ts';
import { PoolRunner } from './pool-runner.ts';
import { type PartHooks, runPart, type SweepProgress, unitsOf } from './run-part.ts';
import { assembleSweep, type SweepResult } from './sweep-result.ts';
import { parseSweepSpec, type SweepSpec, type SweepSpecInput } from './sweep-spec.ts';
import { SweepStore } from './sweep-store.ts';

export interface SweepOptions extends PartHooks {
  /** Where the runs and the table are kept: an address of an object store. */
  readonly store: string;
  /** Processes that run at the same time. */
  readonly workers: number;
  /** Of one run, milliseconds. */
  readonly timeBudgetMs?: number;
  /** Of one worker, MiB. */
  readonly memoryMb?: number;
}

export interface SweepReport {
  readonly result: SweepResult;
  /** Of this time: the result is the same whether runs were computed or found. */
  readonly progress: SweepProgress | undefined;
  readonly seconds: number;
}

/** The plan of a specification; asks the data for its span where the request does not bound a walk-forward. */
export async function planOf(spec: SweepSpec): Promise<SweepPlan> {
  return planSweep(spec, needsSpan(spec) ? await spanOf(spec) : undefined);
}

async function spanOf({ base }: SweepSpec): Promise<Span> {
  const dataset = await openDataset(base.data, { fill: base.fill });
  try {
    return { from: dataset.info.from, to: dataset.info.to + 1 };
  } finally {
    await dataset.close();
  }
}

/**
 * Runs a whole sweep on this machine. Every run is committed to the store by itself, under the digest of its data, code,
 * configuration and seed; a sweep that was ended in the middle, by whatever, finds them there and computes what is
 * missing. Throws {@link BacktestError} for a specification that cannot be meant, and what `signal` gives as a reason.
 */
export async function runSweep(input: SweepSpecInput, options: SweepOptions): Promise<SweepReport> {
  const started = performance.now();
  const plan = await planOf(parseSweepSpec(input));
  const store = openObjectStore(options.store);
  const pool = new WorkerPool(poolOptions(options));
  let progress: SweepProgress | undefined;
  try {
    const sweeps = new SweepStore(store);
    await sweeps.putSpec(plan.sweepId, plan.spec);
    const part = await runPart(plan, { from: 0, to: unitsOf(plan) }, new PoolRunner(pool, options), {
      ...options,
      onProgress: (told) => {
        progress = told;
        options.onProgress?.(told);
      },
    });
    const result = assembleSweep(plan, [part]);
    await sweeps.putResult(result);
    return { result, progress, seconds: (performance.now() - started) / 1000 };
  } finally {
    await pool.close();
    await store.close();
  }
}

function poolOptions({ workers, timeBudgetMs, memoryMb }: SweepOptions): ConstructorParameters<typeof WorkerPool>[0] {
  return {
    workers,
    ...(timeBudgetMs === undefined ? {} : { timeBudgetMs }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
  };
}
