import type { Task, TaskSource } from './task-source.ts';

const RETRY_MS = 1000;

/** Does a task to its end. Rejects never; a task that is not settled is somebody else's later. */
export type Worker = (task: Task) => Promise<void>;

/** Takes as many tasks as there are slots, the most urgent first, and never one that would have to wait here. */
export class Dispatcher {
  readonly #source: TaskSource;
  readonly #slots: number;
  readonly #work: Worker;
  readonly #onError: (error: Error) => void;
  readonly #running = new Set<Promise<void>>();
  #taking: Promise<void> | undefined;
  #isAsked = false;
  #isClosed = false;

  constructor(source: TaskSource, slots: number, work: Worker, onError: (error: Error) => void) {
    this.#source = source;
    this.#slots = slots;
    this.#work = work;
    this.#onError = onError;
  }

  get running(): number {
    return this.#running.size;
  }

  start(): void {
    this.#source.onWork(() => this.#wake());
    this.#wake();
  }

  /** Takes nothing more and waits until what runs has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#taking;
    await Promise.all(this.#running);
    this.#source.close();
  }

  #wake(): void {
    this.#isAsked = true;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined;
      if (this.#isAsked && !this.#isClosed && this.#running.size < this.#slots) this.#wake();
    });
  }

  async #take(): Promise<void> {
    this.#isAsked = false;
    while (!this.#isClosed && this.#running.size < this.#slots) {
      let task: Task | undefined;
      try {
        task = await this.#source.take();
      } catch (error) {
        this.#onError(error as Error);
        setTimeout(() => this.#wake(), RETRY_MS).unref();
        return;
      }
      if (task === undefined) return;
      const work = this.#work(task).finally(() => {
        this.#running.delete(work);
        if (!this.#isClosed) this.#wake();
      });
      this.#running.add(work);
    }
  }
}
