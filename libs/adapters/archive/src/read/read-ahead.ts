/**
 * Takes from a generator up to `depth` items ahead of its consumer. An error comes when the items before it are taken.
 * {@link stop} ends the generator.
 */
export class ReadAhead<T> {
  readonly #items: T[] = [];
  readonly #depth: number;
  readonly #running: Promise<void>;
  #state: 'running' | 'stopped' | 'done' = 'running';
  #failure: { readonly error: unknown } | undefined;
  #arrived: (() => void) | undefined;
  #taken: (() => void) | undefined;

  constructor(items: AsyncGenerator<T>, depth: number) {
    this.#depth = depth;
    this.#running = this.#run(items);
  }

  /** The next item where it is there already. */
  take(): T | undefined {
    const item = this.#items.shift();
    this.#taken?.();
    return item;
  }

  /** True when all items have been taken. Throws what the generator has thrown. */
  get ended(): boolean {
    if (this.#items.length > 0) return false;
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#state === 'done';
  }

  /** Resolves when there is an item to take or the end has come. */
  async ready(): Promise<void> {
    while (this.#items.length === 0 && this.#state !== 'done') {
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  /** The next item; undefined at the end. */
  async next(): Promise<T | undefined> {
    await this.ready();
    return this.ended ? undefined : this.take();
  }

  /** Ends the generator, waits until it has and gives back what nobody took. */
  async stop(): Promise<T[]> {
    if (this.#state === 'running') this.#state = 'stopped';
    this.#taken?.();
    await this.#running;
    return this.#items.splice(0);
  }

  async #run(items: AsyncGenerator<T>): Promise<void> {
    try {
      for await (const item of items) {
        this.#items.push(item);
        this.#arrived?.();
        if (!(await this.#room())) break;
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#state = 'done';
    this.#arrived?.();
  }

  async #room(): Promise<boolean> {
    while (this.#items.length >= this.#depth && this.#state === 'running') {
      await new Promise<void>((resolve) => {
        this.#taken = resolve;
      });
    }
    return this.#state === 'running';
  }
}
