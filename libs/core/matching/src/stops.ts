import { assert } from '@portcullis/kernel';
import { Ladder } from './ladder.ts';
import type { Level, QueueEntry } from './level.ts';
import type { Trigger } from './orders.ts';

/** The trigger of an entry that waits for one. */
export function triggerOf(entry: QueueEntry): Trigger {
  const order = entry.order;
  assert(order?.type === 'stop-limit' || order?.type === 'stop-market', 'only stop orders have a trigger');
  return order.trigger;
}

/** The stop orders that wait for their trigger, by trigger price and then by acceptance. */
export class StopBook {
  readonly #rising = new Ladder('lowest');
  readonly #falling = new Ladder('highest');

  add(entry: QueueEntry): void {
    const { price, direction } = triggerOf(entry);
    entry.waiting = true;
    this.#ladder(direction).open(price).append(entry);
  }

  remove(entry: QueueEntry): void {
    const level = entry.level as Level;
    level.remove(entry);
    entry.waiting = false;
    this.#ladder(triggerOf(entry).direction).closeIfEmpty(level);
  }

  /** Moves what a trade at `price` triggers to the end of `triggered`: rising before falling, nearest first, then oldest. */
  collectTriggered(price: number, triggered: QueueEntry[]): void {
    this.#collect(this.#rising, price, triggered);
    this.#collect(this.#falling, price, triggered);
  }

  /** All waiting entries: rising then falling, in the order in which they would be triggered. */
  entries(): QueueEntry[] {
    const found: QueueEntry[] = [];
    for (const ladder of [this.#rising, this.#falling]) {
      for (let rank = 0; rank < ladder.size; rank++) {
        for (let entry = ladder.at(rank)?.head ?? null; entry !== null; entry = entry.next) found.push(entry);
      }
    }
    return found;
  }

  #collect(ladder: Ladder, price: number, triggered: QueueEntry[]): void {
    for (let level = ladder.best(); level !== undefined; level = ladder.best()) {
      if (!ladder.reaches(level.price, price)) return;
      for (let entry = level.head; entry !== null; entry = level.head) {
        level.remove(entry);
        entry.waiting = false;
        triggered.push(entry);
      }
      ladder.closeIfEmpty(level);
    }
  }

  #ladder(direction: Trigger['direction']): Ladder {
    return direction === 'rises-to' ? this.#rising : this.#falling;
  }
}
