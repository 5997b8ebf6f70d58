import type { BusConnection } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type Heartbeat, subjects } from '@portcullis/contracts';

const INTERVAL_MS = 1000;

/** Says once a second that riskd is alive. Returns a function that stops it. */
export function beat(
  bus: BusConnection,
  instance: string,
  state: () => Pick<Heartbeat, 'state' | 'detail' | 'counters'>,
): () => void {
  const say = (): void => {
    if (!bus.link.up || bus.nats.isClosed()) return;
    const heartbeat: Heartbeat = { version: 1, service: 'riskd', instance, at: wallMicros(), ...state() };
    bus.nats.publish(subjects.heartbeat('riskd', instance), JSON.stringify(heartbeat));
  };
  say();
  const timer = setInterval(say, INTERVAL_MS);
  return () => clearInterval(timer);
}
