import { describe, expect, test } from '@jest/globals';
import { type PriceTicks, quantityLots } from '@portcullis/kernel';
import type { BookInput, GapInput, MarketInput, QuoteInput } from '@portcullis/market';
import type { FillModel } from '@portcullis/fills';
import { type PreparedReplay, ReplayRun, type ReplaySnapshot, type ReplaySummary } from '../src/index.ts';
import { DAY_START, Records, bars, configOf, merged, prepared, quotes, replayed, trades } from './language.ts';
import { type Script, scripted } from './scripted.ts';

/** Asks for an order on a timer each second: what the gate says shows which mark it has. */
function judged(model: FillModel, events: readonly MarketInput[]) {
  const script: Script = {
    timerMicros: 1_000_000,
    timer: (context) => void context.submit({ side: 'buy', type: 'market', quantity: quantityLots(1) }),
    event: () => undefined,
  };
  const execution = { ...configOf().execution, model };
  const { summary, records } = replayed(
    prepared(configOf({ strategy: 'scripted', parameters: {}, execution }), [scripted(script)]),
    events,
  );
  return { summary, denied: records.denials.map(({ at, code }) => [(at - DAY_START) / 1_000_000, code]) };
}

const at = (seconds: number): number => DAY_START + seconds * 1_000_000;
let seq = 0;

function placed(seconds: number) {
  seq += 1;
  return { slot: 0, seq, tsEvent: at(seconds), tsInit: at(seconds) };
}

function gap(seconds: number, over: Partial<GapInput>): GapInput {
  return { kind: 'gap', ...placed(seconds), reason: 'gap', detail: '', stream: 'all', from: 0, to: 0, ...over };
}

function quote(seconds: number): QuoteInput {
  const [bidPrice, askPrice] = [2_000_000 as PriceTicks, 2_000_010 as PriceTicks];
  const [bidQuantity, askQuantity] = [quantityLots(100_000), quantityLots(100_000)];
  return { kind: 'quote', ...placed(seconds), bidPrice, askPrice, bidQuantity, askQuantity };
}

function book(seconds: number, over: Partial<BookInput>): BookInput {
  return { kind: 'book', ...placed(seconds), snapshot: false, bids: [], asks: [], ...over };
}

const WHOLE = { snapshot: true, bids: [2_000_000, 100_000], asks: [2_000_010, 100_000] };

describe('the gate has a mark', () => {
  test('of quotes until a hole, and again after the resync and one more quote', () => {
    const { denied } = judged('quotes', [
      quote(0.5),
      gap(1.5, { stream: 'quote' }),
      quote(2.5),
      gap(3.5, { stream: 'quote', reason: 'resync' }),
      quote(4.5),
      quote(5.5),
    ]);
    expect(denied).toEqual([
      [2, 'MARKET_GAPPED'],
      [3, 'MARKET_GAPPED'],
      [4, 'MARK_MISSING'],
    ]);
  });

  test('of quotes again after a hole whose end is known', () => {
    const { denied } = judged('quotes', [
      quote(0.5),
      gap(1.5, { stream: 'quote', from: at(1.5), to: at(3) }),
      quote(2.5),
      quote(3.5),
      quote(4.5),
    ]);
    expect(denied).toEqual([
      [2, 'MARKET_GAPPED'],
      [3, 'MARKET_GAPPED'],
    ]);
  });

  test('of quotes whatever holes the trades have', () => {
    expect(judged('quotes', [quote(0.5), gap(1.5, { stream: 'trade' }), quote(2.5), quote(4.5)]).denied).toEqual([]);
  });

  test('of a book from its snapshot on; not while a side is empty, and after a crossing not before the next snapshot', () => {
    const { denied } = judged('book', [
      book(0.5, { bids: [1_999_990, 5] }),
      book(1.5, WHOLE),
      book(2.5, { asks: [2_000_010, 0] }),
      book(3.5, { asks: [2_000_020, 7] }),
      book(4.5, { bids: [2_000_030, 7] }),
      book(5.5, { bids: [2_000_030, 0] }),
      book(6.5, WHOLE),
      book(7.5, { bids: [1_999_000, 5] }),
      gap(8.5, { stream: 'book' }),
      book(9.5, WHOLE),
      gap(10.5, { stream: 'book', reason: 'resync' }),
      book(11.5, WHOLE),
      book(12.5, WHOLE),
    ]);
    expect(denied.map(([second]) => second)).toEqual([1, 3, 5, 6, 9, 10, 11]);
  });

  test('of bars and trades again with the next of them', () => {
    const data: readonly MarketInput[] = bars(3, 5);
    const hole = (data[1] as MarketInput).tsEvent;
    const inside = { ...gap(0, { stream: 'bar' }), seq: 1000, tsEvent: hole, tsInit: hole };
    const { denied } = judged('next-open', data.toSpliced(2, 0, inside));
    expect(denied).toHaveLength(60);
    expect(new Set(denied.map(([, code]) => code))).toEqual(new Set(['MARKET_GAPPED']));
  });
});

test('with a book kept, a run resumes as it would have gone on', () => {
  const stream = merged(
    quotes(8, 300).map(
      ({ slot, seq: number, tsEvent, tsInit, bidPrice, askPrice, bidQuantity, askQuantity }): BookInput => {
        const [bids, asks] = [
          [bidPrice, bidQuantity],
          [askPrice, askQuantity],
        ];
        return { kind: 'book', slot, seq: number, tsEvent, tsInit, snapshot: number % 10 === 1, bids, asks };
      },
    ),
    trades(8, 100, 1),
  );
  const config = configOf();
  const [first] = config.instruments;
  const instruments = ['A', 'B'].map((symbol) => {
    const given = first as NonNullable<typeof first>;
    return { ...given, definition: { ...given.definition, symbol } };
  });
  const script: Script = {
    timerMicros: 500_000,
    timer: (context) =>
      void context.submit({ side: context.position > 0 ? 'sell' : 'buy', type: 'market', quantity: quantityLots(10) }),
  };
  const execution = { ...config.execution, model: 'book' as const };
  const made = prepared(configOf({ strategy: 'scripted', parameters: {}, instruments, execution }), [scripted(script)]);
  const whole = replayed(made, stream);
  expect(whole.summary.approved).toBeGreaterThan(3);
  expect(whole.summary.denied).toBeGreaterThan(3);
  for (const stop of [1, 37, 150, 399]) {
    const half = replayedFrom(made, stream, stop);
    expect(half).toEqual(whole.summary);
  }
});

/** The summary of a run that was stopped before event `stop`, kept as JSON, and went on as another. */
function replayedFrom(made: PreparedReplay, events: readonly MarketInput[], stop: number): ReplaySummary {
  const before = new ReplayRun(made, new Records());
  for (const event of events.slice(0, stop)) before.feed(event);
  const after = new ReplayRun(made, new Records());
  after.restore(JSON.parse(JSON.stringify(before.snapshot())) as ReplaySnapshot);
  for (const event of events.slice(stop)) after.feed(event);
  return after.finish();
}
