export * from './dialect.ts';
export * from './market-stream.ts';
export type { RawFrame } from './market-stream-connection.ts';
export type { ClockOffset } from './market-stream-rest.ts';
export { dialectOf } from './dialects.ts';
export { MarketNormalizer, type NormalizerCounters, type NormalizerOptions, freshCounters } from './normalizer.ts';
export type { Drop } from './instrument-stream.ts';
export { TopOfBookCheck } from './top-of-book-check.ts';
