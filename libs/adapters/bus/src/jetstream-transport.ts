import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { UserError } from '@portcullis/config';
import { type DeadLetter, streamNamed } from '@portcullis/contracts';
import { isObservable, lastValueFrom } from 'rxjs';
import type { BusConnection } from './connection.ts';
import { DeadLetterOffice } from './dead-letters.ts';
import { type Decoder, type DeliveryContext, jsonDecoder } from './delivery.ts';
import { type HandlerSpec, handlerSpecOf } from './handlers.ts';
import type { ConsumerCounters, Route } from './settlement.ts';
import { StreamConsumer } from './stream-consumer.ts';

export interface JetStreamTransportOptions {
  readonly bus: BusConnection;
  /** Hears of every dead letter, before it is stored: a place for a counter and an alert. */
  readonly onDeadLetter?: (letter: DeadLetter) => void;
  /** Hears of every error that a handler threw. Without it they are logged by Nest's logger. */
  readonly onHandlerError?: (error: Error, context: DeliveryContext) => void;
}

type Bound = readonly [HandlerSpec, MessageHandler];

/**
 * Nest's transport over ready-made durables: binds each `@JetStreamHandler` and `@JetStreamBatchHandler` to the durable
 * that is called like the connection's identity. Does not own the connection; closing drains the handlers only.
 */
export class JetStreamTransport extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('JETSTREAM');
  override readonly propagatesEventHandlerErrors = true;
  readonly #options: JetStreamTransportOptions;
  readonly #deadLetters: DeadLetterOffice;
  readonly #consumers = new Map<string, StreamConsumer>();

  constructor(options: JetStreamTransportOptions) {
    super();
    this.#options = options;
    this.#deadLetters = new DeadLetterOffice(options.bus, options.onDeadLetter);
  }

  /** Counters per stream. */
  get counters(): ReadonlyMap<string, ConsumerCounters> {
    return new Map([...this.#consumers].map(([stream, consumer]) => [stream, consumer.counters]));
  }

  /** Called by Nest once all handlers are known. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      for (const [stream, bound] of this.#boundByStream()) this.#consumers.set(stream, this.#consumerOf(stream, bound));
      await Promise.all([...this.#consumers.values()].map((consumer) => consumer.start()));
      callback();
    } catch (error) {
      await this.close();
      callback(error);
    }
  }

  /** Stops pulling and waits for the handlers that run. */
  async close(): Promise<void> {
    const closing = [...this.#consumers.values()].map((consumer) => consumer.close());
    // Dead letters need the bus; when it is down they are given up with their messages unacknowledged.
    if (!this.#options.bus.link.up) this.#deadLetters.stop();
    await Promise.all(closing);
    this.#deadLetters.stop();
  }

  override on(): never {
    throw new Error('the transport has no events; use onDeadLetter and onHandlerError');
  }

  override unwrap<T>(): T {
    return this.#options.bus.nats as T;
  }

  #boundByStream(): Map<string, Bound[]> {
    const found = new Map<string, Bound[]>();
    for (const [pattern, handler] of this.getHandlers()) {
      const spec = handlerSpecOf(handler.extras);
      if (spec === undefined) throw new Error(`handler ${pattern} was not declared by @JetStreamHandler`);
      if (handler.next !== undefined) throw new Error(`two handlers take ${pattern}`);
      found.set(spec.stream, [...(found.get(spec.stream) ?? []), [spec, handler]]);
    }
    return found;
  }

  #consumerOf(stream: string, bound: readonly Bound[]): StreamConsumer {
    const { bus } = this.#options;
    const spec = streamNamed(stream).consumers.find((consumer) => consumer.name === bus.identity.name);
    if (spec === undefined) {
      throw new UserError(
        `stream ${stream} has no durable for ${bus.identity.name}`,
        'add it to the table of streams, then provision',
      );
    }
    // The most particular subject first; the one without a subject takes the rest.
    const routes = [...bound]
      .sort(([a], [b]) => (b.subject?.length ?? 0) - (a.subject?.length ?? 0))
      .map(([one, handler]) => routeOf(one, handler));
    const [first] = bound;
    if (first === undefined) throw new Error(`no handler for ${stream}`);
    const [{ mode, rewind = 'unacknowledged' }] = first;
    if (bound.some(([other]) => other.mode.kind !== mode.kind)) {
      throw new Error(`handlers of ${stream} are both single and batch`);
    }
    return new StreamConsumer({
      bus,
      stream,
      spec,
      rewind,
      mode,
      routes,
      deadLetters: this.#deadLetters,
      onError: (error, context) => this.#onError(error, context),
    });
  }

  #onError(error: Error, context: DeliveryContext): void {
    if (this.#options.onHandlerError !== undefined) this.#options.onHandlerError(error, context);
    else {
      this.logger.error(
        `${context.stream} ${context.streamSequence} (${context.subject}), delivery ${context.deliveryCount}: ${error.message}`,
        error.stack,
      );
    }
  }
}

function routeOf(spec: HandlerSpec, handler: MessageHandler): Route {
  const decode: Decoder<unknown> = typeof spec.schema === 'function' ? spec.schema : jsonDecoder(spec.schema);
  return {
    subject: spec.subject ?? '>',
    decode,
    handle: async (message, context) => {
      const result: unknown = await handler(message, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    },
  };
}
