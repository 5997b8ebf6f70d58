import type { InputError } from '@portcullis/kernel';
import type { BacktestTrouble } from '../backtest-error.ts';
import type { SharedTape } from '../dataset/tape.ts';
import type { BacktestProgress, BacktestSnapshot } from '../run/backtest.ts';
import type { RecordedBacktest } from '../run/record-backtest.ts';

/** What a worker is asked to run. Structured-cloned; the tape's numbers are shared. */
export interface WorkerOrder {
  readonly request: unknown;
  readonly resume?: BacktestSnapshot;
  readonly stopAfter?: number;
  readonly snapshotEvery?: number;
  /** Address of the store in which the run is kept. */
  readonly store?: string;
  readonly artefacts?: 'all' | 'summary';
  readonly report?: boolean;
  readonly reuse?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly tape?: SharedTape;
  /** Milliseconds between two signs of life. */
  readonly aliveEveryMs: number;
}

export type ToWorker = { readonly kind: 'run'; readonly order: WorkerOrder } | { readonly kind: 'stop' };

export interface WorkerFailure {
  readonly trouble: BacktestTrouble | 'other';
  readonly name: string;
  readonly message: string;
  readonly inputs: readonly InputError[];
  readonly remedy?: string;
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'alive' }
  | { readonly kind: 'progress'; readonly progress: BacktestProgress }
  | { readonly kind: 'snapshot'; readonly snapshot: BacktestSnapshot }
  | { readonly kind: 'done'; readonly result: RecordedBacktest }
  | { readonly kind: 'failed'; readonly failure: WorkerFailure };
