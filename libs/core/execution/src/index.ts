export type { BalanceReport, FillReport, OrderReport, ReportedStatus } from '@portcullis/reconciliation';
export * from './bridge-config.ts';
export * from './bridge-core.ts';
export * from './bridge-effect.ts';
export * from './bridge-input.ts';
export * from './client-order-id.ts';
export type { LocalLatch } from './local-kills.ts';
export * from './order-state.ts';
export * from './venue-order.ts';
