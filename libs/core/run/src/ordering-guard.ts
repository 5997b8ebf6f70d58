import type { MarketInput } from '@portcullis/market';

export interface OrderingGuardSnapshot {
  readonly latest: number;
  readonly tsEvents: readonly number[];
  readonly seqs: readonly number[];
  readonly duplicates: number;
  readonly outOfOrder: number;
}

/**
 * Lets market events of a replay pass in their order: `tsEvent` never falls over all instruments, and `(tsEvent, seq)`
 * rises for each. The same place twice is a duplicate. Gaps need no number of their own, they stand where they are.
 */
export class OrderingGuard {
  readonly #tsEvents: Float64Array;
  readonly #seqs: Float64Array;
  #latest = -1;
  #duplicates = 0;
  #outOfOrder = 0;

  constructor(slots: number) {
    this.#tsEvents = new Float64Array(slots).fill(-1);
    this.#seqs = new Float64Array(slots).fill(-1);
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  get outOfOrder(): number {
    return this.#outOfOrder;
  }

  admit(event: MarketInput): 'ok' | 'duplicate' | 'out-of-order' {
    const { slot, tsEvent, seq } = event;
    if (tsEvent < this.#latest) {
      const again = tsEvent === this.#tsEvents[slot] && seq === this.#seqs[slot] && event.kind !== 'gap';
      return again ? this.#duplicate() : this.#disorder();
    }
    if (event.kind === 'gap') {
      this.#latest = tsEvent;
      return 'ok';
    }
    if (tsEvent === this.#tsEvents[slot]) {
      const last = this.#seqs[slot] as number;
      if (seq === last) return this.#duplicate();
      if (seq < last) return this.#disorder();
    }
    this.#latest = tsEvent;
    this.#tsEvents[slot] = tsEvent;
    this.#seqs[slot] = seq;
    return 'ok';
  }

  #duplicate(): 'duplicate' {
    this.#duplicates += 1;
    return 'duplicate';
  }

  #disorder(): 'out-of-order' {
    this.#outOfOrder += 1;
    return 'out-of-order';
  }

  snapshot(): OrderingGuardSnapshot {
    return {
      latest: this.#latest,
      tsEvents: [...this.#tsEvents],
      seqs: [...this.#seqs],
      duplicates: this.#duplicates,
      outOfOrder: this.#outOfOrder,
    };
  }

  restore(snapshot: OrderingGuardSnapshot): void {
    this.#latest = snapshot.latest;
    this.#tsEvents.set(snapshot.tsEvents);
    this.#seqs.set(snapshot.seqs);
    this.#duplicates = snapshot.duplicates;
    this.#outOfOrder = snapshot.outOfOrder;
  }
}
