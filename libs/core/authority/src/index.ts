export * from './clears.ts';
export * from './kills.ts';
export * from './latches.ts';
export * from './permits.ts';
export * from './signatures.ts';
