import { contentHash } from '@portcullis/kernel';
import type { InstrumentDefinition } from '@portcullis/market';
import { type Dataset, openDataset } from '../dataset/open-dataset.ts';
import { loadTape, type TapeContent } from '../dataset/tape.ts';
import { BacktestError } from '../backtest-error.ts';
import type { BacktestRequest } from '../request/backtest-request.ts';
import type { WorkerPool } from '../worker/worker-pool.ts';
import type { SweepRunner, SweepWindow } from './run-part.ts';
import { figuresOf } from './run-figures.ts';

/** Data that each worker holds decoded for all its runs of a window; larger windows are read from the store by each run. */
const TAPE_BYTES_MAX = 1024 * 1024 * 1024;

export interface PoolRunnerOptions {
  /** Where the runs are kept. */
  readonly store: string;
  /** Runs at the same time; no more than the pool has workers helps. */
  readonly workers: number;
  readonly tapeBytesMax?: number;
}

/** A run that ended because of the store, not of itself: worth trying again, and nothing about its combination. */
export function isStoreTrouble(error: unknown): boolean {
  // What a worker throws arrives as text.
  return error instanceof BacktestError && error.trouble === 'crash' && error.message.startsWith('ObjectStoreError');
}

/** Runs combinations in workers, over data that is decoded once for all of them. */
export class PoolRunner implements SweepRunner {
  readonly workers: number;
  readonly #pool: WorkerPool;
  readonly #options: PoolRunnerOptions;
  /** The data of the last window: parts of a sweep come one after another. */
  #last: { readonly key: string; readonly tape: Promise<TapeContent | undefined> } | undefined;

  constructor(pool: WorkerPool, options: PoolRunnerOptions) {
    this.workers = options.workers;
    this.#pool = pool;
    this.#options = options;
  }

  async open(request: BacktestRequest, signal: AbortSignal): Promise<SweepWindow> {
    const dataset = await openDataset(request.data, { fill: request.fill });
    try {
      const instruments = [...(request.instruments ?? (await dataset.instruments()))];
      signal.throwIfAborted();
      const tape = await this.#tape(dataset, instruments);
      return {
        run: (one, aborted) => this.#run({ ...one, instruments }, tape, aborted),
        close: () => Promise.resolve(),
      };
    } finally {
      await dataset.close();
    }
  }

  #tape(dataset: Dataset, instruments: readonly InstrumentDefinition[]): Promise<TapeContent | undefined> {
    const key = contentHash([dataset.info.digest, instruments]);
    if (this.#last?.key === key) return this.#last.tape;
    const bytesMax = this.#options.tapeBytesMax ?? TAPE_BYTES_MAX;
    const tape = loadTape(dataset, instruments, bytesMax).then((loaded) => loaded?.content);
    const last = { key, tape };
    this.#last = last;
    tape.catch(() => {
      if (this.#last === last) this.#last = undefined;
    });
    return tape;
  }

  async #run(
    request: BacktestRequest,
    tape: TapeContent | undefined,
    signal: AbortSignal,
  ): ReturnType<SweepWindow['run']> {
    const hooks = { store: this.#options.store, reuse: true, artefacts: 'summary', signal } as const;
    const result = await this.#pool
      .run(request, tape === undefined ? hooks : { ...hooks, tape })
      .catch((error: unknown) => {
        throw isStoreTrouble(error) ? new Error((error as Error).message, { cause: error }) : error;
      });
    if (result.status === 'paused') throw new BacktestError('cancelled', `run ${result.runId} was stopped`);
    return { figures: figuresOf(result), reused: result.reused === true };
  }
}
