import { type BusConnection, PublishQueue } from '@portcullis/bus';
import { subjects } from '@portcullis/contracts';
import type { RaisedAlert } from '../state/troubles.ts';

/** Causes older than this at our start were told by the process before us. */
const OLD_MICROS = 120_000_000;
/** Alerts of one kind in a minute; more of the same say nothing more, and are still counted. */
const ALERTS_PER_MINUTE_MAX = 30;
const MINUTE_MICROS = 60_000_000;
const QUEUE_MAX = 500;

/** Publishes alerts, each cause once. */
export class AlertDesk {
  readonly #queue: PublishQueue;
  readonly #startedAt: number;
  readonly #windows = new Map<string, { readonly since: number; count: number }>();
  #withheld = 0;

  constructor(bus: BusConnection, startedAt: number) {
    this.#queue = new PublishQueue(bus, { depthMax: QUEUE_MAX });
    this.#startedAt = startedAt;
  }

  /** Alerts that were counted but not published: too many of one kind, or the bus is away. */
  get withheld(): number {
    return this.#withheld;
  }

  raise({ id, alert }: RaisedAlert): void {
    if (alert.at < this.#startedAt - OLD_MICROS) return;
    if (this.#queue.full || !this.#hasRoom(alert.name, alert.at)) {
      this.#withheld += 1;
      return;
    }
    void this.#queue.enqueue({ subject: subjects.alert(alert.name), body: alert, messageId: id });
  }

  close(): Promise<void> {
    return this.#queue.close(1000);
  }

  #hasRoom(name: string, at: number): boolean {
    const known = this.#windows.get(name);
    const window = known === undefined || at - known.since >= MINUTE_MICROS ? { since: at, count: 0 } : known;
    this.#windows.set(name, window);
    window.count += 1;
    return window.count <= ALERTS_PER_MINUTE_MAX;
  }
}
