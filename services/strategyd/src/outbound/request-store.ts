import {
  type RunCancel,
  type RunProgress,
  type RunRequest,
  runCancelSchema,
  runProgressSchema,
  runRequestSchema,
} from '@portcullis/contracts';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import { z } from 'zod';

/** Requests of earlier times that a start looks at, so that its list is not empty; the others are found by their id. */
const RECALLED_MAX = 1000;

const queuedSchema = z.strictObject({ request: runRequestSchema, attempt: z.int().min(0) });
const pauseSchema = z.strictObject({ runId: z.string() });

/**
 * What is kept of requests, for every replica and every later start: `requests/<id>/request.json`, `state.json` (where
 * it ended), `cancel.json`, `paused.json`; and `queue/<instance>/<id>.json` of an instance without a bus.
 */
export class RequestStore {
  readonly #store: ObjectStore;
  readonly #instance: string;

  constructor(store: ObjectStore, instance: string) {
    this.#store = store;
    this.#instance = instance;
  }

  async putRequest(request: RunRequest): Promise<void> {
    await this.#put(`requests/${request.requestId}/request.json`, request);
  }

  async request(requestId: string): Promise<RunRequest | undefined> {
    return this.#get(`requests/${requestId}/request.json`, runRequestSchema);
  }

  /** How a request ended. */
  async putEnd(progress: RunProgress): Promise<void> {
    await this.#put(`requests/${progress.requestId}/state.json`, progress);
  }

  async end(requestId: string): Promise<RunProgress | undefined> {
    return this.#get(`requests/${requestId}/state.json`, runProgressSchema);
  }

  async putCancel(cancel: RunCancel): Promise<void> {
    await this.#put(`requests/${cancel.requestId}/cancel.json`, cancel);
  }

  async cancel(requestId: string): Promise<RunCancel | undefined> {
    return this.#get(`requests/${requestId}/cancel.json`, runCancelSchema);
  }

  /** Which run a request left in the middle, in order. */
  async putPause({ requestId, runId }: { readonly requestId: string; readonly runId: string }): Promise<void> {
    await this.#put(`requests/${requestId}/paused.json`, { runId });
  }

  async pause(requestId: string): Promise<{ readonly runId: string } | undefined> {
    return this.#get(`requests/${requestId}/paused.json`, pauseSchema);
  }

  async forgetPause(requestId: string): Promise<void> {
    await this.#store.delete(`requests/${requestId}/paused.json`);
  }

  /** Ends of earlier requests, in no particular order. */
  async *recalled(): AsyncGenerator<RunProgress, void, undefined> {
    let count = 0;
    for await (const requestId of this.#store.folders('requests/')) {
      if (count++ >= RECALLED_MAX) return;
      const end = await this.end(requestId);
      if (end !== undefined) yield end;
    }
  }

  async enqueue(request: RunRequest, attempt: number): Promise<void> {
    await this.#put(this.#queueKey(request.requestId), { request, attempt });
  }

  async dequeue(requestId: string): Promise<void> {
    await this.#store.delete(this.#queueKey(requestId));
  }

  async queued(): Promise<{ readonly request: RunRequest; readonly attempt: number }[]> {
    const found: { request: RunRequest; attempt: number }[] = [];
    for await (const { key } of this.#store.list(`queue/${this.#instance}/`)) {
      const entry = await this.#get(key, queuedSchema);
      if (entry !== undefined) found.push(entry);
    }
    return found;
  }

  /** Throws when the store cannot be used. */
  async probe(): Promise<void> {
    await this.#store.head('requests/none');
  }

  #queueKey(requestId: string): string {
    return `queue/${this.#instance}/${requestId}.json`;
  }

  async #put(key: string, body: unknown): Promise<void> {
    await this.#store.put(key, new TextEncoder().encode(`${JSON.stringify(body)}\n`));
  }

  /** Undefined for what is not there, and for what is not what was written. */
  async #get<S extends z.ZodType>(key: string, schema: S): Promise<z.infer<S> | undefined> {
    let body: Uint8Array;
    try {
      body = await this.#store.get(key);
    } catch (error) {
      if (error instanceof ObjectStoreError && error.trouble === 'missing') return undefined;
      throw error;
    }
    try {
      return schema.safeParse(JSON.parse(new TextDecoder().decode(body))).data;
    } catch {
      return undefined;
    }
  }
}
