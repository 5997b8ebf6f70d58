import type { BarInput, MarketInput } from '@portcullis/market';
import type { LiveOrder } from './live-order.ts';
import type { Takings } from './takings.ts';
import type { VenueSlot } from './venue-slot.ts';

/** What an engine counts of the market data that it was given. */
export interface MarketCounts {
  malformed: number;
  crossed: number;
  untrusted: number;
}

/** What can be had of a recorded market at this moment. */
export interface MarketOffer {
  /** Whether an order can be judged now; otherwise it waits. */
  ready(slot: VenueSlot): boolean;
  /** Whether the order would deal at once. */
  marketable(order: LiveOrder, slot: VenueSlot): boolean;
  /** What `lots` of a taking order would get, at prices that are never better than the market nor worse than the order's. */
  plan(order: LiveOrder, slot: VenueSlot, takings: Takings): void;
  /** It took what was planned last: that is gone. */
  took(order: LiveOrder, slot: VenueSlot, takings: Takings): void;
  /** The order comes to rest: where it stands in the queue of its price. */
  join(order: LiveOrder, slot: VenueSlot): void;
}

/** A model whose market are bars. */
export interface BarMarket {
  /** Whether {@link finish} can do anything. */
  readonly finishes: boolean;
  /** What is known at the start of a bar. */
  open(bar: BarInput, slot: VenueSlot): void;
  /** What is known at its end. */
  finish(bar: BarInput, slot: VenueSlot): void;
}

/** One way in which orders meet recorded data. Its state is plain JSON. */
export interface MarketModel extends MarketOffer {
  market(event: Exclude<MarketInput, BarInput>, slot: VenueSlot): void;
  save(): unknown;
  load(saved: unknown): void;
}
