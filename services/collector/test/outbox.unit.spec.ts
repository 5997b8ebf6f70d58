import { expect, test } from '@jest/globals';
import type { VenueMarketEvent } from '@portcullis/venues';
import { Outbox } from '../src/state/outbox.ts';

const quote = (symbol: string, bidPrice: string): VenueMarketEvent => ({
  kind: 'quote',
  symbol,
  tsEvent: 1,
  bidPrice,
  bidQuantity: '1',
  askPrice: '9',
  askQuantity: '1',
});
const trade = (symbol: string, tradeId: string): VenueMarketEvent => ({
  kind: 'trade',
  symbol,
  tsEvent: 1,
  tradeId,
  price: '1',
  quantity: '1',
  aggressor: 'buy',
});

function all(outbox: Outbox): string[] {
  const taken = [];
  for (let event = outbox.take(); event !== undefined; event = outbox.take()) {
    taken.push(
      `${event.symbol} ${event.seq} ${event.kind === 'quote' ? event.bidPrice : event.kind === 'trade' ? event.tradeId : event.kind}`,
    );
  }
  return taken;
}

test('numbers the events of each instrument one by one, from the first number on', () => {
  const outbox = new Outbox({ venue: 'venuesim', firstSequence: 500 });
  for (const id of ['a', 'b']) outbox.add(trade('X', id), 7);
  outbox.add(trade('Y', 'c'), 7);
  expect(all(outbox)).toEqual(['X 500 a', 'X 501 b', 'Y 500 c']);
  outbox.add(trade('X', 'd'), 7);
  expect(outbox.take()).toEqual({ version: 1, venue: 'venuesim', seq: 502, tsInit: 7, ...trade('X', 'd') });
});

test('of quotes only the newest of an instrument waits, and conflation leaves no hole in the numbers', () => {
  const outbox = new Outbox({ venue: 'venuesim', firstSequence: 1 });
  outbox.add(quote('X', '1'), 1);
  outbox.add(trade('X', 'a'), 1);
  outbox.add(quote('X', '2'), 1);
  outbox.add(quote('Y', '3'), 1);
  expect(all(outbox)).toEqual(['X 1 a', 'X 2 2', 'Y 1 3']);
  expect(outbox.counters).toEqual({ conflated: 1, dropped: 0 });
});

test('what finds no room is counted and told once there is room, gaps always find room', () => {
  const outbox = new Outbox({ venue: 'venuesim', firstSequence: 1, waitingMax: 2 });
  for (const id of ['a', 'b', 'c', 'd']) outbox.add(trade('X', id), 1);
  outbox.add({ kind: 'gap', symbol: 'X', tsEvent: 1, reason: 'disconnect', detail: '' }, 1);
  expect(outbox.counters.dropped).toBe(2);
  expect(outbox.takeLosses()).toEqual([]);
  expect(all(outbox)).toEqual(['X 1 a', 'X 2 b', 'X 3 gap']);
  expect(outbox.takeLosses()).toEqual([{ symbol: 'X', count: 2 }]);
  expect(outbox.takeLosses()).toEqual([]);
});
