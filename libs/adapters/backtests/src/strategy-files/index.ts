export { type StrategyFile, loadStrategyFile } from './load-strategy-file.ts';
export { canLoadUserFiles } from './module-hooks.ts';
export { nodeArgumentsFor } from './node-arguments.ts';
