import type { BusConnection } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { heartbeatSchema, subjects } from '@portcullis/contracts';
import type { BridgeHeartbeat } from '@portcullis/risk';
import type { GateShell } from '../state/gate-shell.ts';

/** Heartbeats taken in a second; a bridge sends two. A plain subject can be flooded, the journal must not be. */
const PER_SECOND_MAX = 20;

/** Answers the bridge's heartbeats with permits. Returns a function that stops it. */
export function answerHeartbeats(bus: BusConnection, account: string, gate: GateShell): () => void {
  let second = 0;
  let taken = 0;
  const subscription = bus.nats.subscribe(subjects.heartbeat('bridge', '*'), {
    callback: (error, message) => {
      const bridge = error === null ? bridgePart(message.data) : undefined;
      if (bridge?.account !== account) return;
      const at = wallMicros();
      const now = Math.floor(at / 1_000_000);
      if (now !== second) [second, taken] = [now, 0];
      taken += 1;
      // A gate that failed takes nothing any more, and then the bridge's permit runs out, as it should.
      if (taken <= PER_SECOND_MAX) {
        gate.take([{ type: 'heartbeat', at, heartbeat: bridge }], { durable: false }).catch(() => undefined);
      }
    },
  });
  return () => subscription.unsubscribe();
}

/** What is no heartbeat of a bridge is left alone: nobody vouches for a plain subject. */
function bridgePart(bytes: Uint8Array): BridgeHeartbeat | undefined {
  try {
    return heartbeatSchema.parse(JSON.parse(new TextDecoder().decode(bytes))).bridge;
  } catch {
    return undefined;
  }
}
