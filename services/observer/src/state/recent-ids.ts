/** The ids seen last: what tells a repetition from something new without growing for ever. */
export class RecentIds {
  readonly #max: number;
  readonly #ids = new Set<string>();

  /** `max` ids are remembered; the oldest is forgotten first. */
  constructor(max: number) {
    this.#max = max;
  }

  /** True the first time an id comes. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.#max) {
      const [oldest] = this.#ids;
      if (oldest !== undefined) this.#ids.delete(oldest);
    }
    return true;
  }
}

/** Sets a key of a bounded map; the entry that was set first goes when there is no room. */
export function setBounded<V>(map: Map<string, V>, key: string, value: V, max: number): void {
  map.set(key, value);
  if (map.size <= max) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
