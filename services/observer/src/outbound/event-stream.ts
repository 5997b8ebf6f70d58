import type { ServerResponse } from 'node:http';

/** Watchers at the same time; one more is asked to come back later. */
export const WATCHERS_MAX = 64;
/** What may wait for one watcher's socket before it is let go; its browser reconnects and reads everything anew. */
const BACKLOG_BYTES_MAX = 1024 * 1024;

/** Server-sent events to every browser that watches. A slow one never holds up the others, nor grows our memory. */
export class EventStream {
  readonly #watchers = new Set<ServerResponse>();
  #dropped = 0;

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Watchers that were let go because they did not read. */
  get dropped(): number {
    return this.#dropped;
  }

  get full(): boolean {
    return this.#watchers.size >= WATCHERS_MAX;
  }

  add(response: ServerResponse): void {
    this.#watchers.add(response);
    response.once('close', () => this.#watchers.delete(response));
    // Written at once, so that the browser knows that it is connected; it tries again two seconds after a break.
    response.write('retry: 2000\n\n');
  }

  send(event: string, data: unknown): void {
    if (this.#watchers.size === 0) return;
    const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
    for (const watcher of this.#watchers) {
      if (watcher.writableLength > BACKLOG_BYTES_MAX) this.#letGo(watcher);
      else watcher.write(text);
    }
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.end();
    this.#watchers.clear();
  }

  #letGo(watcher: ServerResponse): void {
    this.#dropped += 1;
    this.#watchers.delete(watcher);
    watcher.destroy();
  }
}
