import { assert } from '@portcullis/kernel';
import type { Indicator } from './indicator.ts';
import { wholeLength } from './lengths.ts';

/** Above the slow average 1, below it -1; 0 while both were equal from the start. */
export type Crossing = -1 | 0 | 1;

interface Snapshot {
  readonly ring: readonly number[];
  readonly at: number;
  readonly count: number;
  readonly fastSum: number;
  readonly slowSum: number;
  readonly sign: Crossing;
  readonly known: boolean;
  readonly turned: boolean;
}

/**
 * Where a fast moving average stands against a slow one, in exact integers: their sums are cross-multiplied, so equal
 * averages compare as equal. While they are equal, the last side counts, so touching is not crossing. Takes whole
 * numbers (prices in ticks); O(1) a value, nothing allocated.
 */
export class MovingSumsCross implements Indicator<Crossing> {
  readonly #fast: number;
  readonly #slow: number;
  /** The last `slow` values: the place `at` is written next and holds the oldest. */
  #ring: number[];
  #at = 0;
  #count = 0;
  #fastSum = 0;
  #slowSum = 0;
  #sign: Crossing = 0;
  #known = false;
  #turned = false;

  constructor(fast: number, slow: number) {
    this.#fast = wholeLength(fast, 'fast');
    this.#slow = wholeLength(slow, 'slow');
    if (fast >= slow) throw new RangeError(`a fast length of ${fast} is not below the slow one of ${slow}`);
    this.#ring = new Array<number>(slow).fill(0);
  }

  get value(): Crossing | undefined {
    return this.#known ? this.#sign : undefined;
  }

  /** Whether the last value changed the side, from one strictly above to one strictly below or back. */
  get turned(): boolean {
    return this.#turned;
  }

  /** Whether the averages are exactly equal now. */
  get equal(): boolean {
    return this.#known && this.#difference() === 0;
  }

  update(next: number): Crossing | undefined {
    if (!Number.isSafeInteger(next)) throw new RangeError(`${next} is not a whole number`);
    const slow = this.#slow;
    const ring = this.#ring;
    const at = this.#at;
    const leaving = at >= this.#fast ? at - this.#fast : at - this.#fast + slow;
    // Places that were never written hold zero, so the sums need no case for the beginning.
    this.#fastSum += next - (ring[leaving] as number);
    this.#slowSum += next - (ring[at] as number);
    ring[at] = next;
    this.#at = at + 1 === slow ? 0 : at + 1;
    this.#turned = false;
    if (this.#count < slow) {
      this.#count += 1;
      if (this.#count < slow) return undefined;
    }
    this.#judge();
    return this.#sign;
  }

  /** Forgets every value: as new. */
  reset(): void {
    this.#ring.fill(0);
    this.#at = 0;
    this.#count = 0;
    this.#fastSum = 0;
    this.#slowSum = 0;
    this.#sign = 0;
    this.#known = false;
    this.#turned = false;
  }

  snapshot(): Snapshot {
    return {
      ring: [...this.#ring],
      at: this.#at,
      count: this.#count,
      fastSum: this.#fastSum,
      slowSum: this.#slowSum,
      sign: this.#sign,
      known: this.#known,
      turned: this.#turned,
    };
  }

  restore(snapshot: unknown): void {
    const from = snapshot as Snapshot;
    assert(from.ring.length === this.#slow, 'a snapshot of other lengths');
    this.#ring = [...from.ring];
    this.#at = from.at;
    this.#count = from.count;
    this.#fastSum = from.fastSum;
    this.#slowSum = from.slowSum;
    this.#sign = from.sign;
    this.#known = from.known;
    this.#turned = from.turned;
  }

  #judge(): void {
    const difference = this.#difference();
    const before = this.#sign;
    this.#known = true;
    if (difference === 0) return;
    this.#sign = difference > 0 ? 1 : -1;
    this.#turned = before !== 0 && this.#sign !== before;
  }

  /** Its sign is that of fast average − slow average, exactly. */
  #difference(): number {
    const fast = this.#fastSum * this.#slow;
    const slow = this.#slowSum * this.#fast;
    if (Number.isSafeInteger(fast) && Number.isSafeInteger(slow)) return fast - slow;
    if (!Number.isSafeInteger(this.#slowSum)) throw new RangeError('the sum of the values left the safe integers');
    const exact = BigInt(this.#fastSum) * BigInt(this.#slow) - BigInt(this.#slowSum) * BigInt(this.#fast);
    return exact > 0n ? 1 : exact < 0n ? -1 : 0;
  }
}

/** See {@link MovingSumsCross}. `fast` and `slow` are numbers of values, `fast` the smaller one. */
export function movingSumsCross(fast: number, slow: number): MovingSumsCross {
  return new MovingSumsCross(fast, slow);
}
