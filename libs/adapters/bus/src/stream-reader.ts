import { AckPolicy, DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import type { BusConnection } from './connection.ts';

const NANOS_PER_MICRO = 1000;
const BATCH_MAX = 500;
const BATCH_MS = 2000;
/** How long the server keeps the consumer of a reader that went away. */
const ABANDONED_NANOS = 30_000_000_000;

/** What a stream holds. */
export interface StreamSpan {
  readonly messages: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  /** When the server stored it; epoch microseconds. */
  readonly storedAt: number;
  readonly data: Uint8Array;
}

/** The span of a stream. The identity has to be `provisioner`. */
export async function streamSpan(bus: BusConnection, stream: string): Promise<StreamSpan> {
  const manager = await jetstreamManager(bus.nats, { checkAPI: false });
  const { state } = await manager.streams.info(stream);
  return { messages: state.messages, firstSequence: state.first_seq, lastSequence: state.last_seq };
}

/**
 * Hands every message that a stream holds now to `visit`, the oldest first. For checks and set-up: the identity has to
 * be `provisioner`. Throws when the stream cannot be read to its end.
 */
export async function readStream(
  bus: BusConnection,
  stream: string,
  visit: (message: StoredMessage) => void,
): Promise<StreamSpan> {
  const manager = await jetstreamManager(bus.nats, { checkAPI: false });
  const span = await streamSpan(bus, stream);
  if (span.messages === 0) return span;
  const made = await manager.consumers.add(stream, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    inactive_threshold: ABANDONED_NANOS,
  });
  const consumer = await bus.jetstream.consumers.get(stream, made.name);
  let at = span.firstSequence - 1;
  while (at < span.lastSequence) {
    const before = at;
    for await (const message of await consumer.fetch({ max_messages: BATCH_MAX, expires: BATCH_MS })) {
      at = message.seq;
      if (at <= span.lastSequence) {
        visit({
          sequence: at,
          subject: message.subject,
          storedAt: Math.floor(message.info.timestampNanos / NANOS_PER_MICRO),
          data: message.data,
        });
      }
      if (message.info.pending === 0 || at >= span.lastSequence) break;
    }
    if (at === before) throw new Error(`stream ${stream} could be read to message ${at} of ${span.lastSequence} only`);
  }
  await manager.consumers.delete(stream, made.name);
  return span;
}
