import { type PriceTicks, type QuantityLots, required } from '@portcullis/kernel';
import { rejectionOf } from './admission.ts';
import type { BookChanges, BookLevel } from './changes.ts';
import type { BookEvent } from './events.ts';
import { printTrade, replaceFlow, setFlowLevel } from './flow.ts';
import type { Ladder } from './ladder.ts';
import { type QueueEntry, queueEntry } from './level.ts';
import { BOOK_LIMITS_DEFAULT, type BookLimits } from './limits.ts';
import { activate, runTriggered } from './matching.ts';
import type { NewOrder, OpenOrder, Side, StayingOrder } from './orders.ts';
import { type BookSnapshot, snapshotOf, stateOf } from './snapshot.ts';
import { BookState } from './state.ts';

/**
 * The book of one instrument: many parties, price-time priority, exact integers, no clock. Each command returns
 * what happened, in order, and leaves the book uncrossed. The invariants M1–M10 are listed in README.md.
 */
export class OrderBook {
  readonly #state: BookState;

  private constructor(state: BookState) {
    this.#state = state;
  }

  /** An empty book. Its first trade has the id 1. */
  static empty(limits: Partial<BookLimits> = {}): OrderBook {
    return new OrderBook(new BookState({ ...BOOK_LIMITS_DEFAULT, ...limits }));
  }

  /** The book that `snapshot` was taken of: it answers every later command as the original would. */
  static restore(snapshot: BookSnapshot, limits: Partial<BookLimits> = {}): OrderBook {
    return new OrderBook(stateOf(snapshot, { ...BOOK_LIMITS_DEFAULT, ...limits }));
  }

  /** The whole book as plain JSON. */
  snapshot(): BookSnapshot {
    return snapshotOf(this.#state);
  }

  /** Submits an order: `rejected` alone, or `accepted` and what follows from it. */
  submit(order: NewOrder): BookEvent[] {
    const state = this.#state;
    const reason = rejectionOf(state, order);
    if (reason !== undefined) {
      state.emit({ kind: 'rejected', orderId: order.orderId, party: order.party, reason });
      return state.takeEvents();
    }
    state.emit({ kind: 'accepted', order });
    // An order by notional is bounded by its notional; its lots by what numbers can count.
    const quantity = order.type === 'market-notional' ? Number.MAX_SAFE_INTEGER : order.quantity;
    const entry = queueEntry(order, quantity, state.sequenceNext++);
    if (order.type === 'stop-limit' || order.type === 'stop-market') {
      state.stops.add(entry);
      state.index(entry);
    } else {
      activate(state, entry, order);
    }
    return this.#conclude();
  }

  /** Cancels an open order, waiting or working: `canceled`, or `cancel-rejected` when there is none with this id. */
  cancel(orderId: string): BookEvent[] {
    const entry = this.#state.orders.get(orderId);
    if (entry === undefined) return [{ kind: 'cancel-rejected', orderId, reason: 'unknown-order' }];
    return [this.#cancelEntry(entry)];
  }

  /** Cancels all open orders of a party, in the order of their acceptance. */
  cancelAll(party: string): BookEvent[] {
    return [...(this.#state.parties.get(party) ?? [])].map((entry) => this.#cancelEntry(entry));
  }

  /**
   * Makes the anonymous flow display `quantity` lots at a level (an absolute quantity, as recorded depth has it; 0
   * removes it). Returns the trades with orders of parties that the new level crosses, and what follows from them.
   * See README.md, "Flow".
   */
  setLevel(side: Side, price: PriceTicks, quantity: QuantityLots): BookEvent[] {
    setFlowLevel(this.#state, side, price, quantity);
    return this.#conclude();
  }

  /** Makes the flow display exactly these levels (a depth snapshot after a gap). Queues keep what stays of them. */
  setLevels(levels: { readonly bids: readonly BookLevel[]; readonly asks: readonly BookLevel[] }): BookEvent[] {
    replaceFlow(this.#state, levels);
    return this.#conclude();
  }

  /**
   * A recorded print: it consumes the queue at its price, flow and parties in time priority, after the orders of
   * parties at better prices. Returns the trades of parties, and what follows from them. See README.md, "Flow".
   */
  recordedTrade(price: PriceTicks, quantity: QuantityLots, aggressorSide: Side): BookEvent[] {
    printTrade(this.#state, price, quantity, aggressorSide);
    return this.#conclude();
  }

  /** The highest bid with the quantity of all at it. */
  bestBid(): BookLevel | undefined {
    return levelAt(this.#state.bids, 0);
  }

  /** The lowest ask with the quantity of all at it. */
  bestAsk(): BookLevel | undefined {
    return levelAt(this.#state.asks, 0);
  }

  /** At most `levelCountMax` aggregated levels of each side, best first. */
  depth(levelCountMax: number): { bids: BookLevel[]; asks: BookLevel[] } {
    return { bids: bestLevels(this.#state.bids, levelCountMax), asks: bestLevels(this.#state.asks, levelCountMax) };
  }

  /** Lots of all parties and the flow at a level. */
  levelQuantity(side: Side, price: PriceTicks): QuantityLots {
    return (this.#state.ladder(side).get(price)?.total ?? 0) as QuantityLots;
  }

  /** Lots of the flow at a level. */
  flowQuantity(side: Side, price: PriceTicks): QuantityLots {
    return (this.#state.ladder(side).get(price)?.flow ?? 0) as QuantityLots;
  }

  /** The price of the last trade, recorded prints included; undefined before the first. Stops trigger on it. */
  lastTradePrice(): PriceTicks | undefined {
    return (this.#state.lastTradePrice ?? undefined) as PriceTicks | undefined;
  }

  /** The open order with this id, or undefined when it ended or never was. */
  order(orderId: string): OpenOrder | undefined {
    const entry = this.#state.orders.get(orderId);
    return entry === undefined ? undefined : openOrder(entry);
  }

  /** The open orders of a party, by acceptance. */
  openOrders(party: string): OpenOrder[] {
    return [...(this.#state.parties.get(party) ?? [])].map(openOrder);
  }

  /** Open orders of all parties, working and waiting. */
  openOrderCount(): number {
    return this.#state.orders.size;
  }

  /** The levels that changed since the last call, and forgets them. */
  drainChanges(): BookChanges {
    const { changes } = this.#state;
    const drained = {
      complete: changes.complete,
      bids: changes.prices('buy').map((price) => this.#levelNow('buy', price)),
      asks: changes.prices('sell').map((price) => this.#levelNow('sell', price)),
    };
    changes.clear();
    return drained;
  }

  #levelNow(side: Side, price: number): BookLevel {
    return { price: price as PriceTicks, quantity: this.levelQuantity(side, price as PriceTicks) };
  }

  #cancelEntry(entry: QueueEntry): BookEvent {
    const { orderId, party } = required(entry.order, 'order of an open entry');
    this.#state.remove(entry);
    return { kind: 'canceled', orderId, party, leavesQuantity: entry.leaves as QuantityLots };
  }

  #conclude(): BookEvent[] {
    runTriggered(this.#state);
    return this.#state.takeEvents();
  }
}

function levelAt(ladder: Ladder, rank: number): BookLevel | undefined {
  const level = ladder.at(rank);
  if (level === undefined) return undefined;
  return { price: level.price as PriceTicks, quantity: level.total as QuantityLots };
}

function bestLevels(ladder: Ladder, countMax: number): BookLevel[] {
  const levels: BookLevel[] = [];
  for (let rank = 0; rank < countMax; rank++) {
    const level = levelAt(ladder, rank);
    if (level === undefined) break;
    levels.push(level);
  }
  return levels;
}

function openOrder(entry: QueueEntry): OpenOrder {
  return {
    order: entry.order as StayingOrder,
    leavesQuantity: entry.leaves as QuantityLots,
    filledQuantity: entry.filled as QuantityLots,
    state: entry.waiting ? 'waiting' : 'working',
    sequence: entry.sequence,
  };
}
