import { assert } from '@portcullis/kernel';

/** Buckets for each doubling: a percentile is off by at most 1/32 of its value. */
const STEPS = 32;
const STEP_BITS = 5;
/** 2^40 µs are twelve days; what is farther off counts as that. */
const BITS_MAX = 40;
const BUCKETS = (BITS_MAX - STEP_BITS + 1) * STEPS;
const VALUE_MAX = 2 ** BITS_MAX - 1;

export interface LatencySummary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Bucket of a value of at least zero: exact below 32, then 32 buckets for each doubling. */
function bucketOf(value: number): number {
  if (value < STEPS) return value;
  const bits = Math.floor(Math.log2(value));
  // log2 of a number just below a power of two may round up to it.
  const exact = 2 ** bits > value ? bits - 1 : bits;
  return (exact - STEP_BITS + 1) * STEPS + Math.floor((value - 2 ** exact) / 2 ** (exact - STEP_BITS));
}

/** The largest value in a bucket. */
function topOf(bucket: number): number {
  if (bucket < STEPS) return bucket;
  const bits = Math.floor(bucket / STEPS) - 1 + STEP_BITS;
  return 2 ** bits + ((bucket % STEPS) + 1) * 2 ** (bits - STEP_BITS) - 1;
}

/**
 * Percentiles of whole microseconds, also below zero, in memory that does not grow. The maximum is exact; percentiles
 * are at most 1/32 above the exact ones (below zero: below), and never above the maximum.
 */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(2 * BUCKETS);
  #total = 0;
  #max = -Infinity;

  add(micros: number): void {
    assert(Number.isSafeInteger(micros), 'a latency is a whole number of microseconds');
    const size = Math.min(Math.abs(micros), VALUE_MAX);
    // Below zero they lie in front, the largest size first, so that the array is in ascending order.
    const place = micros < 0 ? BUCKETS - 1 - bucketOf(size) : BUCKETS + bucketOf(size);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#total += 1;
    if (micros > this.#max) this.#max = micros;
  }

  /** Undefined when nothing was added. */
  summary(): LatencySummary | undefined {
    if (this.#total === 0) return undefined;
    return { p50: this.#percentile(0.5), p99: this.#percentile(0.99), max: this.#max };
  }

  clear(): void {
    if (this.#total === 0) return;
    this.#counts.fill(0);
    this.#total = 0;
    this.#max = -Infinity;
  }

  #percentile(share: number): number {
    let left = Math.ceil(this.#total * share);
    for (let place = 0; place < 2 * BUCKETS; place += 1) {
      left -= this.#counts[place] ?? 0;
      if (left > 0) continue;
      const value = place < BUCKETS ? -topOf(BUCKETS - 1 - place) : topOf(place - BUCKETS);
      return Math.min(value, this.#max);
    }
    return this.#max;
  }
}
