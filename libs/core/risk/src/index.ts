export { DENIALS, DENIAL_CODES, type Denial, type DenialCode, denialTable } from './denials.ts';
export type { Exposure } from './exposure.ts';
export { type GateConfig, prepareGateConfig } from './gate-config.ts';
export { GateCore, type GateCoreOptions } from './gate-core.ts';
export type { GateEffect } from './gate-effect.ts';
export type { BridgeHeartbeat, GateInput } from './gate-input.ts';
export type { LedgerOrder } from './order-ledger.ts';
export { rules } from './rules/index.ts';
export { VERDICT_TTL_MICROS } from './verdicts.ts';
