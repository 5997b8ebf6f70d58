import type { Host } from './process.ts';

/** A message for a stream. `seq`: the journal record that it follows from. */
export interface Outgoing {
  readonly stream: string;
  readonly subject: string;
  readonly id: string;
  readonly body: string;
  readonly seq: number;
}

/** Messages of one process on their way to the bus, in order, each kept until it is stored. */
export class Outbox {
  readonly #host: Host;
  readonly #node: string;
  readonly #waiting: Outgoing[] = [];

  constructor(host: Host, node: string) {
    this.#host = host;
    this.#node = node;
  }

  /** The journal record before which everything is published; `head` when nothing waits. */
  publishedThrough(head: number): number {
    return (this.#waiting[0]?.seq ?? head + 1) - 1;
  }

  send(message: Outgoing): void {
    this.#waiting.push(message);
    this.flush();
    if (this.#waiting.length > 0) this.#host.marks.sometimes('message waited for the bus');
  }

  flush(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (!this.#host.bus.publish(this.#node, first)) return;
      this.#waiting.shift();
    }
  }
}
