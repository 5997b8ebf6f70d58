import type { BusConnection } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type Heartbeat, subjects } from '@portcullis/contracts';
import type { Venue } from '../venue.ts';

const INTERVAL_MS = 1000;

/** Tells the platform once a second that the venue is here. Returns a function that stops it. */
export function beat(bus: BusConnection, instance: string, venue: Venue): () => void {
  const subject = subjects.heartbeat('venuesim', instance);
  const timer = setInterval(() => {
    const reason = venue.notReady();
    const heartbeat: Heartbeat = {
      version: 1,
      service: 'venuesim',
      instance,
      at: wallMicros(),
      state: reason === undefined ? 'ready' : 'degraded',
      ...(reason === undefined ? {} : { detail: reason }),
      counters: { ...venue.counters },
    };
    bus.nats.publish(subject, JSON.stringify(heartbeat));
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}
