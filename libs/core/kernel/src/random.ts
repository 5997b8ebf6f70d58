import { assert } from './assert.ts';
import { sha256Hex } from './hash.ts';

/** A seeded generator (xoshiro128**, Blackman and Vigna 2018): same seed, same numbers, on every machine. */
export class SeededRandom {
  readonly #s: Uint32Array;

  constructor(seed: string | number) {
    const digest = sha256Hex(`portcullis:random\0${seed}`);
    this.#s = Uint32Array.from([0, 8, 16, 24], (at) => Number.parseInt(digest.slice(at, at + 8), 16));
    if (this.#s.every((word) => word === 0)) this.#s[0] = 1;
  }

  /** An independent stream: taking from one never shifts another. */
  static stream(seed: string | number, name: string): SeededRandom {
    return new SeededRandom(`${seed}/${name}`);
  }

  /** A uniform 32-bit unsigned integer. */
  uint32(): number {
    const s = this.#s;
    const s1 = s[1] as number;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const t = s1 << 9;
    s[2] = (s[2] as number) ^ (s[0] as number);
    s[3] = (s[3] as number) ^ s1;
    s[1] = s1 ^ s[2];
    s[0] = (s[0] as number) ^ s[3];
    s[2] = s[2] ^ t;
    const s3 = s[3];
    s[3] = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /** A uniform number in [0, 1). For choices and statistics, never for money. */
  unit(): number {
    return this.uint32() / 4_294_967_296;
  }

  /** A uniform integer in [low, high], both included. */
  integer(low: number, high: number): number {
    assert(Number.isSafeInteger(low) && Number.isSafeInteger(high) && low <= high, `no integers in [${low}, ${high}]`);
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, 'cannot pick from nothing');
    return items[this.integer(0, items.length - 1)] as T;
  }

  /** Exponentially distributed with the given mean. */
  exponential(mean: number): number {
    return -Math.log(1 - this.unit()) * mean;
  }

  /** The four words of state, to snapshot and restore. */
  snapshot(): readonly number[] {
    return [...this.#s];
  }

  restore(state: readonly number[]): void {
    assert(state.length === 4, 'a random state has four words');
    this.#s.set(state);
  }
}
