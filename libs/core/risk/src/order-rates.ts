/** Reductions count apart from everything else. */
export type RateBudget = 'orders' | 'reductions';

/** Approvals of one scope, oldest first; what lies before `first` is out of every window. */
interface Approvals {
  readonly times: number[];
  first: number;
}

/** Entries out of the window that are kept before the list is cut, so that cutting costs little per approval. */
const SLACK_MAX = 1024;

/** The approvals that may still count, by budget and scope. Plain JSON. */
export type OrderRatesSnapshot = Readonly<Record<RateBudget, readonly (readonly [string, readonly number[]])[]>>;

/** Approvals in sliding windows, by scope and budget. Each list is about as long as the largest limit allows, 10,000 times. */
export class OrderRates {
  readonly #orders = new Map<string, Approvals>();
  readonly #reductions = new Map<string, Approvals>();

  /** Approvals of a scope within the `windowMicros` before `at`. */
  count(budget: RateBudget, scope: string, windowMicros: number, at: number): number {
    const approvals = this.#of(budget).get(scope);
    return approvals === undefined ? 0 : approvals.times.length - firstAfter(approvals, at - windowMicros);
  }

  /** As many approvals of a scope as could be in any window that is not longer than what is kept. */
  kept(budget: RateBudget, scope: string): number {
    const approvals = this.#of(budget).get(scope);
    return approvals === undefined ? 0 : approvals.times.length - approvals.first;
  }

  /** Counts an approval, and forgets what is older than `windowMicros`. `at` never falls. */
  add(budget: RateBudget, scope: string, windowMicros: number, at: number): void {
    const scopes = this.#of(budget);
    let approvals = scopes.get(scope);
    if (approvals === undefined) scopes.set(scope, (approvals = { times: [], first: 0 }));
    approvals.times.push(at);
    // The new one ends the search at the latest: each approval is passed once.
    while ((approvals.times[approvals.first] as number) <= at - windowMicros) approvals.first += 1;
    if (approvals.first > SLACK_MAX) {
      approvals.times.splice(0, approvals.first);
      approvals.first = 0;
    }
  }

  /** Forgets scopes without an approval after `before`. */
  prune(before: number): void {
    for (const scopes of [this.#orders, this.#reductions]) {
      for (const [scope, { times }] of scopes) {
        if ((times.at(-1) ?? 0) <= before) scopes.delete(scope);
      }
    }
  }

  snapshot(): OrderRatesSnapshot {
    const lists = (scopes: ReadonlyMap<string, Approvals>): (readonly [string, readonly number[]])[] =>
      [...scopes].map(([scope, { times, first }]) => [scope, times.slice(first)]);
    return { orders: lists(this.#orders), reductions: lists(this.#reductions) };
  }

  restore(snapshot: OrderRatesSnapshot): void {
    for (const budget of ['orders', 'reductions'] as const) {
      const scopes = this.#of(budget);
      scopes.clear();
      for (const [scope, times] of snapshot[budget]) scopes.set(scope, { times: [...times], first: 0 });
    }
  }

  #of(budget: RateBudget): Map<string, Approvals> {
    return budget === 'orders' ? this.#orders : this.#reductions;
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
