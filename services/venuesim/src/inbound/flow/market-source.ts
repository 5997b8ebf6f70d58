import type { MarketEvent } from '@portcullis/contracts';

/** Market events of one instrument as they happen, wherever they come from. */
export interface MarketSource {
  /** Begins to deliver; calls do not overlap. */
  start(receive: (event: MarketEvent) => void): Promise<void>;
  stop(): Promise<void>;
}
