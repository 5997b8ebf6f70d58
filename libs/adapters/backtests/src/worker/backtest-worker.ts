import { setImmediate as breath } from 'node:timers/promises';
import { BacktestError } from '../backtest-error.ts';
import type { TapeContent } from '../dataset/tape.ts';
import { copiedSegment } from '../dataset/tape-segment.ts';
import type { BacktestProgress, BacktestSnapshot } from '../run/backtest.ts';
import { checkedRequest } from '../run/fill-in.ts';
import {
  errorOf,
  type FromWorker,
  type WorkerOptions,
  type WorkerOrder,
  type WorkerResult,
} from './worker-messages.ts';
import { WorkerProcess } from './worker-process.ts';

/** What one worker may use. */
export interface WorkerLimits {
  /** Heap of its own, MiB, and a GiB beside it; more ends the run with `memory`. Default 512. */
  readonly memoryMb?: number;
  /**
   * The longest that a strategy may keep the worker without coming back, milliseconds: beyond it the worker is ended
   * (`time-budget`). Default 10 s. A run as a whole may take as long as it needs.
   */
  readonly timeBudgetMs?: number;
}

export interface WorkerHooks extends WorkerOptions {
  readonly onProgress?: (progress: BacktestProgress) => void;
  /** Pauses the run; a worker that does not answer within its time budget is ended. */
  readonly signal?: AbortSignal;
  readonly onSnapshot?: (snapshot: BacktestSnapshot) => void;
  /** Data in memory; the request names the instruments that it was made with. A worker keeps the last one it was given. */
  readonly tape?: TapeContent;
}

export const MEMORY_MB = 512;
export const TIME_BUDGET_MS = 10_000;
/** A process loads its modules first. */
const START_MS_MAX = 120_000;

/** A process that runs one backtest after another until one of them breaks it. */
export class BacktestWorker {
  readonly #process: WorkerProcess;
  readonly #limits: Required<WorkerLimits>;
  readonly #ready: Promise<void>;
  #tape: TapeContent | undefined;
  #heardAt = performance.now();
  #onMessage: ((message: FromWorker) => void) | undefined;
  #onEnd: ((error: BacktestError) => void) | undefined;
  #ended: BacktestError | undefined;

  constructor(limits: WorkerLimits = {}) {
    this.#limits = { memoryMb: limits.memoryMb ?? MEMORY_MB, timeBudgetMs: limits.timeBudgetMs ?? TIME_BUDGET_MS };
    this.#ready = new Promise((done, fail) => {
      this.#onEnd = fail;
      this.#onMessage = (message) => {
        if (message.kind === 'ready') done();
      };
    });
    // Whoever runs something hears of it.
    this.#ready.catch(() => undefined);
    this.#process = new WorkerProcess(this.#limits.memoryMb, {
      onMessage: (message) => {
        this.#heardAt = performance.now();
        this.#onMessage?.(message);
      },
      onEnd: (error) => this.#end(error),
    });
  }

  /** Whether it can run another. */
  get isUsable(): boolean {
    return this.#ended === undefined;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** One run at a time. Rejects with BacktestError; after `time-budget`, `memory` and `crash` it may be of no more use. */
  async run(given: unknown, hooks: WorkerHooks = {}): Promise<WorkerResult> {
    const request = checkedRequest(given);
    const { onProgress: _progress, onSnapshot: _snapshot, signal, tape, ...options } = hooks;
    this.#heardAt = performance.now() + START_MS_MAX - this.#limits.timeBudgetMs;
    const watch = this.#watch();
    const stop = (): void => void this.#process.send({ kind: 'stop' });
    try {
      await this.#ready;
      if (tape !== undefined) await this.#load(tape);
      this.#heardAt = performance.now();
      if (signal?.aborted === true) throw new BacktestError('cancelled', 'the run was cancelled before it began');
      signal?.addEventListener('abort', stop);
      const done = this.#outcome(hooks);
      const events: WorkerOrder['events'] = tape === undefined ? 'store' : 'tape';
      const order = { options, request, events, aliveEveryMs: this.#limits.timeBudgetMs / 4 };
      void this.#process.send({ kind: 'run', order });
      return await done;
    } finally {
      signal?.removeEventListener('abort', stop);
      clearInterval(watch);
      this.#onMessage = undefined;
      this.#onEnd = undefined;
    }
  }

  async close(): Promise<void> {
    this.#end(new BacktestError('cancelled', 'the worker was closed'));
    await this.#process.kill();
  }

  async #load(tape: TapeContent): Promise<void> {
    if (this.#tape === tape) return;
    const { segments, ...header } = tape;
    this.#tape = tape;
    await this.#process.send({ kind: 'tape', header });
    for (const segment of segments) {
      await this.#process.send({ kind: 'segment', segment: copiedSegment(segment) });
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

  /** Ends the process when it has given no sign of life for its budget. */
  #watch(): NodeJS.Timeout {
    const { timeBudgetMs } = this.#limits;
    const isLate = (): boolean => performance.now() - this.#heardAt > timeBudgetMs;
    const look = async (): Promise<void> => {
      if (!isLate()) return;
      // It may be this process that was busy: what was said meanwhile waits to be heard.
      await breath();
      await breath();
      if (!isLate()) return;
      const what = `the strategy did not come back within its time budget of ${timeBudgetMs} ms; the run was ended`;
      this.#end(new BacktestError('time-budget', what));
      await this.#process.kill();
    };
    return setInterval(() => void look(), Math.max(10, timeBudgetMs / 4));
  }

  #end(error: BacktestError): void {
    this.#ended ??= error;
    this.#onEnd?.(this.#ended);
  }
}

/** Runs one backtest in a process of its own. */
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
