export { ORDERS_AT_ONCE_MAX } from './order-desk.ts';
export * from './prepare-replay.ts';
export * from './records.ts';
export * from './replay-config.ts';
export * from './replay-failure.ts';
export { type MalformedRecord, type ReplayInput } from './replay-input.ts';
export { ReplayRun, type ReplayState } from './replay-run.ts';
export type { ReplaySnapshot } from './replay-snapshot.ts';
