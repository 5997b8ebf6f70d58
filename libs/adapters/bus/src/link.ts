import type { NatsConnection } from '@nats-io/transport-node';

/** What is known about the socket under a connection that reconnects by itself. */
export class Link {
  #up = true;
  readonly #listeners = new Set<() => void>();

  constructor(nats: NatsConnection) {
    void this.#follow(nats);
    void nats.closed().then(() => this.#tell());
  }

  get up(): boolean {
    return this.#up;
  }

  /** Calls `listener` after every reconnect and once the connection is closed for good, until the returned function is called. */
  onReconnect(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #follow(nats: NatsConnection): Promise<void> {
    for await (const status of nats.status()) {
      if (status.type === 'disconnect') this.#up = false;
      if (status.type === 'reconnect') {
        this.#up = true;
        this.#tell();
      }
    }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
