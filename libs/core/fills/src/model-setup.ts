import type { ExecutionConfig } from './execution-config.ts';
import type { MarketCounts } from './market-model.ts';
import type { OrderDesk } from './order-desk.ts';
import type { Taker } from './taker.ts';

/** What a model of recorded data works with. */
export interface ModelSetup {
  readonly desk: OrderDesk;
  readonly taker: Taker;
  readonly config: ExecutionConfig;
  readonly counts: MarketCounts;
}
