interface Held {
  readonly epoch: number;
  until: number;
}

/** Life of a lease without renewal: a successor waits this long after a crash. */
export const LEASE_TTL_MICROS = 3_000_000;

/**
 * The bucket of leases: one holder a key, and an epoch that only grows. Who asks has to reach the bus; that is the
 * caller's to check.
 */
export class SimulatedLeases {
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  #epoch = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The new epoch, or undefined while somebody holds the key, be it a process that has died since. */
  acquire(key: string): number | undefined {
    const held = this.#held.get(key);
    if (held !== undefined && this.#now() < held.until) return undefined;
    this.#epoch += 1;
    this.#held.set(key, { epoch: this.#epoch, until: this.#now() + LEASE_TTL_MICROS });
    return this.#epoch;
  }

  /** Whether the lease of that epoch lives on. */
  renew(key: string, epoch: number): boolean {
    const held = this.#held.get(key);
    if (held?.epoch !== epoch || this.#now() >= held.until) return false;
    held.until = this.#now() + LEASE_TTL_MICROS;
    return true;
  }

  /** A process that ends in good order lets its successor in at once. */
  release(key: string, epoch: number): void {
    if (this.#held.get(key)?.epoch === epoch) this.#held.delete(key);
  }
}
