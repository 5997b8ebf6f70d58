import type { BusConnection } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { heartbeatSchema, subjects } from '@portcullis/contracts';
import type { BridgeHeartbeat } from '@portcullis/risk';
import { isDrained } from '../state/backlog.ts';
import type { GateShell } from '../state/gate-shell.ts';

/** Heartbeats taken in a second; a bridge sends two. A plain subject can be flooded, the journal must not be. */
const PER_SECOND_MAX = 20;

/**
 * Answers the bridge's heartbeats with permits, each only once the server confirms that no message of CONTROL waits for us:
 * after an outage heartbeats are back before the consumers are, and a kill may be among what they have not brought yet (S4).
 * Returns a function that stops it.
 */
export function answerHeartbeats(bus: BusConnection, account: string, gate: GateShell): () => void {
  let second = 0;
  let taken = 0;
  let newest: BridgeHeartbeat | undefined;
  let isAnswering = false;
  const answer = async (): Promise<void> => {
    isAnswering = true;
    while (newest !== undefined) {
      const heartbeat = newest;
      newest = undefined;
      // A gate that failed takes nothing any more, and then the bridge's permit runs out, as it should.
      if (await isDrained(bus, 'CONTROL')) {
        await gate
          .take([{ type: 'heartbeat', at: wallMicros(), heartbeat }], { durable: false })
          .catch(() => undefined);
      }
    }
    isAnswering = false;
  };
  const subscription = bus.nats.subscribe(subjects.heartbeat('bridge', '*'), {
    callback: (error, message) => {
      const bridge = error === null ? bridgePart(message.data) : undefined;
      if (bridge?.account !== account) return;
      const now = Math.floor(wallMicros() / 1_000_000);
      if (now !== second) [second, taken] = [now, 0];
      taken += 1;
      if (taken > PER_SECOND_MAX) return;
      newest = bridge;
      if (!isAnswering) void answer();
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
