import { type SeededRandom, assert } from '@portcullis/kernel';
import type { FaultDial } from './faults.ts';
import type { Marks } from './marks.ts';
import type { Scheduler } from './scheduler.ts';

interface Stored {
  readonly sequence: number;
  readonly subject: string;
  readonly body: string;
  /** When the server stored it, microseconds. */
  readonly storedAt: number;
}

/** One delivery. The handler returns true once its effects are durable (the ack); false asks for it again. */
export interface Delivery extends Stored {
  readonly stream: string;
}

export type DeliveryHandler = (message: Delivery) => boolean;

interface Durable {
  readonly name: string;
  readonly stream: string;
  readonly filter: (subject: string) => boolean;
  /** The consumer's process, while it runs. */
  handler: DeliveryHandler | undefined;
  /** The next sequence to deliver. */
  next: number;
  busy: boolean;
  /** Nothing is delivered before this moment: the consumer comes back from a disconnect. */
  resumesAt: number;
}

interface Receiver {
  readonly node: string;
  readonly receive: (body: string) => void;
}

export interface BusParts {
  readonly scheduler: Scheduler;
  readonly faults: FaultDial;
  readonly marks: Marks;
  /** A stream of random numbers of its own for each name, so that one fault never shifts another. */
  readonly random: (name: string) => SeededRandom;
}

/** Messages a stream keeps; older ones are gone, as `max_age` would have it. */
const STREAM_LENGTH_MAX = 200_000;
const REDELIVERY_MICROS = 200_000;
/** The window in which the real server drops a second message with the same id. Consumers must not rely on it. */
const DUPLICATE_WINDOW_MICROS = 120_000_000;
const DELAY_MICROS_MIN = 50;
/** A repeated delivery comes this many delays later: often after other messages. */
const DUPLICATE_DELAYS = 20;

/**
 * The bus as the design uses it: streams with one sequence, durables that deliver in order and at least once, core
 * subjects that may lose anything, and keys with their last value. Connections can be cut per node and the server can
 * restart; streams keep what they acked.
 */
export class SimulatedBus {
  readonly #parts: BusParts;
  readonly #delays: SeededRandom;
  readonly #duplicates: SeededRandom;
  readonly #losses: SeededRandom;
  readonly #resumptions: SeededRandom;
  readonly #streams = new Map<string, Stored[]>();
  readonly #trimmed = new Map<string, number>();
  readonly #messageIds = new Map<string, Map<string, number>>();
  readonly #durables: Durable[] = [];
  readonly #subscriptions = new Map<string, Receiver[]>();
  readonly #keys = new Map<string, string>();
  readonly #cut = new Set<string>();
  readonly #taps: ((message: Delivery) => void)[] = [];
  #up = true;

  constructor(parts: BusParts) {
    this.#parts = parts;
    this.#delays = parts.random('bus delay');
    this.#duplicates = parts.random('bus duplicate');
    this.#losses = parts.random('core loss');
    this.#resumptions = parts.random('consumer resumption');
  }

  /** Shows every message to `tap` when it is stored: what an auditor would read. */
  onStored(tap: (message: Delivery) => void): void {
    this.#taps.push(tap);
  }

  reaches(node: string): boolean {
    return this.#up && !this.#cut.has(node);
  }

  cut(node: string): void {
    this.#cut.add(node);
  }

  heal(node: string): void {
    this.#cut.delete(node);
    this.#resume((durable) => durable.name === node);
  }

  stop(): void {
    this.#up = false;
  }

  start(): void {
    this.#up = true;
    this.#resume(() => true);
  }

  /** The sequence of the last message of a stream, 0 when it is empty. */
  lastSequence(stream: string): number {
    return (this.#trimmed.get(stream) ?? 0) + (this.#streams.get(stream)?.length ?? 0);
  }

  /** Whether a durable has acknowledged everything for it up to `sequence`. */
  hasRead(node: string, stream: string, sequence: number): boolean {
    const durable = this.#durables.find((other) => other.name === node && other.stream === stream);
    if (durable === undefined) return false;
    const waiting = this.#find(durable);
    return waiting === undefined || waiting.sequence > sequence;
  }

  /** Stores a message; a second one with the same id is the same message. Returns false when the bus cannot be reached. */
  publish(
    node: string,
    message: { readonly stream: string; readonly subject: string; readonly id: string; readonly body: string },
  ): boolean {
    if (!this.reaches(node)) return false;
    const { stream, subject, body } = message;
    if (!this.#firstSight(stream, message.id)) return true;
    const stored = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, stored);
    const sequence = this.lastSequence(stream) + 1;
    const storedAt = this.#parts.scheduler.now;
    stored.push({ sequence, subject, body, storedAt });
    if (stored.length > STREAM_LENGTH_MAX) {
      stored.splice(0, STREAM_LENGTH_MAX / 2);
      this.#trimmed.set(stream, (this.#trimmed.get(stream) ?? 0) + STREAM_LENGTH_MAX / 2);
    }
    for (const tap of this.#taps) tap({ stream, subject, sequence, body, storedAt });
    for (const durable of this.#durables) if (durable.stream === stream) this.#pump(durable);
    return true;
  }

  /** A durable exists as long as the simulation; a process attaches to it. */
  attach(
    node: string,
    stream: string,
    handler: DeliveryHandler,
    filter: (subject: string) => boolean = () => true,
  ): void {
    let durable = this.#durables.find((other) => other.name === node && other.stream === stream);
    if (durable === undefined) {
      durable = { name: node, stream, filter, handler: undefined, next: 1, busy: false, resumesAt: 0 };
      this.#durables.push(durable);
    }
    durable.handler = handler;
    this.#pump(durable);
  }

  /** The process of a node is gone: nothing is delivered to it until it attaches again. */
  detach(node: string): void {
    for (const durable of this.#durables) if (durable.name === node) durable.handler = undefined;
    for (const [subject, receivers] of this.#subscriptions) {
      this.#subscriptions.set(
        subject,
        receivers.filter((receiver) => receiver.node !== node),
      );
    }
  }

  subscribe(node: string, subject: string, receive: (body: string) => void): void {
    this.#subscriptions.set(subject, [...(this.#subscriptions.get(subject) ?? []), { node, receive }]);
  }

  /** Core NATS: may be lost, never stored. */
  broadcast(node: string, subject: string, body: string): void {
    if (!this.reaches(node)) return;
    for (const receiver of this.#subscriptions.get(subject) ?? []) {
      if (this.#losses.chance(this.#parts.faults.current.coreLoss)) {
        this.#parts.marks.sometimes('core message lost');
        continue;
      }
      this.#parts.scheduler.after(this.#delay(), () => {
        const still = this.#subscriptions.get(subject)?.includes(receiver) === true;
        if (still && this.reaches(receiver.node)) receiver.receive(body);
      });
    }
  }

  /** Sets a key, and repeats it on core NATS under `subject`. False when the bus cannot be reached. */
  put(node: string, key: string, subject: string, body: string): boolean {
    if (!this.reaches(node)) return false;
    this.#keys.set(key, body);
    this.broadcast(node, subject, body);
    return true;
  }

  /** The value of a key; undefined when there is none or the bus cannot be reached. */
  get(node: string, key: string): string | undefined {
    return this.reaches(node) ? this.#keys.get(key) : undefined;
  }

  #firstSight(stream: string, id: string): boolean {
    const { now } = this.#parts.scheduler;
    const ids = this.#messageIds.get(stream) ?? new Map<string, number>();
    this.#messageIds.set(stream, ids);
    for (const [oldest, at] of ids) {
      if (now - at < DUPLICATE_WINDOW_MICROS) break;
      ids.delete(oldest);
    }
    if (ids.has(id)) return false;
    ids.set(id, now);
    return true;
  }

  #delay(): number {
    return this.#delays.exponential(this.#parts.faults.current.busDelayMicros) + DELAY_MICROS_MIN;
  }

  /** Consumers find back to their streams, each after a time of its own. */
  #resume(which: (durable: Durable) => boolean): void {
    const { scheduler, faults } = this.#parts;
    for (const durable of this.#durables.filter(which)) {
      const delay = this.#resumptions.exponential(faults.current.consumerResumeMicros);
      durable.resumesAt = scheduler.now + Math.round(delay);
      scheduler.after(durable.resumesAt - scheduler.now, () => this.#pump(durable));
    }
  }

  #find(durable: Durable): Stored | undefined {
    const stored = this.#streams.get(durable.stream) ?? [];
    const trimmed = this.#trimmed.get(durable.stream) ?? 0;
    durable.next = Math.max(durable.next, trimmed + 1);
    for (;;) {
      const message = stored[durable.next - trimmed - 1];
      if (message === undefined || durable.filter(message.subject)) return message;
      durable.next += 1;
    }
  }

  #pump(durable: Durable): void {
    if (durable.busy || durable.handler === undefined || !this.reaches(durable.name)) return;
    if (this.#parts.scheduler.now < durable.resumesAt) return;
    const message = this.#find(durable);
    if (message === undefined) return;
    durable.busy = true;
    this.#parts.scheduler.after(this.#delay(), () => {
      durable.busy = false;
      this.#deliver(durable, message);
    });
  }

  #deliver(durable: Durable, message: Stored): void {
    if (durable.handler === undefined || !this.reaches(durable.name)) return;
    assert(message.sequence === durable.next, 'a durable delivers in order');
    const delivery = { stream: durable.stream, ...message };
    if (!durable.handler(delivery)) {
      this.#parts.scheduler.after(REDELIVERY_MICROS, () => this.#pump(durable));
      return;
    }
    durable.next += 1;
    if (this.#duplicates.chance(this.#parts.faults.current.duplicate)) this.#repeat(durable, delivery);
    this.#pump(durable);
  }

  /** An ack that the server forgot: the same message comes again, perhaps after others. */
  #repeat(durable: Durable, delivery: Delivery): void {
    this.#parts.scheduler.after(this.#delay() * DUPLICATE_DELAYS, () => {
      if (durable.handler === undefined || !this.reaches(durable.name)) return;
      this.#parts.marks.sometimes('duplicate delivered');
      durable.handler(delivery);
    });
  }
}
