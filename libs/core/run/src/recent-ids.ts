/** The last ids that were seen, the oldest forgotten first: enough to recognise a redelivery, bounded for ever. */
export class RecentIds<T extends string | number = string> {
  readonly #ids = new Set<T>();
  readonly #countMax: number;
  /** The ids in their order, from `#oldest` on round: to look for a set's first member is slow once many were deleted. */
  readonly #ring: T[] = [];
  #oldest = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  has(id: T): boolean {
    return this.#ids.has(id);
  }

  /** Remembers an id; false when it was known. */
  add(id: T): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ring.length < this.#countMax) {
      this.#ring.push(id);
      return true;
    }
    this.#ids.delete(this.#ring[this.#oldest] as T);
    this.#ring[this.#oldest] = id;
    this.#oldest = (this.#oldest + 1) % this.#countMax;
    return true;
  }

  snapshot(): T[] {
    return [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)];
  }

  restore(ids: readonly T[]): void {
    this.#ids.clear();
    this.#ring.length = 0;
    this.#oldest = 0;
    for (const id of ids) this.add(id);
  }
}
