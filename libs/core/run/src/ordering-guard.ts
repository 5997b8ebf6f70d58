import type { MarketInput } from '@portcullis/market';

/** `STRICT`: disorder ends the run. `WARN`: what is out of order is left out, counted and told. */
export type OrderingMode = 'STRICT' | 'WARN';

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
  readonly mode: OrderingMode;
  readonly #tsEvents: Float64Array;
  readonly #seqs: Float64Array;
  #latest = -1;
  #duplicates = 0;
  #outOfOrder = 0;

  constructor(mode: OrderingMode, slots: number) {
    this.mode = mode;
    this.#tsEvents = new Float64Array(slots).fill(-1);
    this.#seqs = new Float64Array(slots).fill(-1);
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  get outOfOrder(): number {
    return this.#outOfOrder;
  }

  /** What the event comes after: for messages. */
  last(slot: number): { readonly latest: number; readonly tsEvent: number; readonly seq: number } {
    return { latest: this.#latest, tsEvent: this.#tsEvents[slot] ?? -1, seq: this.#seqs[slot] ?? -1 };
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
