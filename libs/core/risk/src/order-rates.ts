/** Reductions count apart from everything else. */
export type RateBudget = 'orders' | 'reductions';

/** Approvals of one scope, oldest first; what lies before `first` is out of every window. */
interface Approvals {
  readonly times: number[];
  first: number;
}

/** Entries out of the window that are kept before the list is cut, so that cutting costs little per approval. */
const SLACK_MAX = 1024;

/** The approvals of each scope and budget that may still count. */
export type OrderRatesSnapshot = readonly (readonly [string, readonly number[]])[];

/** Approvals in sliding windows, by scope and budget. Each list is about as long as the largest limit allows, 10,000 times. */
export class OrderRates {
  readonly #approvals = new Map<string, Approvals>();

  /** Approvals of a scope within the `windowMicros` before `at`. */
  count(budget: RateBudget, scope: string, windowMicros: number, at: number): number {
    const approvals = this.#approvals.get(`${budget} ${scope}`);
    return approvals === undefined ? 0 : approvals.times.length - firstAfter(approvals, at - windowMicros);
  }

  /** Counts an approval, and forgets what is older than `windowMicros`. `at` never falls. */
  add(budget: RateBudget, scope: string, windowMicros: number, at: number): void {
    const key = `${budget} ${scope}`;
    const approvals = this.#approvals.get(key) ?? { times: [], first: 0 };
    approvals.times.push(at);
    approvals.first = firstAfter(approvals, at - windowMicros);
    if (approvals.first > SLACK_MAX) {
      approvals.times.splice(0, approvals.first);
      approvals.first = 0;
    }
    this.#approvals.set(key, approvals);
  }

  /** Forgets scopes without an approval after `before`. */
  prune(before: number): void {
    for (const [key, { times }] of this.#approvals) {
      if ((times.at(-1) ?? 0) <= before) this.#approvals.delete(key);
    }
  }

  snapshot(): OrderRatesSnapshot {
    return [...this.#approvals].map(([key, { times, first }]) => [key, times.slice(first)]);
  }

  restore(snapshot: OrderRatesSnapshot): void {
    this.#approvals.clear();
    for (const [key, times] of snapshot) this.#approvals.set(key, { times: [...times], first: 0 });
  }
}

/** Index of the first approval later than `time`, by halving. */
function firstAfter({ times, first }: Approvals, time: number): number {
  let low = first;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
