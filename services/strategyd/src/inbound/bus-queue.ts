import { type BusConnection, Publisher, PublishAborted, WorkQueue } from '@portcullis/bus';
import { type RunPriority, type RunRequest, runDurable, runRequestSchema, subjects } from '@portcullis/contracts';
import { derivedId } from '@portcullis/kernel';
import type { Task, TaskSource } from '../state/task-source.ts';

const STREAM = 'RUNS';
const SUBMIT_MS_MAX = 5000;
/** Somebody else may have published: nobody tells, so it is looked for. */
const POLL_MS = 250;

/** The queue that all replicas share. */
export class BusQueue implements TaskSource {
  readonly #publisher: Publisher;
  readonly #queue: WorkQueue<RunRequest>;
  #poll: NodeJS.Timeout | undefined;
  #wake: () => void = () => undefined;

  constructor(bus: BusConnection, onDeadLetter: (reason: string) => void) {
    this.#publisher = new Publisher(bus);
    this.#queue = new WorkQueue({ bus, stream: STREAM, schema: runRequestSchema, onDeadLetter });
  }

  async submit(request: RunRequest): Promise<void> {
    const { requestId, submittedAt, priority } = request;
    // Another submission of the same request is another message; a retry of this one is not.
    const messageId = derivedId('run-request', requestId, submittedAt);
    try {
      await this.#publisher.publish(
        { subject: subjects.runRequest(priority), body: request, messageId },
        { signal: AbortSignal.timeout(SUBMIT_MS_MAX) },
      );
    } catch (error) {
      if (!(error instanceof PublishAborted)) throw error;
      throw new Error(`the bus did not take the request within ${SUBMIT_MS_MAX} ms`, { cause: error });
    }
    this.#wake();
  }

  async take(): Promise<Task | undefined> {
    const item = await this.#queue.take();
    if (item === undefined) return undefined;
    return {
      request: item.message,
      attempt: item.deliveryCount,
      // Unconfirmed it comes again, and its results are found in the store.
      done: async () => void (await item.done()),
      release: () => {
        item.release();
        return Promise.resolve();
      },
    };
  }

  async waiting(priority: RunPriority): Promise<number | undefined> {
    return (await this.#queue.waiting())[runDurable(priority)];
  }

  onWork(wake: () => void): void {
    this.#wake = wake;
    clearInterval(this.#poll);
    this.#poll = setInterval(wake, POLL_MS);
  }

  close(): void {
    clearInterval(this.#poll);
    this.#wake = () => undefined;
    this.#queue.close();
  }
}
