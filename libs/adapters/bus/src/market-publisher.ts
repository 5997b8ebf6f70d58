import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node';
import { inboxPrefix } from '@portcullis/contracts';
import { monotonicMicros } from '@portcullis/config';
import type { BusConnection } from './connection.ts';
import { encodeBody } from './publisher.ts';

const OUTSTANDING_MAX = 4096;
const ACK_MS_MAX = 5000;
const SWEEP_MS = 1000;
const MICROS_PER_MS = 1000;

export interface MarketPublisherOptions {
  /** Messages whose PubAck is still to come. */
  readonly outstandingMax?: number;
  /** After this long a PubAck counts as lost. */
  readonly ackMsMax?: number;
}

export interface MarketCounters {
  readonly stored: number;
  /** No PubAck came in time: stored or not, nobody knows. */
  readonly lost: number;
  /** The server answered with an error. */
  readonly refused: number;
  /** Not sent, because too many were outstanding or the bus was down. */
  readonly notSent: number;
  readonly outstanding: number;
}

/**
 * Publishes market data without waiting for each PubAck: one inbox counts them as they come. Order is kept, nothing is
 * sent again; what was lost is counted, and the caller says so with a gap event.
 */
export class MarketPublisher {
  readonly #bus: BusConnection;
  readonly #outstandingMax: number;
  readonly #ackMicrosMax: number;
  readonly #inbox: string;
  readonly #acks: Subscription;
  readonly #sweep: NodeJS.Timeout;
  /** Number of the message to the monotonic time of its publish, oldest first. */
  readonly #outstanding = new Map<number, number>();
  #next = 0;
  #stored = 0;
  #lost = 0;
  #refused = 0;
  #notSent = 0;

  constructor(bus: BusConnection, options: MarketPublisherOptions = {}) {
    this.#bus = bus;
    this.#outstandingMax = options.outstandingMax ?? OUTSTANDING_MAX;
    this.#ackMicrosMax = (options.ackMsMax ?? ACK_MS_MAX) * MICROS_PER_MS;
    this.#inbox = createInbox(inboxPrefix(bus.identity.name));
    this.#acks = bus.nats.subscribe(`${this.#inbox}.*`, { callback: (_error, answer) => this.#acknowledged(answer) });
    this.#sweep = setInterval(() => this.#countLost(), SWEEP_MS);
    this.#sweep.unref();
  }

  get counters(): MarketCounters {
    return {
      stored: this.#stored,
      lost: this.#lost,
      refused: this.#refused,
      notSent: this.#notSent,
      outstanding: this.#outstanding.size,
    };
  }

  /** Sends a message and returns at once. False: it was not sent (bus down, or too much outstanding) and was counted. */
  publish(subject: string, body: unknown): boolean {
    if (!this.#bus.link.up || this.#outstanding.size >= this.#outstandingMax || this.#bus.nats.isClosed()) {
      this.#notSent++;
      return false;
    }
    const number = this.#next++;
    this.#outstanding.set(number, monotonicMicros());
    this.#bus.nats.publish(subject, encodeBody(body), { reply: `${this.#inbox}.${number}` });
    return true;
  }

  /** Waits until all PubAcks came or counted as lost. */
  async close(): Promise<void> {
    while (this.#outstanding.size > 0 && !this.#bus.nats.isClosed()) {
      this.#countLost();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    clearInterval(this.#sweep);
    this.#acks.unsubscribe();
  }

  #acknowledged(answer: Msg): void {
    const number = Number(answer.subject.slice(this.#inbox.length + 1));
    if (!this.#outstanding.delete(number)) return;
    // A body without a sequence is an error, or "no responders" with no body at all.
    if (answer.data.length > 0 && !answer.string().includes('"error"')) this.#stored++;
    else this.#refused++;
  }

  #countLost(): void {
    const oldest = monotonicMicros() - this.#ackMicrosMax;
    for (const [number, at] of this.#outstanding) {
      if (at > oldest) return;
      this.#outstanding.delete(number);
      this.#lost++;
    }
  }
}
