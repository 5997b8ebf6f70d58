import { type Consumer, type ConsumerMessages, JetStreamApiError, type JsMsg } from '@nats-io/jetstream';
import { UserError } from '@portcullis/config';
import { consumerLimits, type ConsumerSpec } from '@portcullis/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BusConnection } from './connection.ts';
import type { DeadLetterOffice } from './dead-letters.ts';
import { contextOf, type DeliveryContext } from './delivery.ts';
import type { HandlerSpec, Rewind } from './handlers.ts';
import { FIRST_UNACKNOWLEDGED, rewindDurable } from './rewind.ts';
import { type ConsumerCounters, type Route, Settlement } from './settlement.ts';

/** Messages asked for in advance: enough to hide the round trip and to fill batches. */
const PREFETCH_SINGLE_MAX = 256;
const PREFETCH_BATCH_MAX = 2048;
/** A pull that got lost with a server is noticed after two of these without a sign of life. */
const IDLE_HEARTBEAT_MS = 500;
const BIND_ATTEMPTS_MAX = 50;
const BIND_RETRY_MS = 200;
/** While messages wait or are being handled the server is told so, three times per ack wait. */
const WORKING_MS = (consumerLimits.ackWaitSeconds * 1000) / 3;

export interface StreamConsumerOptions {
  readonly bus: BusConnection;
  readonly stream: string;
  readonly spec: ConsumerSpec;
  readonly rewind: Rewind;
  readonly mode: HandlerSpec['mode'];
  readonly routes: readonly Route[];
  readonly deadLetters: DeadLetterOffice;
  readonly onError: (error: Error, context: DeliveryContext) => void;
}

/** Pulls from one ready-made durable and hands what comes to {@link Settlement}, in order. Goes on by itself after a reconnect. */
export class StreamConsumer {
  readonly #options: StreamConsumerOptions;
  readonly #settlement: Settlement;
  readonly #acks: boolean;
  readonly #bufferMax: number;
  readonly #buffer: JsMsg[] = [];
  /** Delivered and not settled, by stream sequence: a second delivery of one of these is the same message. */
  readonly #held = new Map<number, JsMsg>();
  #messages: ConsumerMessages | undefined;
  #working: NodeJS.Timeout | undefined;
  #running = 0;
  #closing = false;
  #onRoom: (() => void) | undefined;
  #onQuiet: (() => void) | undefined;

  constructor(options: StreamConsumerOptions) {
    const { spec, mode, routes, deadLetters, onError } = options;
    this.#options = options;
    this.#acks = spec.ack !== 'none';
    this.#bufferMax = Math.min(mode.kind === 'batch' ? PREFETCH_BATCH_MAX : PREFETCH_SINGLE_MAX, spec.ackPendingMax);
    this.#settlement = new Settlement({
      ack: spec.ack,
      routes,
      deadLetters,
      onError,
      onSettled: (delivery) => this.#held.delete(delivery.seq),
    });
  }

  get counters(): ConsumerCounters {
    return this.#settlement.counters;
  }

  /** Binds and begins. Throws {@link UserError} when the durable does not exist, and when no server answers for a while. */
  async start(): Promise<void> {
    const consumer = await this.#bind();
    // `bind`: after a reconnect it pulls at once instead of asking first whether the consumer is there.
    this.#messages = await consumer.consume({
      max_messages: this.#bufferMax,
      idle_heartbeat: IDLE_HEARTBEAT_MS,
      bind: true,
    });
    if (this.#acks) this.#working = setInterval(() => this.#tellWorking(), WORKING_MS);
    void this.#read(this.#messages);
  }

  /** Takes nothing more, finishes what is being handled, gives the rest back. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#onRoom?.();
    void this.#messages?.close();
    const settled = this.#settlement.stop();
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onQuiet = resolve));
    await settled;
    clearInterval(this.#working);
    // So that another instance gets them at once.
    if (this.#acks && !this.#options.bus.nats.isClosed()) for (const delivery of this.#buffer) delivery.nak();
    this.#buffer.length = 0;
    this.#held.clear();
  }

  async #bind(): Promise<Consumer> {
    const { bus, stream, spec } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#rewind();
        return await bus.jetstream.consumers.get(stream, spec.name);
      } catch (cause) {
        if (cause instanceof JetStreamApiError || attempt >= BIND_ATTEMPTS_MAX || this.#closing) {
          const why = (cause as Error).message;
          throw new UserError(
            `durable ${spec.name} of stream ${stream} cannot be used (${why})`,
            'run the provision step (portcullis up does), then start again',
            { cause },
          );
        }
        await sleep(BIND_RETRY_MS);
      }
    }
  }

  async #rewind(): Promise<void> {
    const { bus, stream, rewind } = this.#options;
    if (rewind === 'none' || (rewind === 'unacknowledged' && !this.#acks)) return;
    await rewindDurable(bus, stream, rewind === 'oldest' ? 1 : FIRST_UNACKNOWLEDGED);
  }

  async #read(messages: ConsumerMessages): Promise<void> {
    for await (const delivery of messages) {
      // Never looked at: a rewind or the ack wait brings it again.
      if (this.#closing) continue;
      if (this.#acks) {
        const sequence = delivery.seq;
        if (this.#held.has(sequence)) continue;
        this.#held.set(sequence, delivery);
      }
      this.#buffer.push(delivery);
      this.#pump();
      if (this.#buffer.length >= this.#bufferMax) await new Promise<void>((resolve) => (this.#onRoom = resolve));
    }
  }

  #pump(): void {
    const { mode } = this.#options;
    const limit = mode.kind === 'single' ? mode.concurrency : 1;
    while (this.#running < limit && this.#buffer.length > 0 && !this.#closing) {
      this.#running++;
      const taken = this.#buffer.splice(0, mode.kind === 'single' ? 1 : mode.batchMax);
      const [first] = taken;
      const work =
        mode.kind === 'single' && first !== undefined ? this.#settlement.single(first) : this.#settlement.batch(taken);
      work.then(
        () => this.#done(),
        (error: unknown) => this.#interrupted(error as Error, taken),
      );
    }
    if (this.#buffer.length < this.#bufferMax) this.#onRoom?.();
  }

  #done(): void {
    this.#running--;
    if (this.#running === 0 && this.#closing) this.#onQuiet?.();
    this.#pump();
  }

  /** Not settled, because we are closing or the connection is gone: the messages come again. */
  #interrupted(error: Error, taken: readonly JsMsg[]): void {
    for (const delivery of taken) this.#held.delete(delivery.seq);
    const [first] = taken;
    if (first !== undefined && !this.#closing) this.#options.onError(error, contextOf(first));
    this.#done();
  }

  #tellWorking(): void {
    if (this.#options.bus.nats.isClosed()) return;
    for (const delivery of this.#held.values()) delivery.working();
  }
}
