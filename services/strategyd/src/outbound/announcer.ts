import type { BusConnection } from '@portcullis/bus';
import { type RunCancel, type RunProgress, subjects } from '@portcullis/contracts';

/** Of one run, milliseconds. */
const PROGRESS_MS = 250;
/** Runs whose last word is remembered, so that progress is not told too often. */
const REMEMBERED_MAX = 1000;

/** Tells where requests stand: the list of this instance, and by the bus everybody who listens. Nobody depends on it. */
export class Announcer {
  readonly #bus: BusConnection | undefined;
  readonly #note: (progress: RunProgress) => void;
  readonly #toldAt = new Map<string, number>();

  constructor(bus: BusConnection | undefined, note: (progress: RunProgress) => void) {
    this.#bus = bus;
    this.#note = note;
  }

  tell(progress: RunProgress): void {
    this.#note(progress);
    const now = performance.now();
    const isProgress = progress.state === 'running' && progress.share > 0;
    if (isProgress && now - (this.#toldAt.get(progress.requestId) ?? -PROGRESS_MS) < PROGRESS_MS) return;
    if (this.#toldAt.size >= REMEMBERED_MAX) this.#toldAt.clear();
    this.#toldAt.set(progress.requestId, now);
    this.#publish(subjects.runProgress(progress.requestId), progress);
  }

  cancel(cancel: RunCancel): void {
    this.#publish(subjects.runCancel(cancel.requestId), cancel);
  }

  #publish(subject: string, body: unknown): void {
    if (this.#bus === undefined || this.#bus.nats.isClosed() || !this.#bus.link.up) return;
    this.#bus.nats.publish(subject, JSON.stringify(body));
  }
}
