import type {
  ClearDocument,
  Heartbeat,
  MarketGap,
  OrderEvent,
  OrderIntent,
  ReconSnapshot,
} from '@portcullis/contracts';
import type { GateConfig } from './gate-config.ts';

/** The bridge's part of its heartbeat. */
export type BridgeHeartbeat = NonNullable<Heartbeat['bridge']>;

/**
 * Everything that may change what the gate decides, in the order of its journal. Plain JSON; `at` is riskd's wall
 * clock in microseconds when the input arrived.
 */
export type GateInput =
  /** A new incarnation holds the lease; until `caught-up` it approves nothing and gives no permit. */
  | { readonly type: 'started'; readonly at: number; readonly gateEpoch: number; readonly config: GateConfig }
  /** What had waited in ORDERS, RECON and CONTROL is in. */
  | { readonly type: 'caught-up'; readonly at: number }
  | { readonly type: 'lease-lost'; readonly at: number }
  | { readonly type: 'intent'; readonly at: number; readonly intent: OrderIntent }
  | { readonly type: 'order'; readonly at: number; readonly event: OrderEvent }
  | { readonly type: 'recon'; readonly at: number; readonly snapshot: ReconSnapshot }
  /** The best prices; `instrument` is `<symbol>.<venue>`, `tsEvent` the venue's time. */
  | {
      readonly type: 'mark';
      readonly at: number;
      readonly instrument: string;
      readonly bid: string;
      readonly ask: string;
      readonly tsEvent: number;
    }
  | { readonly type: 'gap'; readonly at: number; readonly instrument: string; readonly reason: MarketGap['reason'] }
  | { readonly type: 'heartbeat'; readonly at: number; readonly heartbeat: BridgeHeartbeat }
  /** `scope` as in the kill's subject; `streamSequence` is its place in CONTROL. */
  | {
      readonly type: 'kill';
      readonly at: number;
      readonly scope: string;
      readonly reason: string;
      readonly by: string;
      readonly streamSequence: number;
    }
  | {
      readonly type: 'document';
      readonly at: number;
      readonly document: ClearDocument;
      readonly streamSequence: number;
    }
  /** Only time passes. */
  | { readonly type: 'timer'; readonly at: number };
