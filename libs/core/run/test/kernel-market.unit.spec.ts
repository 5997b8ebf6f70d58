import { describe, expect, test } from '@jest/globals';
import { quantityLots } from '@portcullis/kernel';
import type { BookInput, GapInput } from '@portcullis/market';
import { type BookView, defineStrategy, z } from '@portcullis/strategy';
import { START, kernelOf, quote, started } from './exact-language.ts';

function gap(n: number, rest: Partial<GapInput> = {}): GapInput {
  const placed = { slot: 0, seq: n, tsEvent: START + n, tsInit: START + n };
  return { kind: 'gap', ...placed, reason: 'gap', detail: '', stream: 'all', from: 0, to: 0, ...rest };
}

function book(n: number, rest: Partial<BookInput>): BookInput {
  const placed = { slot: 0, seq: n, tsEvent: START + n, tsInit: START + n };
  return { kind: 'book', ...placed, snapshot: false, bids: [], asks: [], ...rest };
}

describe('after a hole in the quotes', () => {
  test.each<[string, Partial<GapInput>, number[]]>([
    ['whose end is not known, none is shown', {}, [1]],
    ['whose end is known, those from there on are', { to: START + 4 }, [1, 4, 5]],
    ['of the trades, all are', { stream: 'trade' }, [1, 3, 4, 5]],
  ])('%s', (_name, rest, shown) => {
    const seen: number[] = [];
    const handlers = { onQuote: (_context: unknown, { seq }: { seq: number }) => void seen.push(seq) };
    const kernel = started(handlers);
    for (const input of [quote(1), gap(2, rest), quote(3), quote(4), quote(5)]) kernel.step(input.tsEvent, input);
    expect(seen).toEqual(shown);
    const resumed = started(handlers);
    resumed.restore(JSON.parse(JSON.stringify(kernel.snapshot())) as ReturnType<typeof kernel.snapshot>);
    seen.length = 0;
    resumed.step(START + 9, quote(9));
    expect(seen).toEqual(shown.length === 1 ? [] : [9]);
  });
});

describe('timers', () => {
  const ticker = (timerMicros: number | undefined) =>
    defineStrategy({
      name: 'ticker',
      parameters: z.strictObject({}),
      state: () => ({ times: [] as number[] }),
      timerMicros: () => timerMicros,
      onTimer: ({ state, now }) => void state.times.push(now - START),
    });
  const period = 1_000_000;

  test('that come more often than the period are told once in each, across a restart too', () => {
    let kernel = kernelOf(ticker(period));
    kernel.step(START + 1, { kind: 'start' });
    for (let at = 250_000; at <= 3_000_000; at += 250_000) {
      kernel.step(START + at, { kind: 'timer' });
      const next = kernelOf(ticker(period));
      next.restore(kernel.snapshot());
      kernel = next;
    }
    // After a pause one is told, not all those that were missed.
    kernel.step(START + 9_400_000, { kind: 'timer' });
    kernel.step(START + 9_900_000, { kind: 'timer' });
    kernel.step(START + 10_000_000, { kind: 'timer' });
    const { times } = (JSON.parse(kernel.snapshot().strategy) as { state: { times: number[] } }).state;
    expect(times).toEqual([period, 2 * period, 3 * period, 9_400_000, 10_000_000]);
  });

  test('are not told to a strategy that asks for none', () => {
    const kernel = kernelOf(ticker(undefined));
    kernel.step(START, { kind: 'start' });
    kernel.step(START + 60_000_000, { kind: 'timer' });
    expect(kernel.snapshot().strategy).toContain('"times":[]');
  });
});

test('the stop is of no instrument, whichever the last event was of', () => {
  const slots: number[] = [];
  const kernel = started({
    onQuote: ({ slot }) => void slots.push(slot),
    onStop: ({ slot }) => void slots.push(slot),
  });
  kernel.step(START + 1, quote(1, { slot: 1 }));
  kernel.step(START + 2, { kind: 'stop', reason: 'done' });
  expect(slots).toEqual([1, 0]);
});

test('a book is shown while it is whole: from a snapshot to a hole, and never crossed', () => {
  const shown: unknown[] = [];
  const kernel = started({
    onBook: (context, view: BookView) => void shown.push([view.bestBid, view.bestAsk, context.book === view]),
    onQuote: (context) => void shown.push(context.book),
  });
  const changes = [
    book(1, { bids: [100, 1] }),
    book(2, { snapshot: true, bids: [100, 1, 99, 2], asks: [102, 3] }),
    book(3, { bids: [100, 0, 101, 5] }),
    gap(4),
    book(5, { bids: [98, 1] }),
    book(6, { snapshot: true, bids: [97, 1], asks: [98, 1] }),
    book(7, { bids: [98, quantityLots(1)] }),
    quote(8),
    book(9, { bids: [98, 0] }),
  ];
  for (const input of changes) kernel.step(input.tsEvent, input);
  expect(shown).toEqual([[100, 102, true], [101, 102, true], [97, 98, true], undefined]);
});
