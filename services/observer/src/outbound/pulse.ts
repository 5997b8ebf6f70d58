import type { BusConnection } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type Heartbeat, subjects } from '@portcullis/contracts';
import type { Watch } from '../state/watch.ts';
import type { EventStream } from './event-stream.ts';

const HEARTBEAT_MS = 1000;
/** At most four status events a second: faster than people read, slower than the market. */
const STATUS_MS = 250;

/** observer's own clockwork: heartbeats, samples for the charts, and status events. */
export class Pulse {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #bus: BusConnection;
  readonly #instance: string;

  constructor(bus: BusConnection, instance: string) {
    this.#bus = bus;
    this.#instance = instance;
  }

  start(watch: Watch, events: EventStream): void {
    this.#timers.push(
      setInterval(() => {
        watch.projection.sample(wallMicros());
        this.#beat('ready', { watchers: events.watchers, watchersDropped: events.dropped });
      }, HEARTBEAT_MS),
      setInterval(() => {
        if (events.watchers > 0) events.send('status', watch.status());
      }, STATUS_MS),
    );
    this.#beat('ready', {});
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#beat('stopping', {});
  }

  #beat(state: Heartbeat['state'], counters: Record<string, number>): void {
    if (!this.#bus.link.up || this.#bus.nats.isClosed()) return;
    const heartbeat: Heartbeat = {
      version: 1,
      service: 'observer',
      instance: this.#instance,
      at: wallMicros(),
      state,
      counters,
    };
    this.#bus.nats.publish(subjects.heartbeat('observer', this.#instance), JSON.stringify(heartbeat));
  }
}
