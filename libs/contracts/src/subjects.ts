import type { MarketKind } from './messages/market.ts';

/** How urgent a run of the lab is, the most urgent first. */
export const RUN_PRIORITIES = ['high', 'normal', 'low'] as const;
export type RunPriority = (typeof RUN_PRIORITIES)[number];

/** The only place that spells subjects. */
export const subjects = {
  market: (kind: MarketKind, venue: string, symbol: string): string => `md.${kind}.${venue}.${symbol}`,
  intent: (account: string, runId: string): string => `intent.${account}.${runId}`,
  verdict: (account: string, runId: string): string => `verdict.${account}.${runId}`,
  cancel: (account: string, runId: string): string => `cancel.${account}.${runId}`,
  order: (account: string, runId: string): string => `order.${account}.${runId}`,
  recon: (account: string): string => `recon.${account}.snapshot`,
  permit: (account: string): string => `permit.${account}`,
  heartbeat: (service: string, instance: string): string => `hb.${service}.${instance}`,
  /** `scope` is `all`, `venue.V`, `account.A`, `strategy.S`, `run.R` or `instrument.V.SYMBOL`. */
  kill: (scope: string): string => `ctl.kill.${scope}`,
  clearDocument: (): string => 'ctl.doc.clear',
  controlState: (account: string): string => `ctl.state.${account}`,
  controlStateKey: (account: string): string => `$KV.control.${account}`,
  lease: (role: 'riskd' | 'bridge' | 'livyd', name: string): string => `$KV.lease.${role}.${name}`,
  deadLetter: (service: string): string => `dead.${service}`,
  runRequest: (priority: RunPriority): string => `run.request.${priority}`,
  runCancel: (requestId: string): string => `run.cancel.${requestId}`,
  runProgress: (requestId: string): string => `run.progress.${requestId}`,
  alert: (name: string): string => `ops.alert.${name}`,
} as const;

/** The scope that a kill's subject names; anything else under `ctl.kill` is a kill of everything. */
export function killScopeOf(subject: string): string {
  const scope = subject.startsWith('ctl.kill.') ? subject.slice('ctl.kill.'.length) : '';
  return /^(all|(venue|account|strategy|run)\.[^.]+|instrument\.[^.]+\.[^.]+)$/.test(scope) ? scope : 'all';
}
