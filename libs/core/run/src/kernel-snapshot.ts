import type { DecisionChainSnapshot } from './decision-chain.ts';
import type { KernelHoldingsSnapshot } from './kernel-holdings.ts';
import type { KernelOrdersSnapshot } from './kernel-orders.ts';
import type { KillViewSnapshot } from './kill-view.ts';
import type { RunCounters, RunState } from './run-state.ts';

/** The whole state of a run's kernel as plain JSON: with the inputs after it, it gives the state of any later moment. */
export interface KernelSnapshot {
  readonly version: 1;
  readonly digest: string;
  readonly now: number;
  readonly state: RunState;
  /** Why the run ended for good, or null. */
  readonly failure: string | null;
  readonly counters: RunCounters;
  readonly holdings: KernelHoldingsSnapshot;
  readonly orders: KernelOrdersSnapshot;
  readonly kills: KillViewSnapshot;
  readonly chain: DecisionChainSnapshot;
  /** When the strategy's timer is due, microseconds since the epoch; null where it has none. */
  readonly timerAt: number | null;
  /** JSON text of the strategy's own state. */
  readonly strategy: string;
}
