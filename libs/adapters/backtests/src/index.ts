export * from './backtest-error.ts';
export * from './dataset/input-batch.ts';
export { splitSymbol } from './dataset/infer-instruments.ts';
export * from './dataset/open-dataset.ts';
export { kindsFor } from './dataset/selection.ts';
export { loadTape, type SharedTape, Tape } from './dataset/tape.ts';
export * from './load-strategy.ts';
export { PLATFORM_VERSION } from './platform-version.ts';
export * from './request/backtest-request.ts';
export { LAB_LIMITS } from './request/lab-limits.ts';
export * from './run/backtest.ts';
export { checkedRequest } from './run/fill-in.ts';
export { type PrepareOptions, prepareBacktest } from './run/prepare-backtest.ts';
export * from './run/record-backtest.ts';
export { checkSnapshot, runBacktest } from './run/run-backtest.ts';
export * from './store/compare-runs.ts';
export { parseRunManifest, type RunManifest } from './store/run-manifest.ts';
export * from './store/run-store.ts';
export * from './strategy-files/index.ts';
export * from './sweep/index.ts';
export {
  BacktestWorker,
  runInWorker,
  type WorkerHooks,
  type WorkerLimits,
} from './worker/backtest-worker.ts';
export type { WorkerResult } from './worker/worker-messages.ts';
export { WorkerPool } from './worker/worker-pool.ts';
