import { Level } from './level.ts';

/**
 * The levels of one side, sorted so that the best is last: nearly all changes are near the touch, where an array
 * insertion moves few elements and removing the best moves none.
 */
export class Ladder {
  readonly #levels: Level[] = [];
  readonly #byPrice = new Map<number, Level>();
  /** 1 when a higher price is better, -1 when a lower one is. */
  readonly #sign: 1 | -1;

  constructor(best: 'highest' | 'lowest') {
    this.#sign = best === 'highest' ? 1 : -1;
  }

  get size(): number {
    return this.#levels.length;
  }

  best(): Level | undefined {
    return this.#levels[this.#levels.length - 1];
  }

  get(price: number): Level | undefined {
    return this.#byPrice.get(price);
  }

  /** The level `rank` places behind the best (0 is the best). */
  at(rank: number): Level | undefined {
    return this.#levels[this.#levels.length - 1 - rank];
  }

  /** The level at `price`, made when there is none. */
  open(price: number): Level {
    const present = this.#byPrice.get(price);
    if (present !== undefined) return present;
    const level = new Level(price);
    this.#byPrice.set(price, level);
    const index = this.#indexOf(price);
    if (index === this.#levels.length) this.#levels.push(level);
    else this.#levels.splice(index, 0, level);
    return level;
  }

  /** Forgets the level when nothing is queued at it. */
  closeIfEmpty(level: Level): void {
    if (level.head !== null) return;
    this.#byPrice.delete(level.price);
    if (this.best() === level) this.#levels.pop();
    else this.#levels.splice(this.#indexOf(level.price), 1);
  }

  /** Whether `price` is at least as good as `limit` for the one who takes from this side. */
  reaches(price: number, limit: number): boolean {
    return (price - limit) * this.#sign >= 0;
  }

  /** The first index whose level is not worse than `price`. */
  #indexOf(price: number): number {
    let low = 0;
    let high = this.#levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const level = this.#levels[middle] as Level;
      if ((level.price - price) * this.#sign < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
