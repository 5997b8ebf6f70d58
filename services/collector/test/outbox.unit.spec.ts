import { expect, test } from '@jest/globals';
import type { NumberedEvent } from '@portcullis/market';
import { Outbox } from '../src/state/outbox.ts';

const scales = { priceScale: 0, quantityScale: 0, tsEvent: 1, tsEventNanos: 0, tsInit: 7 };
const quote = (symbol: string, seq: number): NumberedEvent => ({
  ...scales,
  kind: 'quote',
  symbol,
  seq,
  sequence: 0,
  bidPrice: seq,
  bidQuantity: 1,
  askPrice: seq + 1,
  askQuantity: 1,
});
const trade = (symbol: string, seq: number, aggressor: 'buy' | 'unknown' = 'buy'): NumberedEvent => ({
  ...scales,
  kind: 'trade',
  symbol,
  seq,
  tradeId: `t${seq}`,
  price: 1,
  quantity: 1,
  aggressor,
});
const gap = (symbol: string, seq: number): NumberedEvent => ({
  ...scales,
  kind: 'gap',
  symbol,
  seq,
  reason: 'disconnect',
  detail: '',
  stream: 'all',
  from: 0,
  to: 0,
});

function all(outbox: Outbox): string[] {
  const taken = [];
  for (let event = outbox.take(); event !== undefined; event = outbox.take()) {
    taken.push(`${event.symbol} ${event.seq} ${event.kind}${event.skipped === undefined ? '' : ` +${event.skipped}`}`);
  }
  return taken;
}

/** Whether a reader that had everything so far sees no hole. */
function isWhole(told: readonly string[]): boolean {
  const last = new Map<string, number>();
  return told.every((text) => {
    const [symbol = '', seq, , skipped = '+0'] = text.split(' ');
    const before = last.get(symbol);
    last.set(symbol, Number(seq));
    return before === undefined || Number(seq) - Number(skipped) === before + 1;
  });
}

test('gives events in the order of their numbers, complete', () => {
  const outbox = new Outbox();
  for (const seq of [500, 501]) outbox.add('venuesim', trade('X', seq));
  outbox.add('venuesim', trade('Y', 500));
  expect(outbox.take()).toEqual({
    version: 1,
    venue: 'venuesim',
    kind: 'trade',
    symbol: 'X',
    seq: 500,
    tsInit: 7,
    tsEvent: 1,
    tradeId: 't500',
    price: '1',
    quantity: '1',
    aggressor: 'buy',
  });
  expect(all(outbox)).toEqual(['X 501 trade', 'Y 500 trade']);
});

test('of quotes only the newest of an instrument waits, and what is left out is said', () => {
  const outbox = new Outbox();
  outbox.add('v', quote('X', 1));
  outbox.add('v', trade('X', 2));
  outbox.add('v', quote('X', 3));
  outbox.add('v', quote('X', 4));
  outbox.add('v', quote('Y', 9));
  outbox.add('v', trade('X', 5));
  expect(outbox.waiting).toBe(4);
  expect(all(outbox)).toEqual(['X 2 trade +1', 'X 4 quote +1', 'Y 9 quote', 'X 5 trade']);
  expect(outbox.counters).toEqual({ conflated: 2, dropped: 0, unsayable: 0 });
});

test('what the bus has no words for is left out and counted', () => {
  const outbox = new Outbox();
  outbox.add('v', trade('X', 1));
  outbox.add('v', trade('X', 2, 'unknown'));
  outbox.leaveOut('v', 'X');
  outbox.add('v', trade('X', 4));
  expect(all(outbox)).toEqual(['X 1 trade', 'X 4 trade +2']);
  expect(outbox.counters.unsayable).toBe(1);
});

test('what finds no room is counted, leaves a hole and is told once there is room; gaps always find room', () => {
  const outbox = new Outbox({ waitingMax: 2 });
  expect([1, 2, 3, 4].map((seq) => outbox.add('v', trade('X', seq)))).toEqual([true, true, false, false]);
  outbox.add('v', gap('X', 5));
  expect(outbox.counters.dropped).toBe(2);
  expect(outbox.takeLosses()).toEqual([]);
  const told = all(outbox);
  expect(told).toEqual(['X 1 trade', 'X 2 trade', 'X 5 gap']);
  expect(isWhole(told)).toBe(false);
  expect(outbox.takeLosses()).toEqual([{ venue: 'v', symbol: 'X', count: 2 }]);
  expect(outbox.takeLosses()).toEqual([]);
});

test('stays small while quotes are replaced over and over, and still says every number', () => {
  const outbox = new Outbox();
  let seq = 0;
  outbox.add('v', trade('X', ++seq));
  for (let i = 0; i < 50_000; i++) {
    outbox.add('v', quote('X', ++seq));
    if (i % 1000 === 0) outbox.add('v', trade('X', ++seq));
    if (i % 7 === 0) {
      outbox.leaveOut('v', 'X');
      seq += 1;
    }
  }
  const told = all(outbox);
  expect(told).toHaveLength(52);
  expect(isWhole(told)).toBe(true);
  expect(outbox.waiting).toBe(0);
  outbox.add('v', trade('X', ++seq));
  expect(isWhole([...told, ...all(outbox)])).toBe(true);
});
