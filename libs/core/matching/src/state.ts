import { assert, required } from '@portcullis/kernel';
import { ChangeTracker } from './changes.ts';
import type { BookEvent } from './events.ts';
import { Ladder } from './ladder.ts';
import type { Level, QueueEntry } from './level.ts';
import type { BookLimits } from './limits.ts';
import type { Side } from './orders.ts';
import { StopBook } from './stops.ts';

/** What a book holds, and the few ways to change it that keep its indexes in step. */
export class BookState {
  readonly bids = new Ladder('highest');
  readonly asks = new Ladder('lowest');
  readonly stops = new StopBook();
  /** Open orders by id. At most `orderCountMax`. */
  readonly orders = new Map<string, QueueEntry>();
  /** Open orders by party; a party without open orders is not kept. */
  readonly parties = new Map<string, Set<QueueEntry>>();
  readonly changes: ChangeTracker;
  /** Stops that a trade of this command has triggered and that have not run yet. Empty between commands. */
  readonly triggered: QueueEntry[] = [];
  readonly limits: BookLimits;
  lastTradePrice: number | null = null;
  tradeIdNext = 1;
  sequenceNext = 1;
  #bidFlowLevelCount = 0;
  #askFlowLevelCount = 0;
  #events: BookEvent[] = [];

  constructor(limits: BookLimits) {
    this.limits = limits;
    this.changes = new ChangeTracker(limits.changedLevelCountMax);
  }

  emit(event: BookEvent): void {
    this.#events.push(event);
  }

  /** The events since the last call. */
  takeEvents(): BookEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  ladder(side: Side): Ladder {
    return side === 'buy' ? this.bids : this.asks;
  }

  flowLevelCount(side: Side): number {
    return side === 'buy' ? this.#bidFlowLevelCount : this.#askFlowLevelCount;
  }

  /** Enters an order that stays into the indexes. */
  index(entry: QueueEntry): void {
    const order = required(entry.order, 'order of an indexed entry');
    assert(!entry.indexed, 'an order enters the index once');
    entry.indexed = true;
    this.orders.set(order.orderId, entry);
    const siblings = this.parties.get(entry.party);
    if (siblings === undefined) this.parties.set(entry.party, new Set([entry]));
    else siblings.add(entry);
  }

  /** Takes an order that ended out of the indexes. */
  forget(entry: QueueEntry): void {
    if (!entry.indexed || entry.order === null) return;
    entry.indexed = false;
    this.orders.delete(entry.order.orderId);
    const siblings = required(this.parties.get(entry.party), 'open orders of a party');
    siblings.delete(entry);
    if (siblings.size === 0) this.parties.delete(entry.party);
  }

  /** Queues an order at the back of the level at `price`. */
  rest(side: Side, price: number, entry: QueueEntry): void {
    this.ladder(side).open(price).append(entry);
    this.changes.touch(side, price);
    if (!entry.indexed) this.index(entry);
  }

  /** Takes lots from a queued entry. An order of a party is not taken out of the indexes by it. */
  reduce(side: Side, entry: QueueEntry, quantity: number): void {
    const level = entry.level as Level;
    const flowBefore = level.flow;
    level.reduce(entry, quantity);
    this.#settle(side, level, flowBefore);
  }

  /** Takes an order out of its queue, waiting or working, and out of the indexes. */
  remove(entry: QueueEntry): void {
    const order = required(entry.order, 'order of an entry to remove');
    if (entry.waiting) {
      this.stops.remove(entry);
    } else {
      const level = entry.level as Level;
      const flowBefore = level.flow;
      level.remove(entry);
      this.#settle(order.side, level, flowBefore);
    }
    this.forget(entry);
  }

  /** Appends flow at the back of the level at `price`. */
  appendFlow(side: Side, price: number, quantity: number): void {
    const level = this.ladder(side).open(price);
    const flowBefore = level.flow;
    level.appendFlow(quantity);
    this.#settle(side, level, flowBefore);
  }

  /** Removes `quantity` lots of flow from the back of a level. */
  removeFlow(side: Side, level: Level, quantity: number): void {
    const flowBefore = level.flow;
    level.removeFlowFromBack(quantity);
    this.#settle(side, level, flowBefore);
  }

  #settle(side: Side, level: Level, flowBefore: number): void {
    this.changes.touch(side, level.price);
    if (flowBefore > 0 !== level.flow > 0) {
      const step = level.flow > 0 ? 1 : -1;
      if (side === 'buy') this.#bidFlowLevelCount += step;
      else this.#askFlowLevelCount += step;
    }
    this.ladder(side).closeIfEmpty(level);
  }
}
