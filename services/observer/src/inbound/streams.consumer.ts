import { Controller, Inject, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import {
  type BusConnection,
  type Decoder,
  type Delivered,
  JetStreamBatchHandler,
  type MessageSchema,
  jsonDecoder,
  rewindDurable,
} from '@portcullis/bus';
import {
  type CancelRequest,
  type DeadLetter,
  type MarketEvent,
  type OrderEvent,
  type OrderIntent,
  type ReconSnapshot,
  type SignedVerdict,
  cancelRequestSchema,
  deadLetterSchema,
  killRequestSchema,
  killScopeOf,
  marketEventSchema,
  orderEventSchema,
  orderIntentSchema,
  reconSnapshotSchema,
  signedVerdictSchema,
} from '@portcullis/contracts';
import { type Result, ok } from '@portcullis/kernel';
import { AlertDesk } from '../outbound/alert-desk.ts';
import { EventStream } from '../outbound/event-stream.ts';
import type { Change } from '../state/projection.ts';
import { Watch } from '../state/watch.ts';
import { BUS } from '../tokens.ts';

/** A body, or what is wrong with it: whoever acts on a stream buries its malformed messages, a reader only counts them. */
type Reading<T> = Result<T, string>;

function readable<T>(schema: MessageSchema<T>): Decoder<Reading<T>> {
  const decode = jsonDecoder(schema);
  return (bytes, subject) => ok(decode(bytes, subject));
}

const text = new TextDecoder();
/** A kill that does not parse is a kill all the same. */
const asText: Decoder<Reading<string>> = (bytes) => ok(ok(text.decode(bytes)));

type Batch<T> = readonly Delivered<Reading<T>>[];

/** Reads the log from its oldest message at each start, and keeps the projection. */
@Controller()
export class StreamsConsumer implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger(StreamsConsumer.name);
  readonly #watch: Watch;
  readonly #events: EventStream;
  readonly #alerts: AlertDesk;
  readonly #bus: BusConnection;
  #forget: () => void = () => undefined;

  constructor(
    @Inject(Watch) watch: Watch,
    @Inject(EventStream) events: EventStream,
    @Inject(AlertDesk) alerts: AlertDesk,
    @Inject(BUS) bus: BusConnection,
  ) {
    this.#watch = watch;
    this.#events = events;
    this.#alerts = alerts;
    this.#bus = bus;
  }

  onModuleInit(): void {
    // What was in flight when the connection broke shows as a hole only once something newer comes; asking does not wait.
    this.#forget = this.#bus.link.onReconnect(() => {
      if (this.#bus.nats.isClosed()) return;
      for (const [stream, next] of this.#watch.order.next) void this.#rewind(stream, next, next - 1);
    });
  }

  onModuleDestroy(): void {
    this.#forget();
  }

  @JetStreamBatchHandler({ stream: 'MARKET', schema: readable(marketEventSchema), rewind: 'none' })
  market(@Payload() batch: Batch<MarketEvent>): void {
    for (const { message } of batch) {
      if (message.ok) this.#watch.projection.market(message.value);
      else this.#watch.projection.malformed();
    }
  }

  @JetStreamBatchHandler({ stream: 'INTENTS', schema: readable(orderIntentSchema), rewind: 'oldest' })
  intents(@Payload() batch: Batch<OrderIntent>): Promise<void> {
    return this.#read(batch, (intent) => this.#watch.projection.intent(intent));
  }

  @JetStreamBatchHandler({ stream: 'VERDICTS', schema: readable(signedVerdictSchema), rewind: 'oldest' })
  verdicts(@Payload() batch: Batch<SignedVerdict>): Promise<void> {
    return this.#read(batch, ({ verdict }) => this.#watch.projection.verdict(verdict));
  }

  @JetStreamBatchHandler({ stream: 'CANCELS', schema: readable(cancelRequestSchema), rewind: 'oldest' })
  cancels(@Payload() batch: Batch<CancelRequest>): Promise<void> {
    return this.#read(batch, (request) => this.#watch.projection.cancel(request));
  }

  @JetStreamBatchHandler({ stream: 'ORDERS', schema: readable(orderEventSchema), rewind: 'oldest' })
  orders(@Payload() batch: Batch<OrderEvent>): Promise<void> {
    return this.#read(batch, (event) => this.#watch.projection.orderEvent(event));
  }

  @JetStreamBatchHandler({ stream: 'RECON', schema: readable(reconSnapshotSchema), rewind: 'oldest' })
  recon(@Payload() batch: Batch<ReconSnapshot>): Promise<void> {
    return this.#read(batch, (snapshot) => {
      for (const raised of this.#watch.projection.recon(snapshot)) this.#alerts.raise(raised);
      return [];
    });
  }

  @JetStreamBatchHandler({ stream: 'CONTROL', schema: asText, rewind: 'oldest' })
  control(@Payload() batch: Batch<string>): Promise<void> {
    return this.#read(batch, (body, { subject, timestampMicros: at }) => {
      if (!subject.startsWith('ctl.kill.')) return [];
      const { reason = '', by = 'unknown' } = killBodyOf(body);
      return this.#watch.projection.kill({ scope: killScopeOf(subject), reason, by, at });
    });
  }

  @JetStreamBatchHandler({ stream: 'DEAD', schema: readable(deadLetterSchema), rewind: 'oldest' })
  deadLetters(@Payload() batch: Batch<DeadLetter>): Promise<void> {
    return this.#read(batch, (letter) => {
      const raised = this.#watch.projection.deadLetter(letter);
      if (raised !== undefined) this.#alerts.raise(raised);
      return [];
    });
  }

  async #read<T>(
    batch: Batch<T>,
    apply: (value: T, context: Delivered<unknown>['context']) => Change[],
  ): Promise<void> {
    for (const { message, context } of batch) {
      const admission = this.#watch.order.admit(context.stream, context.streamSequence);
      if (admission.kind === 'hole') await this.#rewind(context.stream, admission.expected, context.streamSequence);
      if (admission.kind !== 'take') continue;
      if (!message.ok) this.#watch.projection.malformed();
      else for (const change of apply(message.value, context)) this.#tell(change);
    }
  }

  /** Begins again at `expected`. When that fails, the next message shows the same hole. */
  async #rewind(stream: string, expected: number, newest: number): Promise<void> {
    try {
      await rewindDurable(this.#bus, stream, expected);
      this.#watch.order.rewound(stream, newest);
    } catch (error) {
      this.#logger.warn(`${stream} cannot be read again from ${expected}: ${(error as Error).message}`);
    }
  }

  #tell(change: Change): void {
    switch (change.kind) {
      case 'order':
        return this.#events.send('order', change.order);
      case 'verdict':
        return this.#events.send('verdict', change.verdict);
      case 'fill':
        return this.#events.send('fill', change.fill);
      case 'kill':
        return this.#events.send('kill', change.kill);
      case 'control':
        return this.#events.send('status', this.#watch.status());
    }
  }
}

function killBodyOf(body: string): { readonly reason?: string | undefined; readonly by?: string | undefined } {
  try {
    const parsed = killRequestSchema.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}
