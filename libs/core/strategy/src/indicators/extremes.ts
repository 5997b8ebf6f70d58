import { assert } from '@portcullis/kernel';
import type { Indicator } from './indicator.ts';
import { finite, wholeLength } from './lengths.ts';

interface Snapshot {
  readonly places: readonly number[];
  readonly values: readonly number[];
  readonly count: number;
}

/**
 * The greatest of the last values (of `sign` × value), by a queue that falls from its head: what is not above a later
 * value can never be the greatest again. O(1) a value on average. D. Lemire, "Streaming maximum-minimum filter using no
 * more than three comparisons per element", 2006.
 */
class Extreme implements Indicator {
  readonly #length: number;
  readonly #sign: 1 | -1;
  /** When each value of the queue came; compacted when its dead head is as long as its length. */
  #places: number[] = [];
  #values: number[] = [];
  #head = 0;
  #count = 0;

  constructor(length: number, sign: 1 | -1) {
    this.#length = wholeLength(length);
    this.#sign = sign;
  }

  get value(): number | undefined {
    return this.#count < this.#length ? undefined : this.#values[this.#head];
  }

  update(next: number): number | undefined {
    const value = finite(next);
    const key = value * this.#sign;
    const places = this.#places;
    const values = this.#values;
    while (values.length > this.#head && (values[values.length - 1] as number) * this.#sign <= key) {
      values.pop();
      places.pop();
    }
    values.push(value);
    places.push(this.#count);
    this.#count += 1;
    if ((places[this.#head] as number) < this.#count - this.#length) this.#head += 1;
    if (this.#head > this.#length) this.#compact();
    return this.value;
  }

  snapshot(): Snapshot {
    this.#compact();
    return { places: [...this.#places], values: [...this.#values], count: this.#count };
  }

  restore(snapshot: unknown): void {
    const { places, values, count } = snapshot as Snapshot;
    assert(values.length <= this.#length, 'a snapshot of another length');
    this.#places = [...places];
    this.#values = [...values];
    this.#head = 0;
    this.#count = count;
  }

  #compact(): void {
    this.#places.splice(0, this.#head);
    this.#values.splice(0, this.#head);
    this.#head = 0;
  }
}

/** The highest of the last `length` values. For a channel of earlier bars, read `value` before `update`. */
export function highest(length: number): Indicator {
  return new Extreme(length, 1);
}

/** The lowest of the last `length` values. */
export function lowest(length: number): Indicator {
  return new Extreme(length, -1);
}
