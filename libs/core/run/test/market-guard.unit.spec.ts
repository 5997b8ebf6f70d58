import { expect, test } from '@jest/globals';
import type { MarketEvent } from '@portcullis/contracts';
import { MarketGuard } from '../src/index.ts';

const AT = 1_700_000_000_000_000;
const common = (seq: number, tsInit = AT) => ({
  version: 1 as const,
  venue: 'venuesim',
  symbol: 'BTCUSDT',
  seq,
  tsEvent: tsInit,
  tsInit,
});
const quote = (seq: number, tsInit = AT): MarketEvent => ({
  ...common(seq, tsInit),
  kind: 'quote',
  bidPrice: '1',
  bidQuantity: '1',
  askPrice: '2',
  askQuantity: '1',
});
const delta = (seq: number): MarketEvent => ({
  ...common(seq),
  kind: 'delta',
  firstSequence: 1,
  lastSequence: 1,
  bids: [],
  asks: [],
});
const types = (guard: MarketGuard, event: MarketEvent) => guard.inputsOf(event, AT).map((input) => input.type);

test('lets each message through once, tells of holes, and leaves deltas out without taking them for holes', () => {
  const guard = new MarketGuard(0);
  expect(types(guard, quote(1000))).toEqual(['market']);
  expect(types(guard, quote(1000))).toEqual([]);
  expect(types(guard, delta(1001))).toEqual([]);
  expect(types(guard, quote(1002))).toEqual(['market']);
  expect(guard.inputsOf(quote(1005), AT)[0]).toEqual({ type: 'gap', at: AT, expected: 1003, got: 1005 });
  expect({ duplicates: guard.duplicates, gaps: guard.gaps, stale: guard.stale }).toEqual({
    duplicates: 1,
    gaps: 1,
    stale: 0,
  });
});

test('numbers that the collector left out on purpose are no hole, others beside them are', () => {
  const guard = new MarketGuard(1000);
  expect(types(guard, { ...quote(1004), skipped: 3 })).toEqual(['market']);
  expect(guard.inputsOf({ ...quote(1008), skipped: 2 }, AT)[0]).toMatchObject({ type: 'gap', expected: 1005 });
  expect(guard.gaps).toBe(1);
});

test('history is left out and told of as a hole, but the news of a gap always passes', () => {
  const guard = new MarketGuard(7);
  const old = AT - 6_000_000;
  expect(types(guard, quote(8, old))).toEqual([]);
  expect(types(guard, { ...common(9, old), kind: 'gap', reason: 'disconnect', detail: '' })).toEqual(['gap', 'market']);
  expect(types(guard, quote(10))).toEqual(['market']);
  expect(guard.stale).toBe(1);
});
