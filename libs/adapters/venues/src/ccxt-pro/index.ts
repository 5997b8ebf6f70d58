export * from './ccxt-market-source.ts';
export type { CcxtConnection } from './ccxt-venue.ts';
