import { assert } from '@portcullis/kernel';
import type { Ladder } from './ladder.ts';
import { type QueueEntry, queueEntry } from './level.ts';
import type { BookLimits } from './limits.ts';
import type { Side, StayingOrder } from './orders.ts';
import { BookState } from './state.ts';

/** An order in a snapshot: `leaves` lots are not filled yet. */
export interface OrderSnapshot {
  readonly order: StayingOrder;
  readonly leaves: number;
  readonly sequence: number;
}

/** One place in a queue: an order, or lots of flow. */
export type QueueSnapshot = OrderSnapshot | { readonly flow: number };

/** A level with its queue in time priority. */
export interface LevelSnapshot {
  readonly price: number;
  readonly queue: readonly QueueSnapshot[];
}

/** A whole book as plain JSON: numbers, strings, arrays and objects only. Limits are not part of it. */
export interface BookSnapshot {
  readonly version: 1;
  readonly tradeIdNext: number;
  readonly sequenceNext: number;
  readonly lastTradePrice: number | null;
  /** Best first, as are the asks. */
  readonly bids: readonly LevelSnapshot[];
  readonly asks: readonly LevelSnapshot[];
  /** Orders that wait for their trigger: of one trigger price, the oldest first. */
  readonly waiting: readonly OrderSnapshot[];
  /** Prices whose change has not been drained. */
  readonly changed: { readonly complete: boolean; readonly bids: readonly number[]; readonly asks: readonly number[] };
}

export function snapshotOf(state: BookState): BookSnapshot {
  return {
    version: 1,
    tradeIdNext: state.tradeIdNext,
    sequenceNext: state.sequenceNext,
    lastTradePrice: state.lastTradePrice,
    bids: levelsOf(state.bids),
    asks: levelsOf(state.asks),
    waiting: state.stops.entries().map(orderOf),
    changed: {
      complete: state.changes.complete,
      bids: state.changes.prices('buy'),
      asks: state.changes.prices('sell'),
    },
  };
}

/** The state that a snapshot tells of. A snapshot that no book can have made is an assertion. */
export function stateOf(snapshot: BookSnapshot, limits: BookLimits): BookState {
  assert(snapshot.version === 1, 'the book snapshot has an unknown version');
  const state = new BookState(limits);
  state.tradeIdNext = positive(snapshot.tradeIdNext);
  state.sequenceNext = positive(snapshot.sequenceNext);
  state.lastTradePrice = snapshot.lastTradePrice === null ? null : positive(snapshot.lastTradePrice);
  const entries = snapshot.waiting.map(entryOf);
  for (const entry of entries) state.stops.add(entry);
  for (const side of ['buy', 'sell'] as const) {
    for (const level of side === 'buy' ? snapshot.bids : snapshot.asks) restoreLevel(state, side, level, entries);
  }
  const [bid, ask] = [state.bids.best(), state.asks.best()];
  assert(bid === undefined || ask === undefined || bid.price < ask.price, 'the book snapshot is crossed');
  // Orders are listed by acceptance, so the indexes are filled in that order.
  for (const entry of entries.sort((a, b) => a.sequence - b.sequence)) {
    assert(entry.order !== null && !state.orders.has(entry.order.orderId), 'the book snapshot has an order twice');
    state.index(entry);
  }
  restoreChanges(state, snapshot.changed);
  return state;
}

function levelsOf(ladder: Ladder): LevelSnapshot[] {
  const levels: LevelSnapshot[] = [];
  for (let rank = 0, level = ladder.at(0); level !== undefined; level = ladder.at(++rank)) {
    const queue: QueueSnapshot[] = [];
    for (let entry = level.head; entry !== null; entry = entry.next) {
      queue.push(entry.order === null ? { flow: entry.leaves } : orderOf(entry));
    }
    levels.push({ price: level.price, queue });
  }
  return levels;
}

function orderOf(entry: QueueEntry): OrderSnapshot {
  return { order: entry.order as StayingOrder, leaves: entry.leaves, sequence: entry.sequence };
}

function entryOf({ order, leaves, sequence }: OrderSnapshot): QueueEntry {
  assert(positive(leaves) <= positive(order.quantity), 'an order in the book snapshot has more left than it wanted');
  const entry = queueEntry(order, leaves, positive(sequence));
  entry.filled = order.quantity - leaves;
  return entry;
}

function restoreLevel(state: BookState, side: Side, { price, queue }: LevelSnapshot, entries: QueueEntry[]): void {
  assert(queue.length > 0, 'the book snapshot has an empty level');
  for (const place of queue) {
    if ('flow' in place) {
      state.appendFlow(side, positive(price), positive(place.flow));
    } else {
      const entry = entryOf(place);
      assert(place.order.side === side, 'the book snapshot has an order on the wrong side');
      state.ladder(side).open(positive(price)).append(entry);
      entries.push(entry);
    }
  }
}

function restoreChanges(state: BookState, changed: BookSnapshot['changed']): void {
  state.changes.clear();
  for (const price of changed.bids) state.changes.touch('buy', price);
  for (const price of changed.asks) state.changes.touch('sell', price);
  if (!changed.complete) state.changes.overflow();
}

function positive(value: number): number {
  assert(Number.isSafeInteger(value) && value > 0, 'a number in the book snapshot is not a positive safe integer');
  return value;
}
