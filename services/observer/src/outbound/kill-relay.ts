import { type BusConnection, type Published, Publisher } from '@portcullis/bus';
import { wallMicros } from '@portcullis/config';
import { type KillCommand, subjects } from '@portcullis/contracts';
import { derivedId } from '@portcullis/kernel';

/** How long a person waits for the answer before being told of the other ways to kill. */
const PATIENCE_MS = 5000;

/** Passes a person's kill on to the control log. It adds no authority: anybody may stop, and only two people may re-arm. */
export class KillRelay {
  readonly #publisher: Publisher;

  constructor(bus: BusConnection) {
    this.#publisher = new Publisher(bus);
  }

  /** Resolves with the place in the log once it is stored. Throws what {@link Publisher.publish} throws. */
  kill({ scope, reason, by }: KillCommand): Promise<Published> {
    const at = wallMicros();
    const publication = {
      subject: subjects.kill(scope),
      body: { reason, by, via: 'observer', at },
      messageId: derivedId('kill', scope, reason, by, at),
    };
    return this.#publisher.publish(publication, { signal: AbortSignal.timeout(PATIENCE_MS) });
  }
}
