import type { JsMsg } from '@nats-io/jetstream';
import { wallMicros } from '@portcullis/config';
import { type DeadLetter, subjects } from '@portcullis/contracts';
import { derivedId } from '@portcullis/kernel';
import type { BusConnection } from './connection.ts';
import { Publisher } from './publisher.ts';

/** Of a body; as base64 it fits the message's field. */
const BODY_BYTES_MAX = 12_000;
const REASON_CHARACTERS_MAX = 1000;
const SUBJECT_CHARACTERS_MAX = 256;

/** Publishes dead letters of one service and waits for their storage. */
export class DeadLetterOffice {
  readonly #bus: BusConnection;
  readonly #publisher: Publisher;
  readonly #onDeadLetter: ((letter: DeadLetter) => void) | undefined;
  readonly #stopped = new AbortController();
  #count = 0;

  constructor(bus: BusConnection, onDeadLetter?: (letter: DeadLetter) => void) {
    this.#bus = bus;
    this.#publisher = new Publisher(bus);
    this.#onDeadLetter = onDeadLetter;
  }

  /** Messages given up so far. */
  get count(): number {
    return this.#count;
  }

  /** Resolves once the letter is stored. Its id comes from the message, so a message that comes again makes no second letter. */
  async bury(delivery: JsMsg, reason: string): Promise<void> {
    const service = this.#bus.identity.name;
    const { stream, streamSequence } = delivery.info;
    const letter: DeadLetter = {
      version: 1,
      service,
      stream,
      subject: delivery.subject.slice(0, SUBJECT_CHARACTERS_MAX),
      streamSequence,
      reason: reason.slice(0, REASON_CHARACTERS_MAX),
      bodyBase64: Buffer.from(delivery.data.subarray(0, BODY_BYTES_MAX)).toString('base64'),
      bodyBytes: delivery.data.length,
      at: wallMicros(),
    };
    this.#count++;
    this.#onDeadLetter?.(letter);
    const messageId = derivedId('dead-letter', service, stream, streamSequence);
    await this.#publisher.publish(
      { subject: subjects.deadLetter(service), body: letter, messageId },
      { signal: this.#stopped.signal },
    );
  }

  /** Ends all attempts that still run. */
  stop(): void {
    this.#stopped.abort();
  }
}
