import type { Heartbeat, OrderEvent, ReconSnapshot, VenueOrder } from '@portcullis/contracts';
import type { SweepReason } from './bridge-input.ts';

/** Why a message was not acted on. Each is counted by its name. */
export type RefusalReason =
  | 'no-lease'
  | 'bad-signature'
  | 'wrong-account'
  | 'audience-ahead'
  | 'replayed'
  | 'forgotten'
  | 'replay-memory-full'
  | 'hash-mismatch'
  | 'wrong-client-order-id'
  | 'unknown-instrument'
  | 'too-many-orders'
  | 'superseded-bridge'
  | 'superseded-gate'
  | 'kill-epoch'
  | 'latched'
  | 'expired'
  | 'no-permit'
  | 'permit-bad-signature'
  | 'permit-wrong-account'
  | 'permit-other-bridge-epoch'
  | 'permit-superseded-gate'
  | 'permit-old-kill-epoch'
  | 'permit-unknown-echo'
  | 'cancel-wrong-account'
  | 'cancel-unknown-order'
  | 'cancel-not-owner'
  | 'document-refused';

/** One currency pair's cursor for a sweep's listing of our executions. */
export interface FillsFrom {
  readonly symbol: string;
  /** The first trade id wanted; absent before any was seen: then everything from `since` on. */
  readonly tradeId?: string;
  /** Venue time in microseconds. */
  readonly since: number;
}

/** What the shell has to do after a step, in this order. Order events, snapshots and heartbeats may be published again; orders never. */
export type BridgeEffect =
  | { readonly type: 'submit'; readonly venueOrder: VenueOrder; readonly reduces: boolean }
  | { readonly type: 'cancel'; readonly clientOrderId: string; readonly symbol: string; readonly venueOrderId?: string }
  /** Ask the account for its open orders and hand them back as `open-orders`: a kill trusts the venue's list, not ours. */
  | { readonly type: 'cancel-by-query'; readonly scope: string }
  | { readonly type: 'lookup'; readonly clientOrderId: string; readonly symbol: string; readonly venueOrderId?: string }
  | { readonly type: 'sweep'; readonly reason: SweepReason; readonly fillsFrom: readonly FillsFrom[] }
  | { readonly type: 'order-event'; readonly event: OrderEvent }
  | { readonly type: 'recon'; readonly snapshot: ReconSnapshot }
  | { readonly type: 'heartbeat'; readonly heartbeat: Heartbeat }
  | {
      readonly type: 'alert';
      readonly name: string;
      readonly severity: 'warning' | 'critical';
      readonly summary: string;
    }
  | { readonly type: 'refused'; readonly reason: RefusalReason; readonly detail: string };
