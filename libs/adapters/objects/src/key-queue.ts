/** Runs what is asked for the same key one after the other; as many keys as there are operations under way. */
export class KeyQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const ours = before.then(work, work);
    this.#last.set(key, ours);
    try {
      return await ours;
    } finally {
      if (this.#last.get(key) === ours) this.#last.delete(key);
    }
  }
}
