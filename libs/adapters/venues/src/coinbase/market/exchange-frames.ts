import { Malformed, type Members } from '../../market/frame-members.ts';
import { rowsOf } from '../../market/wire-members.ts';
import { type WireNumber, unsignedNumber } from '../../market/wire-number.ts';
import type { EventTime } from '../../market/event-time.ts';
import { isoTime } from './iso-time.ts';
import { type Reading, bookOf, quoteOf, tradeOf } from './products.ts';

/** Levels a side: the whole book, which for the busiest product is some tens of thousands. */
const LEVELS_MAX = 100_000;

/**
 * A frame of the Exchange (once Pro) feed, as older captures hold them. `last_match` is the trade before the subscription
 * and left out; `sequence` counts the product's orders, which only the full channel tells, so that it says nothing about
 * holes here (trade ids do). Throws {@link Malformed}. Source: Coinbase Exchange, "Exchange WebSocket Channels".
 */
export function readExchange(frame: Members, reading: Reading): void {
  switch (frame['type']) {
    case 'l2update':
      return readUpdate(frame, reading);
    case 'match':
      return readMatch(frame, reading);
    case 'ticker':
      return readTicker(frame, reading);
    case 'snapshot':
      return readSnapshot(frame, reading);
    case 'error':
      throw new Malformed('error', frame['message'] ?? frame['reason'], 'an accepted request');
    default:
      // Subscriptions, heartbeats, status, and the orders of the full channel.
      return;
  }
}

function readUpdate(frame: Members, reading: Reading): void {
  const product = reading.products.of(frame);
  const bids: WireNumber[] = [];
  const asks: WireNumber[] = [];
  for (const change of rowsOf(frame['changes'], 'changes', LEVELS_MAX)) {
    const [side, price, size] = rowsOf(change, 'changes');
    if (side !== 'buy' && side !== 'sell') throw new Malformed('changes', side, 'buy or sell');
    (side === 'buy' ? bids : asks).push(unsignedNumber(price, 'changes'), unsignedNumber(size, 'changes'));
  }
  reading.out.push(bookOf('delta', { bids, asks }, product, timeOf(frame, reading)));
}

function readSnapshot(frame: Members, reading: Reading): void {
  const product = reading.products.of(frame);
  const levels = { bids: side(frame, 'bids'), asks: side(frame, 'asks') };
  reading.out.push(bookOf('snapshot', levels, product, timeOf(frame, reading)));
}

function side(frame: Members, member: 'bids' | 'asks'): WireNumber[] {
  const levels: WireNumber[] = [];
  for (const level of rowsOf(frame[member], member, LEVELS_MAX)) {
    const [price, size] = rowsOf(level, member);
    levels.push(unsignedNumber(price, member), unsignedNumber(size, member));
  }
  return levels;
}

function readMatch(frame: Members, reading: Reading): void {
  reading.out.push(tradeOf(frame, reading.products.of(frame), timeOf(frame, reading)));
}

/** The best prices as they were right after a trade, whose time it has; the first one's trade may be long ago. */
function readTicker(frame: Members, reading: Reading): void {
  const product = reading.products.of(frame);
  const best = {
    bid: frame['best_bid'],
    bidQuantity: frame['best_bid_size'],
    ask: frame['best_ask'],
    askQuantity: frame['best_ask_size'],
  };
  const quote = quoteOf(best, product, timeOf(frame, reading));
  if (quote !== undefined) reading.out.push(quote);
}

/** Whole books, and in the oldest captures everything of the book, come without a time. */
function timeOf(frame: Members, { receivedMicros }: Reading): EventTime {
  if (frame['time'] !== undefined) return isoTime(frame['time'], 'time');
  return { tsEvent: receivedMicros, tsEventNanos: 0 };
}
