import type { JsMsg } from '@nats-io/jetstream';
import { err, ok, type Result } from '@portcullis/kernel';
import { TRACEPARENT } from './trace.ts';

const NANOS_PER_MICRO = 1000;
/** Of a schema's complaints; the first ones say enough. */
const COMPLAINTS_MAX = 5;

/** What is known about a delivered message besides its content. */
export interface DeliveryContext {
  readonly stream: string;
  readonly subject: string;
  readonly streamSequence: number;
  /** 1 the first time. */
  readonly deliveryCount: number;
  /** When the server stored it; epoch microseconds. */
  readonly timestampMicros: number;
  readonly traceparent: string | undefined;
  /** A header's first value. */
  header(name: string): string | undefined;
}

/** A message of a batch. */
export interface Delivered<T> {
  readonly message: T;
  readonly context: DeliveryContext;
}

/** What is needed of a zod schema. */
export interface MessageSchema<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/** Turns a body into a message, or says why it is none. Must not throw. */
export type Decoder<T> = (bytes: Uint8Array, subject: string) => Result<T, string>;

export function contextOf(delivery: JsMsg): DeliveryContext {
  const { info, subject } = delivery;
  const header = (name: string): string | undefined =>
    delivery.headers?.has(name) === true ? delivery.headers.get(name) : undefined;
  return {
    stream: info.stream,
    subject,
    streamSequence: info.streamSequence,
    deliveryCount: info.deliveryCount,
    timestampMicros: Math.floor(info.timestampNanos / NANOS_PER_MICRO),
    traceparent: header(TRACEPARENT),
    header,
  };
}

const text = new TextDecoder('utf-8', { fatal: true });

/** A decoder of JSON that has to fit a schema. */
export function jsonDecoder<T>(schema: MessageSchema<T>): Decoder<T> {
  return (bytes) => {
    let value: unknown;
    try {
      value = JSON.parse(text.decode(bytes));
    } catch (error) {
      return err(`not JSON: ${(error as Error).message}`);
    }
    const parsed = schema.safeParse(value);
    if (parsed.success) return ok(parsed.data);
    const complaints = parsed.error.issues
      .slice(0, COMPLAINTS_MAX)
      .map((issue) => `${issue.path.map(String).join('.') || '(root)'}: ${issue.message}`);
    return err(complaints.join('; '));
  };
}
