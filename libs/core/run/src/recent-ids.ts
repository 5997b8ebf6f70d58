/** The last ids that were seen, the oldest forgotten first: enough to recognise a redelivery, bounded for ever. */
export class RecentIds {
  readonly #ids = new Set<string>();
  readonly #countMax: number;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Remembers an id; false when it was known. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.#countMax) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    return true;
  }

  snapshot(): string[] {
    return [...this.#ids];
  }

  restore(ids: readonly string[]): void {
    this.#ids.clear();
    for (const id of ids) this.#ids.add(id);
  }
}
