/**
 * The latest values by id: at least `most` of them, at most twice as many. In two generations, because a map that gives
 * up its oldest entry one by one has to step over all that went before it, each time.
 */
export class RecentIds<Value> {
  readonly #most: number;
  #younger = new Map<string, Value>();
  #older = new Map<string, Value>();

  constructor(most: number) {
    this.#most = most;
  }

  get(id: string): Value | undefined {
    return this.#younger.get(id) ?? this.#older.get(id);
  }

  set(id: string, value: Value): void {
    if (this.#younger.size >= this.#most) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(id, value);
  }

  get size(): number {
    return this.#younger.size + this.#older.size;
  }
}
