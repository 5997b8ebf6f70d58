export * from './deflated-sharpe.ts';
export * from './monte-carlo.ts';
export * from './run-statistics.ts';
export { StatisticsMeter } from './statistics-meter.ts';
