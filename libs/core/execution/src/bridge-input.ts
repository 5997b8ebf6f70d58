import type { CancelRequest, ClearDocument, SignedPermit, SignedVerdict } from '@portcullis/contracts';
import { unreachable } from '@portcullis/kernel';
import type { BalanceReport, FillReport, OrderReport } from '@portcullis/reconciliation';

/** Why an approved order was never written to the venue. */
export type LapseReason = 'expired' | 'superseded' | 'killed' | 'no-permit' | 'refused' | 'not-sent';

/** What came of the one attempt to send an order. */
export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly report: OrderReport; readonly fills: readonly FillReport[] }
  /** The venue's definite no. */
  | { readonly kind: 'rejected'; readonly code: string; readonly reason: string }
  /** Time-out, disconnect, 5xx, an answer that cannot be read: it may live at the venue. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** Not one byte was written. */
  | { readonly kind: 'not-sent'; readonly reason: LapseReason; readonly detail: string };

export type CancelOutcome =
  | { readonly kind: 'accepted'; readonly report?: OrderReport }
  /** The venue does not know the order, which says nothing about what became of it. */
  | { readonly kind: 'unknown-order' }
  | { readonly kind: 'failed'; readonly reason: string };

export type LookupOutcome =
  | { readonly kind: 'found'; readonly report: OrderReport; readonly fills: readonly FillReport[] }
  /** Neither the order query nor the list of open orders has it. */
  | { readonly kind: 'not-found' }
  | { readonly kind: 'failed'; readonly reason: string };

export type SweepReason = 'start' | 'reconnect' | 'periodic' | 'kill';

/**
 * Everything that can happen to the bridge of one account, as plain JSON: what its journal holds. `at` is wall time and
 * `monotonicAt` a clock that never jumps, both in microseconds and both read by the shell.
 */
export type BridgeInput =
  /** The lease is ours. Also the mark of a restart: what was in flight before has an unknown outcome now. */
  | { readonly type: 'started'; readonly at: number; readonly monotonicAt: number; readonly bridgeEpoch: number }
  | { readonly type: 'lease-lost'; readonly at: number }
  | { readonly type: 'verdict'; readonly at: number; readonly monotonicAt: number; readonly signed: SignedVerdict }
  | { readonly type: 'cancel'; readonly at: number; readonly request: CancelRequest }
  | { readonly type: 'permit'; readonly at: number; readonly monotonicAt: number; readonly signed: SignedPermit }
  /** Time to say that we live, and to look at everything that is due. */
  | { readonly type: 'heartbeat-due'; readonly at: number; readonly monotonicAt: number }
  | { readonly type: 'timer'; readonly at: number; readonly monotonicAt: number }
  | {
      readonly type: 'kill';
      readonly at: number;
      readonly scope: string;
      readonly reason: string;
      readonly by: string;
      /** In the stream CONTROL; absent for a kill by file or local HTTP. */
      readonly streamSequence?: number;
      /** When the bus stored it, microseconds; absent for a local kill. */
      readonly publishedAt?: number;
    }
  | {
      readonly type: 'document';
      readonly at: number;
      readonly document: ClearDocument;
      readonly streamSequence: number;
    }
  | {
      readonly type: 'submit-outcome';
      readonly at: number;
      readonly clientOrderId: string;
      readonly outcome: SubmitOutcome;
    }
  | {
      readonly type: 'cancel-outcome';
      readonly at: number;
      readonly clientOrderId: string;
      readonly outcome: CancelOutcome;
    }
  /** From the private stream: an order's state, with the execution that changed it if one did. */
  | {
      readonly type: 'report';
      readonly at: number;
      readonly report: OrderReport;
      readonly fills: readonly FillReport[];
    }
  | { readonly type: 'fill-report'; readonly at: number; readonly fill: FillReport }
  | {
      readonly type: 'lookup-outcome';
      readonly at: number;
      readonly clientOrderId: string;
      readonly outcome: LookupOutcome;
    }
  /** The list of open orders alone: the quick half of a kill's sweep. */
  | { readonly type: 'open-orders'; readonly at: number; readonly openOrders: readonly OrderReport[] }
  | {
      readonly type: 'sweep';
      readonly at: number;
      readonly reason: SweepReason;
      /** False when some query failed: what is missing is unknown. */
      readonly complete: boolean;
      readonly openOrders: readonly OrderReport[];
      readonly fills: readonly FillReport[];
      readonly balances: readonly BalanceReport[];
    }
  | { readonly type: 'private-stream'; readonly at: number; readonly state: 'up' | 'down' };

export type BridgeInputType = BridgeInput['type'];

/**
 * Inputs that have to survive a crash of the machine before anything follows from them. The others steer only this
 * incarnation (permits, heartbeats) or are asked of the venue again (sweeps and look-ups without news).
 */
export function mustBeDurable(input: BridgeInput): boolean {
  switch (input.type) {
    case 'permit':
    case 'heartbeat-due':
    case 'timer':
    case 'private-stream':
    case 'open-orders':
      return false;
    case 'started':
    case 'lease-lost':
    case 'verdict':
    case 'cancel':
    case 'kill':
    case 'document':
    case 'submit-outcome':
    case 'cancel-outcome':
    case 'report':
    case 'fill-report':
    case 'lookup-outcome':
    case 'sweep':
      return true;
    default:
      return unreachable(input);
  }
}
