import type { KernelSnapshot, OrderingGuardSnapshot } from '@portcullis/run';
import type { DelayedFeedSnapshot } from './delayed-feed.ts';
import type { EventCountsSnapshot } from './event-counts.ts';
import type { LastPricesSnapshot } from './last-prices.ts';
import type { OrderDeskSnapshot } from './order-desk.ts';
import type { ReplaySummary } from './records.ts';
import type { ReplayLedgerSnapshot } from './replay-ledger.ts';
import type { TimersSnapshot } from './timers.ts';

/** A whole replay between two events: plain JSON, good in another process for a run of the same id. */
export interface ReplaySnapshot {
  readonly version: 1;
  readonly runId: string;
  readonly state: 'running' | ReplaySummary['state'];
  readonly failure: string | null;
  readonly isStarted: boolean;
  readonly now: number;
  readonly guard: OrderingGuardSnapshot;
  readonly kernel: KernelSnapshot;
  readonly gate: string;
  readonly engine: string;
  readonly prices: LastPricesSnapshot;
  readonly desk: OrderDeskSnapshot;
  readonly ledger: ReplayLedgerSnapshot;
  readonly feed: DelayedFeedSnapshot;
  readonly timers: TimersSnapshot;
  readonly counts: EventCountsSnapshot;
}
