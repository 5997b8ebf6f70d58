import { setImmediate as breath } from 'node:timers/promises';
import { type MessagePort, Worker } from 'node:worker_threads';
import { BacktestError } from '../backtest-error.ts';
import type { SharedTape } from '../dataset/tape.ts';
import type { BacktestProgress, BacktestSnapshot } from '../run/backtest.ts';
import { checkedRequest } from '../run/fill-in.ts';
import { DataThread } from './data-thread.ts';
import { errorOf, type FromWorker, type ToWorker, type WorkerOrder, type WorkerResult } from './worker-messages.ts';

/** What one thread may use. */
export interface WorkerLimits {
  /** Heap of its own, MiB; more ends the run with `memory`. Default 512. */
  readonly memoryMb?: number;
  /**
   * The longest that a strategy may keep the thread without coming back, milliseconds: beyond it the thread is ended
   * (`time-budget`). Default 10 s. A run as a whole may take as long as it needs.
   */
  readonly timeBudgetMs?: number;
}

export interface WorkerHooks {
  readonly onProgress?: (progress: BacktestProgress) => void;
  /** Pauses the run; a thread that does not answer within its time budget is ended. */
  readonly signal?: AbortSignal;
  readonly snapshotEvery?: number;
  readonly onSnapshot?: (snapshot: BacktestSnapshot) => void;
  readonly resume?: BacktestSnapshot;
  readonly stopAfter?: number;
  /** Address of the store in which the run is kept; undefined: nowhere. */
  readonly store?: string;
  readonly artefacts?: 'all' | 'summary';
  readonly report?: boolean;
  readonly reuse?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Data in memory that several threads share; the request names the instruments that it was made with. */
  readonly tape?: SharedTape;
}

export const MEMORY_MB = 512;
export const TIME_BUDGET_MS = 10_000;
/** A thread loads its modules first. */
const START_MS_MAX = 120_000;

const isSource = import.meta.url.endsWith('.ts');
// Out of the build or, in tests, out of the source, as this file itself.
const fileOf = (name: string): URL => new URL(`./${name}.${isSource ? 'ts' : 'js'}`, import.meta.url);
const execArgv = isSource ? ['--conditions=@portcullis/source', '--disable-warning=ExperimentalWarning'] : [];

/** A thread that runs one backtest after another until one of them breaks it, and beside it one that reads. */
export class BacktestWorker {
  readonly #worker: Worker;
  readonly #limits: Required<WorkerLimits>;
  readonly #ready: Promise<void>;
  #data: DataThread | undefined;
  #heardAt = performance.now();
  #onMessage: ((message: FromWorker) => void) | undefined;
  #onEnd: ((error: BacktestError) => void) | undefined;
  #ended: BacktestError | undefined;

  constructor(limits: WorkerLimits = {}) {
    this.#limits = { memoryMb: limits.memoryMb ?? MEMORY_MB, timeBudgetMs: limits.timeBudgetMs ?? TIME_BUDGET_MS };
    this.#worker = new Worker(fileOf('worker-main'), {
      execArgv,
      resourceLimits: { maxOldGenerationSizeMb: this.#limits.memoryMb },
    });
    this.#ready = new Promise((done, fail) => {
      this.#onEnd = fail;
      this.#onMessage = (message) => {
        if (message.kind === 'ready') done();
      };
    });
    // Whoever runs something hears of it.
    this.#ready.catch(() => undefined);
    this.#worker.on('message', (message: FromWorker) => {
      this.#heardAt = performance.now();
      this.#onMessage?.(message);
    });
    this.#worker.on('error', (error) => this.#end(this.#explained(error)));
    this.#worker.on('exit', (code) => this.#end(new BacktestError('crash', `the worker ended with exit code ${code}`)));
  }

  /** Whether it can run another. */
  get isUsable(): boolean {
    return this.#ended === undefined;
  }

  /** One run at a time. Rejects with BacktestError; after `time-budget`, `memory` and `crash` it may be of no more use. */
  async run(given: unknown, hooks: WorkerHooks = {}): Promise<WorkerResult> {
    const request = checkedRequest(given);
    const { onProgress: _progress, onSnapshot: _snapshot, signal: _signal, tape, ...order } = hooks;
    try {
      if (tape !== undefined) return await this.#perform({ ...order, request, events: tape }, [], hooks);
      if (this.#data?.isUsable !== true) this.#data = new DataThread(fileOf('data-main'), execArgv);
      const quality = (hooks.store !== undefined && hooks.artefacts !== 'summary') || hooks.report === true;
      const after = hooks.resume?.cursor ?? undefined;
      const { header, port } = await this.#data.open({ request, after, quality });
      const filled = { ...request, instruments: [...header.definitions] };
      return await this.#perform({ ...order, request: filled, events: { header, port } }, [port], hooks);
    } finally {
      await this.#data?.stop();
    }
  }

  async close(): Promise<void> {
    this.#end(new BacktestError('cancelled', 'the worker was closed'));
    await this.#worker.terminate();
    await this.#data?.close();
  }

  async #perform(
    order: Omit<WorkerOrder, 'aliveEveryMs'>,
    transfer: MessagePort[],
    hooks: WorkerHooks,
  ): Promise<WorkerResult> {
    const { signal } = hooks;
    this.#heardAt = performance.now() + START_MS_MAX - this.#limits.timeBudgetMs;
    const watch = this.#watch();
    const stop = (): void => this.#post({ kind: 'stop' });
    try {
      await this.#ready;
      this.#heardAt = performance.now();
      if (signal?.aborted === true) throw new BacktestError('cancelled', 'the run was cancelled before it began');
      signal?.addEventListener('abort', stop);
      const done = this.#outcome(hooks);
      this.#post({ kind: 'run', order: { ...order, aliveEveryMs: this.#limits.timeBudgetMs / 4 } }, transfer);
      return await done;
    } finally {
      signal?.removeEventListener('abort', stop);
      clearInterval(watch);
      this.#onMessage = undefined;
      this.#onEnd = undefined;
    }
  }

  #outcome({ onProgress, onSnapshot }: WorkerHooks): Promise<WorkerResult> {
    return new Promise((done, fail) => {
      this.#onEnd = fail;
      if (this.#ended !== undefined) fail(this.#ended);
      this.#onMessage = (message) => {
        if (message.kind === 'progress') onProgress?.(message.progress);
        else if (message.kind === 'snapshot') onSnapshot?.(message.snapshot);
        else if (message.kind === 'done') done(message.result);
        else if (message.kind === 'failed') fail(errorOf(message.failure));
      };
    });
  }

  #post(message: ToWorker, transfer: MessagePort[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  /** Ends the thread when it has given no sign of life for its budget. */
  #watch(): NodeJS.Timeout {
    const { timeBudgetMs } = this.#limits;
    const isLate = (): boolean => performance.now() - this.#heardAt > timeBudgetMs;
    const look = async (): Promise<void> => {
      if (!isLate()) return;
      // It may be this thread that was busy: what was said meanwhile waits to be heard.
      await breath();
      await breath();
      if (!isLate()) return;
      const what = `the strategy did not come back within its time budget of ${timeBudgetMs} ms; the run was ended`;
      this.#end(new BacktestError('time-budget', what));
      await this.#worker.terminate();
    };
    return setInterval(() => void look(), Math.max(10, timeBudgetMs / 4));
  }

  #explained(error: unknown): BacktestError {
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
      const message = `the run needed more than the ${this.#limits.memoryMb} MiB of memory that it may have; it was ended`;
      return new BacktestError('memory', message, { cause: error });
    }
    return new BacktestError('crash', `the worker crashed: ${(error as Error).message}`, { cause: error });
  }

  #end(error: BacktestError): void {
    this.#ended ??= error;
    this.#onEnd?.(this.#ended);
  }
}

/** Runs one backtest in a thread of its own. */
export async function runInWorker(request: unknown, hooks: WorkerHooks & WorkerLimits = {}): Promise<WorkerResult> {
  const { memoryMb, timeBudgetMs, ...rest } = hooks;
  const worker = new BacktestWorker({
    ...(memoryMb !== undefined && { memoryMb }),
    ...(timeBudgetMs !== undefined && { timeBudgetMs }),
  });
  try {
    return await worker.run(request, rest);
  } finally {
    await worker.close();
  }
}
