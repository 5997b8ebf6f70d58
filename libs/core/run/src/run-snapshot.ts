import type { DecisionChainSnapshot } from './decision-chain.ts';
import type { KillViewSnapshot } from './kill-view.ts';
import type { RunBooksSnapshot } from './run-books.ts';
import type { RunMarketSnapshot } from './run-market.ts';
import type { WorkingOrdersSnapshot } from './working-orders.ts';

/** Where a run stands. `stopping`: its orders are being cancelled; `stopped`: none works any more. */
export type RunState = 'starting' | 'running' | 'stopping' | 'stopped' | 'quarantined';

/** How many of what a run has seen and done since its first input. */
export interface RunCounters {
  inputs: number;
  marketEvents: number;
  intents: number;
  cancels: number;
  approved: number;
  denied: number;
  fills: number;
  /** Errors of the strategy. */
  errors: number;
  /** Messages whose numbers cannot be right for the instrument. */
  malformed: number;
}

/** The whole state of a run's kernel as plain JSON: with the inputs after it, it gives the state of any later moment. */
export interface RunSnapshot {
  readonly version: 1;
  readonly configDigest: string;
  readonly seq: number;
  readonly now: number;
  readonly state: RunState;
  /** Why the run ended for good, or null. */
  readonly failure: string | null;
  readonly counters: RunCounters;
  readonly market: RunMarketSnapshot;
  readonly eventIds: readonly string[];
  readonly orders: WorkingOrdersSnapshot;
  readonly books: RunBooksSnapshot;
  readonly kills: KillViewSnapshot;
  readonly chain: DecisionChainSnapshot;
  /** JSON text of the strategy's own state. */
  readonly strategy: string;
}
