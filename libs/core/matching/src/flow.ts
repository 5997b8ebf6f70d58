import { assert } from '@portcullis/kernel';
import { trade } from './matching.ts';
import { type QueueEntry, queueEntry } from './level.ts';
import { ORDER_QUANTITY_MAX } from './limits.ts';
import { type Side, oppositeSide } from './orders.ts';
import type { BookState } from './state.ts';

// The model, its assumption about queue positions and its reasons: README.md, "Flow".

/** Makes the flow display `quantity` lots at a level, less what matched against crossed orders of parties. */
export function setFlowLevel(state: BookState, side: Side, price: number, quantity: number): void {
  assert(Number.isSafeInteger(price) && price > 0, 'a flow level needs a positive safe integer price');
  assert(
    Number.isSafeInteger(quantity) && quantity >= 0 && quantity <= ORDER_QUANTITY_MAX,
    'a flow quantity is out of range',
  );
  const level = state.ladder(side).get(price);
  const displayed = level === undefined ? 0 : level.flow;
  if (quantity === displayed) return;
  if (level !== undefined && quantity < displayed) {
    state.removeFlow(side, level, displayed - quantity);
    return;
  }
  const incoming = queueEntry(null, quantity - displayed, 0);
  sweep(state, oppositeSide(side), price, incoming);
  if (incoming.leaves > 0 && makeRoom(state, side, price)) state.appendFlow(side, price, incoming.leaves);
}

/** Makes the flow display exactly the given levels and nothing else, less what matched against orders of parties. */
export function replaceFlow(
  state: BookState,
  levels: { readonly bids: readonly FlowLevel[]; readonly asks: readonly FlowLevel[] },
): void {
  // What the new picture does not show goes first, so that no old level looks crossed by a new one.
  clearUnlisted(state, 'buy', levels.bids);
  clearUnlisted(state, 'sell', levels.asks);
  for (const { price, quantity } of levels.bids) setFlowLevel(state, 'buy', price, quantity);
  for (const { price, quantity } of levels.asks) setFlowLevel(state, 'sell', price, quantity);
}

/** A level of recorded depth, in ticks and lots. */
export interface FlowLevel {
  readonly price: number;
  readonly quantity: number;
}

/** Lets a recorded print consume the queue that it hit. */
export function printTrade(state: BookState, price: number, quantity: number, aggressorSide: Side): void {
  assert(Number.isSafeInteger(price) && price > 0, 'a recorded trade needs a positive safe integer price');
  assert(
    Number.isSafeInteger(quantity) && quantity > 0 && quantity <= ORDER_QUANTITY_MAX,
    'a printed quantity is out of range',
  );
  const restingSide = oppositeSide(aggressorSide);
  const print = queueEntry(null, quantity, 0);
  sweep(state, restingSide, aggressorSide === 'buy' ? price - 1 : price + 1, print);
  const level = state.ladder(restingSide).get(price);
  if (level !== undefined) {
    for (let head = level.head; head !== null && print.leaves > 0; head = level.head) {
      const taken = Math.min(head.leaves, print.leaves);
      if (head.order === null) {
        print.leaves -= taken;
        state.reduce(restingSide, head, taken);
      } else {
        trade(state, print, head, taken);
      }
    }
  }
  state.lastTradePrice = price;
  state.stops.collectTriggered(price, state.triggered);
}

/**
 * Crosses one side up to `limit`, included: the flow there is stale and goes, then the orders of parties trade with
 * the aggressor in price-time priority while it has lots.
 */
function sweep(state: BookState, side: Side, limit: number, aggressor: QueueEntry): void {
  const ladder = state.ladder(side);
  for (let rank = 0, level = ladder.at(0); level !== undefined; level = ladder.at(rank)) {
    if (!ladder.reaches(level.price, limit)) break;
    if (level.flow > 0) state.removeFlow(side, level, level.flow);
    if (level.head !== null) rank++;
  }
  for (let level = ladder.best(); level !== undefined && aggressor.leaves > 0; level = ladder.best()) {
    if (!ladder.reaches(level.price, limit)) return;
    const maker = level.head as QueueEntry;
    trade(state, aggressor, maker, Math.min(aggressor.leaves, maker.leaves));
  }
}

/** Whether flow may be added at `price`; at the limit of levels, the worst level of flow gives way to a better one. */
function makeRoom(state: BookState, side: Side, price: number): boolean {
  const ladder = state.ladder(side);
  if ((ladder.get(price)?.flow ?? 0) > 0 || state.flowLevelCount(side) < state.limits.flowLevelCountMax) return true;
  for (let rank = ladder.size - 1; rank >= 0; rank--) {
    const level = ladder.at(rank);
    if (level === undefined || level.flow === 0) continue;
    if (ladder.reaches(level.price, price)) return false;
    state.removeFlow(side, level, level.flow);
    return true;
  }
  return false;
}

function clearUnlisted(state: BookState, side: Side, levels: readonly FlowLevel[]): void {
  const listed = new Set(levels.map((level) => level.price));
  const ladder = state.ladder(side);
  for (let rank = 0, level = ladder.at(0); level !== undefined; level = ladder.at(rank)) {
    if (level.flow > 0 && !listed.has(level.price)) state.removeFlow(side, level, level.flow);
    if (level.head !== null) rank++;
  }
}
