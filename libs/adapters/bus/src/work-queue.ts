import { createInbox, type Msg } from '@nats-io/transport-node';
import { type ConsumerSpec, consumerLimits, durablesOf, inboxPrefix, subjects } from '@portcullis/contracts';
import { derivedId } from '@portcullis/kernel';
import { wallMicros } from '@portcullis/config';
import type { BusConnection } from './connection.ts';
import { type Decoder, jsonDecoder, type MessageSchema } from './delivery.ts';
import { Publisher } from './publisher.ts';

const PULL_MS = 2000;
const ACK_MS = 2000;
const ACK_ATTEMPTS_MAX = 5;
/** The server is told that work goes on, three times per ack wait. */
const WORKING_MS = (consumerLimits.ackWaitSeconds * 1000) / 3;
const PULL_ONE = JSON.stringify({ batch: 1, no_wait: true });
const REASON_CHARACTERS_MAX = 1000;
const BODY_BYTES_MAX = 12_000;

/** One piece of work that this instance has. Until it is settled the server is told again and again that it goes on. */
export interface WorkItem<T> {
  readonly message: T;
  /** 1 the first time; more when an instance went away with it. */
  readonly deliveryCount: number;
  /** The work is done and its results are kept: nobody gets it again. False when the server could not be told; it comes again then. */
  done(): Promise<boolean>;
  /** Gives it back, for another instance, `delayMs` from now at the earliest. */
  release(delayMs?: number): void;
}

export interface WorkQueueOptions<T> {
  readonly bus: BusConnection;
  /** A stream with `retention: 'workqueue'`. */
  readonly stream: string;
  readonly schema: MessageSchema<T>;
  readonly onDeadLetter?: (reason: string) => void;
}

/**
 * A work queue over the durables that the identity has of a stream: pieces are taken one by one, when there is somebody
 * free to do them, so that no instance holds what another one could do. The durables are asked in the order of the table.
 */
export class WorkQueue<T> {
  readonly #bus: BusConnection;
  readonly #stream: string;
  readonly #durables: readonly ConsumerSpec[];
  readonly #decode: Decoder<T>;
  readonly #publisher: Publisher;
  readonly #onDeadLetter: (reason: string) => void;
  readonly #items = new Set<Item<T>>();
  readonly #working: NodeJS.Timeout;

  constructor({ bus, stream, schema, onDeadLetter = () => undefined }: WorkQueueOptions<T>) {
    this.#bus = bus;
    this.#stream = stream;
    this.#durables = durablesOf(stream, bus.identity.name);
    this.#decode = jsonDecoder(schema);
    this.#publisher = new Publisher(bus);
    this.#onDeadLetter = onDeadLetter;
    this.#working = setInterval(() => {
      if (this.#reachable) for (const item of this.#items) item.working();
    }, WORKING_MS);
  }

  /** The most urgent piece that nobody has, or undefined when there is none now or no server answers. */
  async take(): Promise<WorkItem<T> | undefined> {
    for (const { name } of this.#durables) {
      for (;;) {
        if (!this.#reachable) return undefined;
        const delivery = await this.#pull(name);
        if (delivery === undefined) break;
        const decoded = this.#decode(delivery.data, delivery.subject);
        const place = placeOf(delivery.reply ?? '');
        if (!decoded.ok) {
          await this.#bury(delivery, place, decoded.error);
          continue;
        }
        const item: Item<T> = new Item(this.#bus, decoded.value, { delivery, place }, () => this.#items.delete(item));
        this.#items.add(item);
        return item;
      }
    }
    return undefined;
  }

  /** Pieces that wait for somebody, by durable. Undefined for those of which the server does not answer. */
  async waiting(): Promise<Readonly<Record<string, number | undefined>>> {
    const found: Record<string, number | undefined> = {};
    for (const { name } of this.#durables) found[name] = await this.#waitingOf(name);
    return found;
  }

  /** Pieces that wait in one durable. */
  async #waitingOf(durable: string): Promise<number | undefined> {
    if (!this.#reachable) return undefined;
    const subject = `${this.#bus.apiPrefix}.CONSUMER.INFO.${this.#stream}.${durable}`;
    const answer = await this.#bus.nats.request(subject, '', { timeout: PULL_MS }).catch(() => undefined);
    const count = (answer?.json<{ readonly num_pending?: unknown }>() ?? {}).num_pending;
    return typeof count === 'number' ? count : undefined;
  }

  /** Takes nothing more; gives back what was not settled. */
  close(): void {
    clearInterval(this.#working);
    for (const item of [...this.#items]) item.release();
  }

  get #reachable(): boolean {
    return !this.#bus.nats.isClosed() && this.#bus.link.up;
  }

  async #pull(durable: string): Promise<Msg | undefined> {
    const subject = `${this.#bus.apiPrefix}.CONSUMER.MSG.NEXT.${this.#stream}.${durable}`;
    // A pulled message comes under its own subject, by which the shared inbox could not tell whose answer it is.
    const inbox = { noMux: true, reply: createInbox(inboxPrefix(this.#bus.identity.name)) };
    try {
      const answer = await this.#bus.nats.request(subject, PULL_ONE, { timeout: PULL_MS, ...inbox });
      // 404: nothing there. 409 and others: not now.
      return answer.headers !== undefined && answer.headers.code > 0 ? undefined : answer;
    } catch {
      // Nobody answered. A message that comes too late is handed out again after the ack wait.
      return undefined;
    }
  }

  /** A dead letter first, then the end of the message. */
  async #bury(delivery: Msg, place: Place, reason: string): Promise<void> {
    const service = this.#bus.identity.name;
    this.#onDeadLetter(reason);
    await this.#publisher.publish({
      subject: subjects.deadLetter(service),
      messageId: derivedId('dead-letter', service, this.#stream, place.streamSequence),
      body: {
        version: 1,
        service,
        stream: this.#stream,
        subject: delivery.subject,
        streamSequence: place.streamSequence,
        reason: reason.slice(0, REASON_CHARACTERS_MAX),
        bodyBase64: Buffer.from(delivery.data.subarray(0, BODY_BYTES_MAX)).toString('base64'),
        bodyBytes: delivery.data.length,
        at: wallMicros(),
      },
    });
    this.#bus.nats.publish(delivery.reply ?? '', '+TERM');
  }
}

/** Where a delivery stands, as its ack subject says. */
interface Place {
  readonly deliveryCount: number;
  readonly streamSequence: number;
}

/** `$JS.ACK.<stream>.<durable>.<delivery>.<sequence>.…`, in the newer spelling with a domain and an account before the stream. */
function placeOf(reply: string): Place {
  const tokens = reply.split('.');
  const [deliveryCount, streamSequence] = tokens.slice(tokens.length > 9 ? 6 : 4).map(Number);
  return { deliveryCount: deliveryCount ?? 1, streamSequence: streamSequence ?? 0 };
}

class Item<T> implements WorkItem<T> {
  readonly message: T;
  readonly deliveryCount: number;
  readonly #bus: BusConnection;
  readonly #reply: string;
  readonly #settled: () => void;

  constructor(
    bus: BusConnection,
    message: T,
    { delivery, place }: { readonly delivery: Msg; readonly place: Place },
    settled: () => void,
  ) {
    this.#bus = bus;
    this.message = message;
    this.deliveryCount = place.deliveryCount;
    this.#reply = delivery.reply ?? '';
    this.#settled = settled;
  }

  working(): void {
    this.#bus.nats.publish(this.#reply, '+WPI');
  }

  async done(): Promise<boolean> {
    // Until the server has confirmed it the work is still ours.
    for (let attempt = 1; attempt <= ACK_ATTEMPTS_MAX && !this.#bus.nats.isClosed(); attempt++) {
      const answer = await this.#bus.nats.request(this.#reply, '+ACK', { timeout: ACK_MS }).catch(() => undefined);
      if (answer === undefined) continue;
      this.#settled();
      return true;
    }
    this.#settled();
    return false;
  }

  release(delayMs = 0): void {
    this.#settled();
    if (this.#bus.nats.isClosed()) return;
    this.#bus.nats.publish(this.#reply, delayMs === 0 ? '-NAK' : `-NAK {"delay": ${delayMs * 1_000_000}}`);
  }
}
