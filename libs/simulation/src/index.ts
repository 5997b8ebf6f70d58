export { type FaultName, type Faults, FAULT_NAMES, NO_FAULTS, WORST_FAULTS, swarmFaults } from './faults.ts';
export { MARK_NAMES } from './marks.ts';
export { LIMITS } from './scenario.ts';
export { type Report, simulate } from './simulate.ts';
export type { WorldOptions, WorldParts } from './world.ts';
