export * from './health.ts';
export * from './logger.ts';
