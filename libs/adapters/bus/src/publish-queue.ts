import type { BusConnection } from './connection.ts';
import { PublishAborted } from './publish-errors.ts';
import { type Publication, type Published, Publisher } from './publisher.ts';

/** Messages waiting; a writer that gets this far ahead of the bus has to stop. */
const DEPTH_MAX = 10_000;

export interface PublishQueueOptions {
  readonly depthMax?: number;
  /** A message that will never be stored: refused by the server, or left over at `close`. */
  readonly onFailure?: (publication: Publication, error: Error) => void;
}

interface Waiting {
  readonly publication: Publication;
  readonly resolve: (published: Published) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Publishes in order per subject: the next message of a subject goes out once the one before it is stored. Different
 * subjects do not wait for each other. Retries across restarts of the server.
 */
export class PublishQueue {
  readonly #publisher: Publisher;
  readonly #options: PublishQueueOptions;
  readonly #depthMax: number;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #stopped = new AbortController();
  #depth = 0;
  #closed = false;
  #whenEmpty: (() => void)[] = [];

  constructor(bus: BusConnection, options: PublishQueueOptions = {}) {
    this.#publisher = new Publisher(bus);
    this.#options = options;
    this.#depthMax = options.depthMax ?? DEPTH_MAX;
  }

  /** Messages accepted and not yet stored. */
  get depth(): number {
    return this.#depth;
  }

  get full(): boolean {
    return this.#depth >= this.#depthMax;
  }

  /**
   * Takes a message. The promise resolves once it is stored, and rejects as {@link Publisher.publish} throws; it may be
   * ignored, `onFailure` hears of it too. Throws when the queue is full or closed: ask `full` before.
   */
  enqueue(publication: Publication): Promise<Published> {
    if (this.#closed) throw new PublishAborted(publication.subject, 'not-sent');
    if (this.full) throw new Error(`publish queue is full (${this.#depthMax} messages)`);
    const { promise, resolve, reject } = Promise.withResolvers<Published>();
    promise.catch(() => undefined);
    const entry = { publication, resolve, reject };
    this.#depth++;
    const line = this.#waiting.get(publication.subject);
    if (line === undefined) {
      const fresh = [entry];
      this.#waiting.set(publication.subject, fresh);
      void this.#work(publication.subject, fresh);
    } else {
      line.push(entry);
    }
    return promise;
  }

  /** Resolves when nothing is waiting. */
  async idle(): Promise<void> {
    if (this.#depth > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  /** Takes nothing more, works for `drainMs` on what is there, then gives up the rest. */
  async close(drainMs = 3000): Promise<void> {
    this.#closed = true;
    const patience = setTimeout(() => this.#stopped.abort(), drainMs);
    await this.idle();
    clearTimeout(patience);
  }

  async #work(subject: string, line: Waiting[]): Promise<void> {
    for (let entry = line[0]; entry !== undefined; entry = line[0]) {
      try {
        entry.resolve(await this.#publisher.publish(entry.publication, { signal: this.#stopped.signal }));
      } catch (error) {
        entry.reject(error as Error);
        this.#options.onFailure?.(entry.publication, error as Error);
      }
      line.shift();
      this.#depth--;
    }
    this.#waiting.delete(subject);
    if (this.#depth === 0) for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }
}
