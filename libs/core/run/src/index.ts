export * from './market-guard.ts';
export * from './replay-journal.ts';
export * from './run-configuration.ts';
export * from './run-input.ts';
export * from './run-kernel.ts';
export * from './run-output.ts';
export * from './run-snapshot.ts';
