import { Logger } from '@nestjs/common';
import { type BusConnection, type Publication, PublishQueue } from '@portcullis/bus';
import { subjects } from '@portcullis/contracts';
import type { RunOutput } from '@portcullis/run';
import type { RunHost } from '../state/run-host.ts';

/** How long what is still to be published may take at the end. */
const DRAIN_MS = 500;

/** Sends what runs want: intents and cancels in order per run, again and again until they are stored. */
export class RunPublisher {
  readonly #logger = new Logger('run');
  readonly #queue: PublishQueue;
  #failed = 0;

  constructor(bus: BusConnection) {
    this.#queue = new PublishQueue(bus, {
      onFailure: ({ subject, messageId }, error) => {
        this.#failed += 1;
        this.#logger.error(`${subject} ${messageId} was not stored: ${error.message}`);
      },
    });
  }

  /** Messages waiting for the bus. */
  get waiting(): number {
    return this.#queue.depth;
  }

  get failed(): number {
    return this.#failed;
  }

  perform(host: RunHost, outputs: readonly RunOutput[]): void {
    for (const output of outputs) {
      if (output.type === 'log') this.#log(host, output.level, output.message);
      else this.#publish(publicationOf(host, output));
    }
  }

  async close(): Promise<void> {
    await this.#queue.close(DRAIN_MS);
  }

  #publish(publication: Publication): void {
    if (this.#queue.full) {
      // An intent that is not sent expires; a cancel is asked for again.
      this.#failed += 1;
      this.#logger.error(`${publication.subject}: too much waits for the bus, ${publication.messageId} was left out`);
      return;
    }
    this.#queue.enqueue(publication).catch(() => undefined);
  }

  #log(host: RunHost, level: 'info' | 'warn' | 'error', message: string): void {
    const text = `${host.runId}: ${message}`;
    if (level === 'error') this.#logger.error(text);
    else if (level === 'warn') this.#logger.warn(text);
    else this.#logger.log(text);
  }
}

function publicationOf({ account, runId }: RunHost, output: Exclude<RunOutput, { type: 'log' }>): Publication {
  return output.type === 'intent'
    ? { subject: subjects.intent(account, runId), body: output.intent, messageId: output.intent.intentId }
    : { subject: subjects.cancel(account, runId), body: output.cancel, messageId: output.cancel.cancelId };
}
