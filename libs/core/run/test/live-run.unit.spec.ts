import { describe, expect, test } from '@jest/globals';
import type { MarketEvent, OrderIntent } from '@portcullis/contracts';
import { clientOrderIdOf } from '@portcullis/execution';
import { type BookView, type StrategyHandlers, defineStrategy, z } from '@portcullis/strategy';
import { LiveOrders } from '../src/live-orders.ts';
import { MarketGuard, WORKING_ORDERS_MAX, replayJournal } from '../src/index.ts';
import { Drive, configuration, definition, logsOf, rules } from './language.ts';

function drive(handlers: StrategyHandlers, barMicros?: number) {
  const strategy = defineStrategy({
    name: 'reader',
    parameters: z.strictObject({}),
    ...(barMicros !== undefined && { barMicros: () => barMicros }),
    ...handlers,
  });
  return { run: new Drive(configuration({ strategy: 'reader', parameters: {} }), [strategy]), strategy };
}

describe('what a live run reads of the market', () => {
  const event = (seq: number, rest: object): MarketEvent =>
    ({
      ...{ version: 1, venue: definition.venue, symbol: definition.symbol, seq, tsEvent: seq, tsInit: seq },
      ...rest,
    }) as MarketEvent;
  const prices = { open: '100', high: '102', low: '99', close: '101', volume: '5', count: 9 };
  const bar = { kind: 'bar', period: 60_000_000, start: 0, ...prices } as const;
  const snapshot = { kind: 'snapshot', sequence: 1, bids: [['100', '1']], asks: [['101', '2']] } as const;
  const delta = { kind: 'delta', firstSequence: 2, lastSequence: 2, bids: [['100.5', '3']], asks: [] } as const;

  test('is what its strategy has handlers for', () => {
    const onBar = (): void => undefined;
    expect(drive({}).run.kernel.reads).toEqual({ bars: false, book: false });
    expect(drive({ onBar }).run.kernel.reads).toEqual({ bars: true, book: false });
    expect(drive({ onBar }, 1000).run.kernel.reads).toEqual({ bars: false, book: false });
    expect(drive({ onBook: onBar }).run.kernel.reads).toEqual({ bars: false, book: true });
  });

  test('passes the guard, and nothing else does', () => {
    const kinds = (guard: MarketGuard): string[] =>
      [event(1, bar), event(2, snapshot), event(3, delta), event(4, { kind: 'mark', price: '1' })]
        .flatMap((one) => guard.inputsOf(one, 10))
        .map((input) =>
          input.type === 'market' && 'bids' in input.event
            ? `${input.event.kind} ${input.event.bids.length}`
            : input.type,
        );
    expect(kinds(new MarketGuard(0))).toEqual(['snapshot 0']);
    expect(kinds(new MarketGuard(0, { bars: true, book: false }))).toEqual(['market', 'snapshot 0']);
    expect(kinds(new MarketGuard(0, { bars: false, book: true }))).toEqual(['snapshot 1', 'delta 1']);
  });

  test('bars of the venue and books come in exact numbers, and the journal replays to the same hash', () => {
    const seen: unknown[] = [];
    const { run, strategy } = drive({
      onBar: (_context, { close, volume, end }) => void seen.push([close, volume, end]),
      onBook: (_context, view: BookView) => void seen.push([view.bestBid, view.bestAsk]),
    });
    run.market(bar);
    run.market({ ...snapshot, bids: [['100', '1']], asks: [['101', '2']] });
    run.market({ ...delta, bids: [['100.5', '3']], asks: [] });
    expect(seen).toEqual([
      [10_100, 5000, 60_000_000],
      [10_000, 10_100],
      [10_050, 10_100],
    ]);
    const replayed = replayJournal(run.journal, [strategy]);
    expect(replayed.ok && replayed.value.decisionHash).toBe(run.kernel.decisionHash);
  });

  test('a change of the book that cannot be right makes the book unknown until it is whole again', () => {
    const gaps: string[] = [];
    const books: unknown[] = [];
    const { run } = drive({
      onBook: (_context, view: BookView) => void books.push(view.bestBid),
      onGap: (_context, { reason }) => void gaps.push(reason),
    });
    run.market({ ...snapshot, bids: [['100', '1']], asks: [['101', '2']] });
    expect(logsOf(run.market({ ...delta, bids: [['100.001', '3']], asks: [] }))[0]).toContain('bids.0');
    run.market({ ...delta, bids: [['100.5', '3']], asks: [] });
    run.market({ ...snapshot, bids: [['99', '1']], asks: [['101', '2']] });
    expect(books).toEqual([10_000, 9900]);
    expect(gaps).toEqual(['gap']);
    expect(run.kernel.counters.malformed).toBe(1);
  });
});

describe('the ids of a run', () => {
  const intent = (n: number): OrderIntent => ({ intentId: `intent-${n}` }) as OrderIntent;

  test('are remembered for as long as an order works, however many others came after it', () => {
    const orders = new LiveOrders('run', rules, (order) => order === 1);
    for (let n = 1; n <= 50_000; n++) orders.intended(n, intent(n));
    const first = clientOrderIdOf('run', 'intent-1');
    expect([orders.numberOf(first), orders.clientOrderIdOf(1)]).toEqual([1, first]);
    expect(orders.clientOrderIdOf(2)).toBeUndefined();
    expect(orders.snapshot().orders).toHaveLength(20_000);
  });

  test('of intents that nobody answers are kept no longer than the run waits for them', () => {
    const orders = new LiveOrders('run', rules, () => false);
    for (let n = 1; n <= 5000; n++) orders.intended(n, intent(n));
    expect(orders.snapshot().unanswered.map(([number]) => number)).toEqual(
      Array.from({ length: WORKING_ORDERS_MAX }, (_, n) => 5000 - WORKING_ORDERS_MAX + 1 + n),
    );
  });
});
