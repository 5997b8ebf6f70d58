import { BacktestError } from '../backtest-error.ts';
import { BacktestWorker, type WorkerHooks, type WorkerLimits } from './backtest-worker.ts';
import type { WorkerResult } from './worker-messages.ts';

/** Runs of one process before a new one takes its place: modules of users' files that were loaded stay loaded. */
const RUNS_PER_WORKER_MAX = 200;

interface Waiting {
  readonly request: unknown;
  readonly hooks: WorkerHooks;
  readonly done: (result: WorkerResult) => void;
  readonly fail: (error: unknown) => void;
}

/** N processes that take runs from one queue, in its order. They share nothing. */
export class WorkerPool {
  readonly #options: WorkerLimits & { readonly workers: number };
  readonly #waiting: Waiting[] = [];
  readonly #idle: { readonly worker: BacktestWorker; runs: number }[] = [];
  readonly #all = new Set<BacktestWorker>();
  #running = 0;
  #isClosed = false;

  constructor(options: WorkerLimits & { readonly workers: number }) {
    if (!Number.isInteger(options.workers) || options.workers < 1) {
      throw BacktestError.of({ field: 'workers', value: String(options.workers), expected: 'a whole number from 1' });
    }
    this.#options = options;
  }

  /** Runs that no worker has taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  /** As `runInWorker`. A run that breaks its worker hurts no other: the next one gets a new one. */
  run(request: unknown, hooks: WorkerHooks = {}): Promise<WorkerResult> {
    if (this.#isClosed) return Promise.reject(new BacktestError('cancelled', 'the pool is closed'));
    return new Promise((done, fail) => {
      this.#waiting.push({ request, hooks, done, fail });
      this.#next();
    });
  }

  /** Ends all workers; runs that are not done are `cancelled`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { fail } of this.#waiting.splice(0)) fail(new BacktestError('cancelled', 'the pool is closed'));
    await Promise.all([...this.#all].map((worker) => worker.close()));
    this.#all.clear();
  }

  #next(): void {
    while (this.#running < this.#options.workers) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) return;
      if (waiting.hooks.signal?.aborted === true) {
        waiting.fail(new BacktestError('cancelled', 'the run was cancelled before it began'));
        continue;
      }
      this.#running += 1;
      void this.#perform(waiting);
    }
  }

  async #perform({ request, hooks, done, fail }: Waiting): Promise<void> {
    const lane = this.#idle.pop() ?? this.#fresh();
    try {
      done(await lane.worker.run(request, hooks));
    } catch (error) {
      fail(error);
    }
    lane.runs += 1;
    this.#running -= 1;
    if (lane.worker.isUsable && lane.runs < RUNS_PER_WORKER_MAX && !this.#isClosed) this.#idle.push(lane);
    else {
      this.#all.delete(lane.worker);
      await lane.worker.close();
    }
    if (!this.#isClosed) this.#next();
  }

  #fresh(): { readonly worker: BacktestWorker; runs: number } {
    const worker = new BacktestWorker(this.#options);
    this.#all.add(worker);
    return { worker, runs: 0 };
  }
}
