import type { Heartbeat } from '@portcullis/contracts';
import { BRIDGE_LIMITS } from './bridge-config.ts';

/** How the bridge stands, for its heartbeat. */
export interface BridgeStanding {
  readonly bridgeEpoch: number;
  readonly killEpochSeen: number;
  readonly reconciled: boolean;
  readonly streamUp: boolean;
  readonly openOrders: number;
  readonly unresolvedOrders: number;
  /** Scopes of the kills that hold here. */
  readonly latched: readonly string[];
  readonly counters: ReadonlyMap<string, number>;
}

/** The bridge's heartbeat, whose nonce a permit echoes. */
export function heartbeatOf(
  sender: { readonly account: string; readonly instance: string; readonly nonce: string },
  at: number,
  standing: BridgeStanding,
): Heartbeat {
  const { bridgeEpoch, killEpochSeen, reconciled, openOrders, unresolvedOrders, latched } = standing;
  const healthy = standing.streamUp && unresolvedOrders === 0 && latched.length === 0;
  return {
    version: 1,
    service: 'bridge',
    instance: sender.instance,
    at,
    state: !reconciled ? 'starting' : healthy ? 'ready' : 'degraded',
    ...(latched.length === 0 ? {} : { detail: `latched: ${latched.join(', ')}`.slice(0, 500) }),
    bridge: {
      account: sender.account,
      bridgeEpoch,
      nonce: sender.nonce,
      reconciled,
      killEpochSeen,
      openOrders: Math.min(openOrders, BRIDGE_LIMITS.openOrdersMax),
      unresolvedOrders,
    },
    counters: Object.fromEntries(standing.counters),
  };
}
