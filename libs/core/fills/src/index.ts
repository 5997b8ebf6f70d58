export * from './execution-config.ts';
export * from './execution-engine.ts';
export * from './recorded-venue.ts';
