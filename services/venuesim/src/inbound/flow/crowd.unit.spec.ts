import { describe, expect, test } from '@jest/globals';
import { type BookEvent, OrderBook } from '@portcullis/matching';
import { btcusdtRules } from '@portcullis/testkit/instrument';
import { Crowd } from './crowd.ts';

const rules = btcusdtRules();
const ROUNDS_PER_SECOND = 50;
const START = 6_000_000;

function play(
  seed: number,
  rounds: number,
  kept = true,
): { events: BookEvent[]; book: OrderBook; mids: number[]; spreads: number[]; openMax: number } {
  const book = OrderBook.empty();
  const crowd = new Crowd({
    seed,
    rules: rules,
    book,
    startPrice: START,
    anchorPrice: START,
    roundsPerSecond: ROUNDS_PER_SECOND,
    trendBpsPerSecond: 2,
  });
  const events: BookEvent[] = [];
  const [mids, spreads]: [number[], number[]] = [[], []];
  let openMax = 0;
  for (let round = 0; round < rounds; round++) {
    for (const done of crowd.round()) if (kept) events.push(...done);
    openMax = Math.max(openMax, book.openOrderCount());
    const [bid, ask] = [book.bestBid()?.price ?? 0, book.bestAsk()?.price ?? 0];
    mids.push((bid + ask) / 2);
    spreads.push(ask - bid);
  }
  return { events, book, mids, spreads, openMax };
}

describe('the crowd', () => {
  test('does the same for the same seed, something else for another', () => {
    expect(play(1, 500).events).toEqual(play(1, 500).events);
    expect(play(2, 500).events).not.toEqual(play(1, 500).events);
  });

  test('keeps a book of a few ticks, with a bounded number of orders, for ten minutes', () => {
    const { spreads, openMax, mids } = play(3, 600 * ROUNDS_PER_SECOND, false);
    expect(spreads.slice(10).every((spread) => spread > 0)).toBe(true);
    expect([...spreads].sort((a, b) => a - b)[Math.floor(spreads.length / 2)]).toBeLessThanOrEqual(10);
    expect(openMax).toBeLessThan(150);
    // Trends lean back, so that the price stays in the range of its start.
    expect(mids.slice(10).every((mid) => Math.abs(mid / START - 1) < 0.02)).toBe(true);
  });

  test('runs in trends of seconds, so that averages cross', () => {
    const { mids } = play(4, 60 * ROUNDS_PER_SECOND);
    const average = (at: number, seconds: number): number => {
      const slice = mids.slice(Math.max(10, at - seconds * ROUNDS_PER_SECOND), at);
      return slice.reduce((sum, mid) => sum + mid, 0) / slice.length;
    };
    let crossings = 0;
    let above: boolean | undefined;
    for (let at = 12 * ROUNDS_PER_SECOND; at < mids.length; at += ROUNDS_PER_SECOND) {
      const now = average(at, 3) > average(at, 10);
      if (above !== undefined && now !== above) crossings++;
      above = now;
    }
    expect(crossings).toBeGreaterThanOrEqual(3);
  });

  test('trades often', () => {
    const trades = play(5, 60 * ROUNDS_PER_SECOND).events.filter((event) => event.kind === 'trade');
    expect(trades.length).toBeGreaterThan(60 * 5);
  });
});
