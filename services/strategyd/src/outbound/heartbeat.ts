import type { BusConnection } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type Heartbeat, subjects } from '@portcullis/contracts';

const HEARTBEAT_MS = 1000;

/** Says every second that strategyd is alive, and how much it does. */
export class StrategydHeartbeat {
  readonly #bus: BusConnection;
  readonly #instance: string;
  readonly #counters: () => Record<string, number>;
  readonly #timer: NodeJS.Timeout;

  constructor(bus: BusConnection, instance: string, counters: () => Record<string, number>) {
    this.#bus = bus;
    this.#instance = instance;
    this.#counters = counters;
    this.#timer = setInterval(() => this.#beat('ready'), HEARTBEAT_MS);
  }

  /** The last one. */
  stop(): void {
    clearInterval(this.#timer);
    this.#beat('stopping');
  }

  #beat(state: Heartbeat['state']): void {
    if (this.#bus.nats.isClosed() || !this.#bus.link.up) return;
    const instance = this.#instance;
    const beat: Heartbeat = {
      version: 1,
      service: 'strategyd',
      instance,
      at: wallMicros(),
      state,
      counters: this.#counters(),
    };
    this.#bus.nats.publish(subjects.heartbeat('strategyd', instance), JSON.stringify(beat));
  }
}
