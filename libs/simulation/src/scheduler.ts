import { RunningHash, SeededRandom, assert } from '@portcullis/kernel';

interface Entry {
  readonly at: number;
  /** Drawn by the seed, so that ties are explored rather than always taken in one order. */
  readonly rank: number;
  readonly sequence: number;
  readonly run: () => void;
}

/** Events waiting at once. A simulation that schedules more is running away. */
const PENDING_MAX = 1_000_000;

/**
 * Virtual time: the only clock of a simulation. Events run one by one in the order of their time; what each did is folded
 * into the trace hash, so two runs with equal hashes did the same things in the same order.
 */
export class Scheduler {
  readonly #heap: Entry[] = [];
  readonly #ranks: SeededRandom;
  readonly #trace = new RunningHash();
  #now: number;
  #sequence = 0;
  #steps = 0;

  constructor(seed: string, startMicros: number) {
    this.#ranks = SeededRandom.stream(seed, 'ties');
    this.#now = startMicros;
  }

  /** Microseconds since the epoch. */
  get now(): number {
    return this.#now;
  }

  get steps(): number {
    return this.#steps;
  }

  get traceHash(): string {
    return this.#trace.hex();
  }

  /** Runs `run` after `delayMicros` of virtual time. */
  after(delayMicros: number, run: () => void): void {
    assert(this.#heap.length < PENDING_MAX, `more than ${PENDING_MAX} simulated events are waiting`);
    const at = this.#now + Math.max(0, Math.round(delayMicros));
    this.#push({ at, rank: this.#ranks.uint32(), sequence: this.#sequence++, run });
  }

  /** Folds what happened into the trace hash. */
  record(node: string, what: string): void {
    this.#trace.update(`${this.#now} ${node} ${what}\n`);
  }

  /** Runs events until virtual time reaches `until`, or until `afterEach`, which runs after every event, says true. */
  runUntil(until: number, afterEach: () => boolean): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#pop();
      assert(next.at >= this.#now, 'virtual time never goes back');
      this.#now = next.at;
      this.#steps += 1;
      next.run();
      if (afterEach()) return;
    }
    this.#now = Math.max(this.#now, until);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent] as Entry)) break;
      heap[index] = heap[parent] as Entry;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) break;
      const right = left + 1;
      const child = right < heap.length && before(heap[right] as Entry, heap[left] as Entry) ? right : left;
      if (!before(heap[child] as Entry, last)) break;
      heap[index] = heap[child] as Entry;
      index = child;
    }
    heap[index] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at !== b.at ? a.at < b.at : a.rank !== b.rank ? a.rank < b.rank : a.sequence < b.sequence;
}
