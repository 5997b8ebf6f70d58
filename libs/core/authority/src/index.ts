export * from './latches.ts';
export * from './signatures.ts';
