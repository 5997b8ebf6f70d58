export * from './context.ts';
export * from './strategy.ts';
export * from './strategies/index.ts';
export { quoting } from './strategies/quoting.ts';
export { smaCross } from './strategies/sma-cross.ts';
