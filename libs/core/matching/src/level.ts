import { FLOW_PARTY, type NewOrder } from './orders.ts';

/**
 * One place in a queue, or a taker on its way through the book. A plain linked-list node, so that a cancel
 * costs the same at any position.
 */
export interface QueueEntry {
  /** Null for the flow. */
  readonly order: NewOrder | null;
  readonly party: string;
  readonly sequence: number;
  /** Lots not filled yet. Without meaning for orders by notional. */
  leaves: number;
  filled: number;
  /** Whether the book's index of open orders holds it: a taker enters the index only when something of it stays. */
  indexed: boolean;
  /** Whether it is a stop order that has not been triggered. */
  waiting: boolean;
  level: Level | null;
  previous: QueueEntry | null;
  next: QueueEntry | null;
}

export function queueEntry(order: NewOrder | null, leaves: number, sequence: number): QueueEntry {
  const party = order === null ? FLOW_PARTY : order.party;
  return {
    order,
    party,
    sequence,
    leaves,
    filled: 0,
    indexed: false,
    waiting: false,
    level: null,
    previous: null,
    next: null,
  };
}

/**
 * The queue at one price in time priority. Between two orders of parties the flow is at most one entry, so the
 * queue is never longer than twice the orders at it plus one.
 */
export class Level {
  readonly price: number;
  head: QueueEntry | null = null;
  tail: QueueEntry | null = null;
  /** Lots of all entries. */
  total = 0;
  /** Lots of the flow's entries. */
  flow = 0;

  constructor(price: number) {
    this.price = price;
  }

  /** Appends an order of a party at the back. */
  append(entry: QueueEntry): void {
    entry.level = this;
    entry.previous = this.tail;
    entry.next = null;
    if (this.tail === null) this.head = entry;
    else this.tail.next = entry;
    this.tail = entry;
    this.total += entry.leaves;
    if (entry.order === null) this.flow += entry.leaves;
  }

  /** Appends flow at the back; it joins the flow that is the last entry already. */
  appendFlow(quantity: number): void {
    if (this.tail !== null && this.tail.order === null) {
      this.tail.leaves += quantity;
      this.total += quantity;
      this.flow += quantity;
    } else {
      this.append(queueEntry(null, quantity, 0));
    }
  }

  /** Takes `quantity` lots from an entry, which leaves the queue when nothing is left of it. */
  reduce(entry: QueueEntry, quantity: number): void {
    entry.leaves -= quantity;
    entry.filled += quantity;
    this.total -= quantity;
    if (entry.order === null) this.flow -= quantity;
    if (entry.leaves === 0) this.#unlink(entry);
  }

  /** Takes an entry out with all that is left of it. `leaves` stays readable on the entry. */
  remove(entry: QueueEntry): void {
    this.total -= entry.leaves;
    if (entry.order === null) this.flow -= entry.leaves;
    this.#unlink(entry);
  }

  /** Removes flow from the back, at most `quantity` lots, around the orders of parties, which keep their places. */
  removeFlowFromBack(quantity: number): void {
    let left = quantity;
    let entry = this.tail;
    while (entry !== null && left > 0) {
      const previous: QueueEntry | null = entry.previous;
      if (entry.order === null) {
        const taken = Math.min(entry.leaves, left);
        this.reduce(entry, taken);
        left -= taken;
      }
      entry = previous;
    }
  }

  #unlink(entry: QueueEntry): void {
    const { previous, next } = entry;
    if (previous === null) this.head = next;
    else previous.next = next;
    if (next === null) this.tail = previous;
    else next.previous = previous;
    entry.level = null;
    entry.previous = null;
    entry.next = null;
    if (previous !== null && next !== null && previous.order === null && next.order === null) {
      // The order that kept two pieces of flow apart is gone.
      previous.leaves += next.leaves;
      this.#unlink(next);
    }
  }
}
