import { setTimeout as sleep } from 'node:timers/promises';
import {
  ClosedConnectionError,
  DrainingConnectionError,
  headers,
  InvalidSubjectError,
  type Msg,
  type MsgHdrs,
  PermissionViolationError,
} from '@nats-io/transport-node';
import { MESSAGE_BYTES_MAX } from '@portcullis/contracts';
import type { BusConnection } from './connection.ts';
import { PublishAborted, PublishRefused, SequenceConflict } from './publish-errors.ts';
import { TRACEPARENT } from './trace.ts';

/** The first attempt is short, because a server that has just come back may swallow it; later ones leave time to a slow disk. */
const ATTEMPT_MS_MIN = 400;
const ATTEMPT_MS_MAX = 2000;
const RETRY_MS_MIN = 20;
const RETRY_MS_MAX = 1000;
const WRONG_LAST_SEQUENCE = [10071, 10164];
/** JetStream unavailable or starting, out of resources, a stream that is full: time or a person mends these. */
const PASSING = [10008, 10023, 10028, 10039, 10047, 10077];

/** A message to be stored by a stream. */
export interface Publication {
  readonly subject: string;
  /** Bytes as they are, everything else as JSON. */
  readonly body: unknown;
  /** Derived from the content: a second publish with it within two minutes is dropped by the server. */
  readonly messageId: string;
  /** Store only if this is the sequence of the last message on the subject; 0: only if there is none. */
  readonly expectedLastSubjectSequence?: number;
  readonly traceparent?: string;
}

export interface Published {
  readonly stream: string;
  readonly seq: number;
  /** The server had it already: normal for a retry and after a restart, worth an alarm on a first attempt. */
  readonly duplicate: boolean;
}

export interface PublishOptions {
  /** Ends the retries; without it they go on until the bus answers or the connection is closed. */
  readonly signal?: AbortSignal;
}

interface Attempt {
  readonly subject: string;
  readonly body: Uint8Array;
  readonly carried: MsgHdrs;
  /** Milliseconds. */
  readonly timeout: number;
  /** An attempt was made before. */
  readonly sent: boolean;
}

interface PubAck {
  readonly stream?: string;
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

export function encodeBody(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new TextEncoder().encode(JSON.stringify(body));
}

export function headersOf(publication: Publication): MsgHdrs {
  const found = headers();
  found.set('Nats-Msg-Id', publication.messageId);
  if (publication.expectedLastSubjectSequence !== undefined) {
    found.set('Nats-Expected-Last-Subject-Sequence', String(publication.expectedLastSubjectSequence));
  }
  if (publication.traceparent !== undefined) found.set(TRACEPARENT, publication.traceparent);
  return found;
}

/** Publishes until acknowledged. Retries carry the same message id, so a lost PubAck stores nothing twice. */
export class Publisher {
  readonly #bus: BusConnection;

  constructor(bus: BusConnection) {
    this.#bus = bus;
  }

  /**
   * Resolves once the message is stored (durable on a synced stream). Keeps trying through time-outs, reconnects and
   * restarts of the server. Throws {@link PublishRefused}, {@link SequenceConflict} or {@link PublishAborted}.
   * The server compares `expectedLastSubjectSequence` before it looks for duplicates: after a lost PubAck the retry is a
   * conflict with `mayBeOurs`.
   */
  async publish(publication: Publication, options: PublishOptions = {}): Promise<Published> {
    const body = encodeBody(publication.body);
    if (body.length > MESSAGE_BYTES_MAX) {
      throw new PublishRefused(
        publication.subject,
        0,
        `${body.length} bytes, at most ${MESSAGE_BYTES_MAX} are allowed`,
      );
    }
    const carried = headersOf(publication);
    let sent = false;
    for (let attempt = 0; ; attempt++) {
      await this.#untilUp(publication.subject, sent, options.signal);
      const timeout = attemptMs(publication, attempt);
      const ack = await this.#attempt({ subject: publication.subject, body, carried, timeout, sent }, options.signal);
      sent = true;
      if (ack?.error === undefined) {
        if (ack?.seq !== undefined && ack.stream !== undefined) {
          return { stream: ack.stream, seq: ack.seq, duplicate: ack.duplicate === true };
        }
      } else {
        const { err_code: code = 0, description = 'no reason given' } = ack.error;
        if (WRONG_LAST_SEQUENCE.includes(code)) {
          throw new SequenceConflict(publication.subject, code, description, attempt > 0);
        }
        if (!PASSING.includes(code)) throw new PublishRefused(publication.subject, code, description);
      }
      const pause = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(attempt, 10));
      await sleep(
        pause * (0.5 + Math.random() / 2),
        undefined,
        options.signal === undefined ? {} : { signal: options.signal },
      ).catch(() => undefined);
    }
  }

  /** One attempt: the server's answer, or undefined when none came. */
  async #attempt(attempt: Attempt, signal: AbortSignal | undefined): Promise<PubAck | undefined> {
    const { subject, body, carried, timeout, sent } = attempt;
    const interrupted = this.#interruption(signal);
    try {
      const asked = this.#bus.nats.request(subject, body, { headers: carried, timeout });
      const answer = await Promise.race([asked, interrupted.promise]);
      return answer === undefined ? undefined : parsePubAck(answer);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      if (cause instanceof PermissionViolationError || cause instanceof InvalidSubjectError) {
        throw new PublishRefused(subject, 0, cause.message);
      }
      if (cause instanceof ClosedConnectionError || cause instanceof DrainingConnectionError) {
        throw new PublishAborted(subject, sent ? 'unknown' : 'not-sent');
      }
      return undefined;
    } finally {
      interrupted.dispose();
    }
  }

  /** Resolves at a reconnect (an answer to what was in flight may never come) and when the caller gives up. */
  #interruption(signal: AbortSignal | undefined): { readonly promise: Promise<undefined>; dispose(): void } {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const stop = (): void => resolve(undefined);
    const forget = this.#bus.link.onReconnect(stop);
    signal?.addEventListener('abort', stop, { once: true });
    return {
      promise,
      dispose: () => {
        forget();
        signal?.removeEventListener('abort', stop);
      },
    };
  }

  async #untilUp(subject: string, sent: boolean, signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      if (signal?.aborted === true || this.#bus.nats.isClosed()) {
        throw new PublishAborted(subject, sent ? 'unknown' : 'not-sent');
      }
      if (this.#bus.link.up) return;
      // What is published while the socket is down piles up in the client, so wait instead.
      const interrupted = this.#interruption(signal);
      await interrupted.promise;
      interrupted.dispose();
    }
  }
}

/** With an expectation a second attempt can only be a conflict, so the first one gets all the time there is. */
function attemptMs(publication: Publication, attempt: number): number {
  if (publication.expectedLastSubjectSequence !== undefined) return ATTEMPT_MS_MAX;
  return Math.min(ATTEMPT_MS_MAX, ATTEMPT_MS_MIN * 2 ** Math.min(attempt, 10));
}

function parsePubAck(answer: Msg): PubAck | undefined {
  try {
    return answer.json<PubAck>();
  } catch {
    return undefined;
  }
}
