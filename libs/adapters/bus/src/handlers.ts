import { applyDecorators, Catch, type RpcExceptionFilter, UseFilters } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import type { Decoder, MessageSchema } from './delivery.ts';

/** Where a consumer goes on when its service starts. */
export type Rewind =
  /** At the first message that it did not acknowledge, so that the order holds after a crash. The default. */
  | 'unacknowledged'
  /** At the oldest message that the stream has: for readers that rebuild a view. */
  | 'oldest'
  /** Where the server stands; what was in flight comes again after the ack wait, behind newer messages. */
  | 'none';

interface StreamBinding {
  /** Name of a stream of which the service's identity has a durable. */
  readonly stream: string;
  /** Only subjects of this pattern come here; without it, all that no other handler of the stream takes. */
  readonly subject?: string;
  readonly rewind?: Rewind;
}

export interface HandlerOptions extends StreamBinding {
  /** Schema of the JSON body, or a decoder for bodies that are no JSON or must never be refused. */
  readonly schema: MessageSchema<unknown> | Decoder<unknown>;
  /** Messages handled at the same time; more than 1 gives the order up. */
  readonly concurrency?: number;
}

export interface BatchHandlerOptions extends StreamBinding {
  readonly schema: MessageSchema<unknown> | Decoder<unknown>;
  /** Messages of one batch; it takes what is there and never waits for more. */
  readonly batchMax?: number;
}

/** What a decorator leaves for the transport. */
export interface HandlerSpec extends StreamBinding {
  readonly schema: MessageSchema<unknown> | Decoder<unknown>;
  readonly mode:
    { readonly kind: 'single'; readonly concurrency: number } | { readonly kind: 'batch'; readonly batchMax: number };
}

const BATCH_MAX = 256;
const EXTRAS_KEY = 'jetstreamHandler';

/** Thrown by a handler for a message on which nobody can act: it becomes a dead letter and is not delivered again. */
export class PoisonMessage extends Error {
  override readonly name = 'PoisonMessage';
}

/** Nest replaces what a handler throws by "Internal server error"; the transport needs the error itself. */
class KeepError implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
// Called as a function, so that the command line can run this library from source, where decorators are no syntax.
Catch()(KeepError);

/** `EventPattern<string>` picks the overload that leaves the handler's parameters free. */
function bind(spec: HandlerSpec): MethodDecorator {
  const pattern = `${spec.stream} ${spec.subject ?? '>'}`;
  return applyDecorators(EventPattern<string>(pattern, { [EXTRAS_KEY]: spec }), UseFilters(new KeepError()));
}

/**
 * A method `(@Payload() message, @Ctx() context: DeliveryContext)` for each message of a stream. Acknowledged after it
 * resolved; an error brings the message again later, {@link PoisonMessage} never.
 */
export function JetStreamHandler(options: HandlerOptions): MethodDecorator {
  const { concurrency = 1, ...binding } = options;
  return bind({ ...binding, mode: { kind: 'single', concurrency } });
}

/**
 * A method `(@Payload() batch: readonly Delivered<T>[])` for what has arrived since the last call, in order, never empty.
 * When it throws, the entries come again one by one, so that one bad entry does not take the others with it.
 */
export function JetStreamBatchHandler(options: BatchHandlerOptions): MethodDecorator {
  const { batchMax = BATCH_MAX, ...binding } = options;
  return bind({ ...binding, mode: { kind: 'batch', batchMax } });
}

/** The spec that {@link bind} left in a handler's extras. */
export function handlerSpecOf(extras: Record<string, unknown> | undefined): HandlerSpec | undefined {
  return extras?.[EXTRAS_KEY] as HandlerSpec | undefined;
}
