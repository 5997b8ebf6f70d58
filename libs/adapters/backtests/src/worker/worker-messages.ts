import type { MessagePort } from 'node:worker_threads';
import { UserError } from '@portcullis/config';
import type { Cursor } from '@portcullis/archive';
import type { InputError } from '@portcullis/kernel';
import { BacktestError, type BacktestTrouble } from '../backtest-error.ts';
import type { TapeHeader } from '../dataset/tape.ts';
import type { TapeSegment } from '../dataset/tape-segment.ts';
import type { BacktestRequest } from '../request/backtest-request.ts';
import type { BacktestPlan, BacktestProgress, BacktestSnapshot } from '../run/backtest.ts';
import type { KeepOptions, RecordedBacktest } from '../run/record-backtest.ts';

/** How a worker runs something, as far as it can be sent. */
export interface WorkerOptions extends KeepOptions {
  readonly resume?: BacktestSnapshot;
  readonly stopAfter?: number;
  readonly snapshotEvery?: number;
  /** Address of the store in which the run is kept; undefined: nowhere. */
  readonly store?: string;
}

/** What a worker is asked to run. */
export interface WorkerOrder {
  readonly options: WorkerOptions;
  readonly request: BacktestRequest;
  /** Where its events come from: the tape that was sent last, or the store that the request names. */
  readonly events: 'tape' | 'store';
  /** Milliseconds between two signs of life. */
  readonly aliveEveryMs: number;
}

/** What came of it, and what it was. */
export type WorkerResult = RecordedBacktest & { readonly plan: BacktestPlan };

export type ToWorker =
  /** A new tape, without its segments, which follow one by one. */
  | { readonly kind: 'tape'; readonly header: TapeHeader }
  | { readonly kind: 'segment'; readonly segment: TapeSegment }
  | { readonly kind: 'run'; readonly order: WorkerOrder }
  | { readonly kind: 'stop' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'alive' }
  | { readonly kind: 'progress'; readonly progress: BacktestProgress }
  | { readonly kind: 'snapshot'; readonly snapshot: BacktestSnapshot }
  | { readonly kind: 'done'; readonly result: WorkerResult }
  | { readonly kind: 'failed'; readonly failure: WorkerFailure };

/** What a worker's process says last when something in it has called `process.exit`, with the code behind it. */
export const EXITED = 'the worker exits with code ';

/** What the watchdog of a worker is told. */
export interface WatchdogOrder {
  /** The process that started the worker. */
  readonly parent: number;
  /** Bytes of memory that the worker may hold, inside the heap and outside. */
  readonly memoryMax: number;
}

/** What is known of the data once it is open. */
export interface DataHeader extends TapeHeader {
  /** Whether the definitions were inferred. */
  readonly inferred: boolean;
}

/** What a thread that reads is asked for. */
export interface DataOrder {
  readonly request: BacktestRequest;
  readonly after: Cursor | undefined;
  /** Whether the quality ledger is looked into. */
  readonly quality: boolean;
  /** Where the events go. */
  readonly port: MessagePort;
}

export type ToData =
  { readonly kind: 'open'; readonly order: DataOrder } | { readonly kind: 'stop' } | { readonly kind: 'close' };

export type FromData =
  | { readonly kind: 'opened'; readonly header: DataHeader }
  | { readonly kind: 'failed'; readonly failure: WorkerFailure }
  /** Done with an order, whatever came of it: the files are closed. */
  | { readonly kind: 'idle' };

/** An error on its way to another thread or process. */
export interface WorkerFailure {
  readonly trouble: BacktestTrouble | 'other';
  readonly name: string;
  readonly message: string;
  readonly inputs: readonly InputError[];
  readonly remedy?: string;
}

export function failureOf(error: unknown): WorkerFailure {
  if (error instanceof BacktestError) {
    const { trouble, name, message, inputs } = error;
    return { trouble, name, message, inputs };
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const remedy = error instanceof UserError ? { remedy: error.remedy } : {};
  return { trouble: 'other', name, message, inputs: [], ...remedy };
}

export function errorOf({ trouble, name, message, inputs, remedy }: WorkerFailure): Error {
  if (trouble !== 'other') return new BacktestError(trouble, message, { inputs });
  if (remedy !== undefined) return new UserError(message, remedy);
  return new BacktestError('crash', name === 'Error' ? message : `${name}: ${message}`);
}
