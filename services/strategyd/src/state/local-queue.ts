import { RUN_PRIORITIES, type RunPriority, type RunRequest } from '@portcullis/contracts';
import type { RequestStore } from '../outbound/request-store.ts';
import type { Task, TaskSource } from './task-source.ts';

/** The queue of an instance without a bus: in memory, and written down in the store, where the next start finds it. */
export class LocalQueue implements TaskSource {
  readonly #store: RequestStore;
  readonly #lines: Readonly<Record<RunPriority, Entry[]>> = { high: [], normal: [], low: [] };
  #wake: () => void = () => undefined;

  constructor(store: RequestStore) {
    this.#store = store;
  }

  /** Takes up what an earlier start of this instance did not finish. */
  async reopen(): Promise<void> {
    for (const { request, attempt } of await this.#store.queued()) {
      this.#lines[request.priority].push({ request, attempt });
    }
    for (const line of Object.values(this.#lines)) line.sort((a, b) => a.request.submittedAt - b.request.submittedAt);
    this.#wake();
  }

  async submit(request: RunRequest): Promise<void> {
    await this.#store.enqueue(request, 0);
    this.#lines[request.priority].push({ request, attempt: 0 });
    this.#wake();
  }

  async take(): Promise<Task | undefined> {
    for (const priority of RUN_PRIORITIES) {
      const entry = this.#lines[priority].shift();
      if (entry === undefined) continue;
      const { request } = entry;
      const attempt = entry.attempt + 1;
      // Written before it begins, so that a request that ends the process is counted.
      await this.#store.enqueue(request, attempt);
      return {
        request,
        attempt,
        done: () => this.#store.dequeue(request.requestId),
        release: async () => {
          // Given back in order, it is no failed attempt.
          this.#lines[priority].unshift({ request, attempt: attempt - 1 });
          await this.#store.enqueue(request, attempt - 1);
          this.#wake();
        },
      };
    }
    return undefined;
  }

  waiting(priority: RunPriority): Promise<number> {
    return Promise.resolve(this.#lines[priority].length);
  }

  onWork(wake: () => void): void {
    this.#wake = wake;
  }

  close(): void {
    this.#wake = () => undefined;
  }
}

interface Entry {
  readonly request: RunRequest;
  readonly attempt: number;
}
