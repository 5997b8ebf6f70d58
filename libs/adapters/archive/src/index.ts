export * from './columns.ts';
export * from './partition.ts';
