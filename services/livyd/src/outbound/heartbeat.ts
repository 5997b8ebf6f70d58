import type { BusConnection } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type Heartbeat, subjects } from '@portcullis/contracts';
import type { Runs } from '../state/runs.ts';

const HEARTBEAT_MS = 1000;

/** Says every second that livyd is alive, and where each run stands. */
export class LivydHeartbeat {
  readonly #bus: BusConnection;
  readonly #instance: string;
  readonly #runs: Runs;
  readonly #timer: NodeJS.Timeout;

  constructor(bus: BusConnection, instance: string, runs: Runs) {
    this.#bus = bus;
    this.#instance = instance;
    this.#runs = runs;
    this.#timer = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  beat(): void {
    if (this.#bus.nats.isClosed() || !this.#bus.link.up) return;
    const state = this.#runs.stopping ? 'stopping' : this.#runs.open ? 'ready' : 'starting';
    const beat: Heartbeat = {
      version: 1,
      service: 'livyd',
      instance: this.#instance,
      at: wallMicros(),
      state,
      runs: this.#runs.statuses,
    };
    this.#bus.nats.publish(subjects.heartbeat('livyd', this.#instance), JSON.stringify(beat));
  }

  /** The last one. */
  stop(): void {
    clearInterval(this.#timer);
    this.beat();
  }
}
