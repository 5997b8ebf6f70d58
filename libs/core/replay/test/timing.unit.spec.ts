import { describe, expect, test } from '@jest/globals';
import { type PriceTicks, quantityLots } from '@portcullis/kernel';
import type { BarInput, QuoteInput } from '@portcullis/market';
import type { Latency } from '@portcullis/fills';
import {
  DAY_START,
  MINUTE,
  NO_LATENCY,
  bars,
  configOf,
  definition,
  instrument,
  merged,
  prepared,
  quotes,
  replayed,
  trades,
} from './language.ts';
import { type Script, scripted } from './scripted.ts';

const one = quantityLots(100_000);

function quoteRun(script: Script, latency: Partial<Latency>, stream: readonly QuoteInput[]) {
  const execution = { ...configOf().execution, model: 'quotes' as const, latency: { ...NO_LATENCY, ...latency } };
  return replayed(prepared(configOf({ strategy: 'scripted', parameters: {}, execution }), [scripted(script)]), stream);
}

/** Quotes one second apart. */
const slowly = quotes(3, 30).map((quote, i): QuoteInput => ({ ...quote, tsEvent: DAY_START + (i + 1) * 1_000_000 }));
const timeOf = (n: number): number => DAY_START + n * 1_000_000;

describe('latency', () => {
  test('the feed delays what the strategy sees; orders and answers take their time too', () => {
    const seen: number[] = [];
    const heard: number[] = [];
    const script: Script = {
      event(context, n) {
        seen.push(context.now);
        if (n === 5) context.submit({ side: 'buy', type: 'market', quantity: quantityLots(1) });
      },
      fill: (context) => void heard.push(context.now),
    };
    const { records } = quoteRun(
      script,
      { feedMicros: 1_500_000, orderMicros: 200_000, answerMicros: 100_000 },
      slowly,
    );
    expect(seen).toEqual(slowly.map(({ tsEvent }) => tsEvent + 1_500_000));
    // Seen at 6.5 s, at the venue at 6.7 s where quote 6 stands, back at 6.8 s.
    expect(heard).toEqual([timeOf(6) + 800_000]);
    expect(records.fills[0]?.price).toBe(((slowly[5] as QuoteInput).askPrice / 100).toString());
  });

  test('without any, an order on a quote is filled at that quote and heard of at once', () => {
    const heard: (readonly [number, number])[] = [];
    const script: Script = {
      event(context, n) {
        if (n === 5) context.submit({ side: 'buy', type: 'market', quantity: quantityLots(1) });
      },
      fill: (context, fill) => void heard.push([context.now, fill.price]),
    };
    quoteRun(script, {}, slowly);
    expect(heard).toEqual([[timeOf(5), (slowly[4] as QuoteInput).askPrice]]);
  });

  test('what is on its way at the end of the data still arrives', () => {
    let last = 0;
    const script: Script = { event: (_, n) => void (last = n) };
    const { summary } = quoteRun(script, { feedMicros: 60_000_000 }, slowly);
    expect(last).toBe(30);
    expect(summary.events).toBe(30);
  });
});

describe('time in a replay', () => {
  test('never goes back for the strategy, whatever happens at the venue within a bar', () => {
    const times: number[] = [];
    const script: Script = {
      timerMicros: 10_000_000,
      timer: (context) => {
        times.push(context.now);
        if (context.workingOrders.length < 3) context.submit({ side: 'buy', type: 'market', quantity: one });
      },
      event(context) {
        times.push(context.now);
        if (context.position > 0) context.submit({ side: 'sell', type: 'market', quantity: one });
      },
      fill: (context) => void times.push(context.now),
    };
    const latency = { ...NO_LATENCY, orderMicros: 15_000_000, answerMicros: 3_000_000, jitterMicros: 2_000_000 };
    const execution = { ...configOf().execution, latency };
    const made = prepared(configOf({ strategy: 'scripted', parameters: {}, execution }), [scripted(script)]);
    const { summary } = replayed(made, bars(9, 50));
    expect(summary.fills).toBeGreaterThan(10);
    expect(times.every((at, i) => i === 0 || at >= (times[i - 1] ?? 0))).toBe(true);
  });

  test('timers fire at the multiples of their period, a bounded number in a hole', () => {
    const times: number[] = [];
    const script: Script = {
      timerMicros: 1_000_000,
      timer: (context) => void times.push(context.now),
      event: () => undefined,
    };
    const late = { ...(slowly[29] as QuoteInput), seq: 1000, tsEvent: timeOf(100_000) };
    quoteRun(script, {}, [...slowly, late]);
    expect(times.slice(0, 3)).toEqual([timeOf(2), timeOf(3), timeOf(4)]);
    expect(times.length).toBeLessThan(10_040);
    expect(times.at(-1)).toBe(timeOf(100_000));
  });

  test('timers begin with the data, also behind a record that is none', () => {
    const times: number[] = [];
    const script: Script = {
      timerMicros: 1_000_000,
      timer: (context) => void times.push(context.now),
      event: () => undefined,
    };
    const made = prepared(configOf({ strategy: 'scripted', parameters: {} }), [scripted(script)]);
    const bad = { kind: 'malformed', slot: 0, seq: 0, tsEvent: 0, tsInit: 0, what: 'a row of text' } as const;
    const [first, second] = bars(9, 2) as [BarInput, BarInput];
    replayed(made, [bad, first, second]);
    expect(times[0]).toBe(Math.floor(first.tsEvent / 1_000_000 + 1) * 1_000_000);
    expect(times.length).toBe(60);
  });

  test('bars made of trades are told when their period is over', () => {
    const told: (readonly [number, number])[] = [];
    const script: Script = {
      barMicros: MINUTE,
      event(context, _, event) {
        if (event.kind === 'bar') told.push([context.now, event.end]);
      },
    };
    const execution = { ...configOf().execution, model: 'trades' as const };
    const made = prepared(configOf({ strategy: 'scripted', parameters: {}, execution }), [scripted(script)]);
    replayed(made, trades(4, 2000));
    expect(told.length).toBeGreaterThan(2);
    for (const [now, end] of told) expect(now).toBe(end);
  });
});

describe('no look into the future', () => {
  test('an order on the close of a bar is filled at the open of the next one, which the strategy hears before its close', () => {
    const data = bars(9, 10);
    const script: Script = {
      event(context, n) {
        if (n === 3) context.submit({ side: 'buy', type: 'market', quantity: one });
      },
    };
    const made = prepared(configOf({ strategy: 'scripted', parameters: {} }), [scripted(script)]);
    const { records } = replayed(made, data);
    const next = data[3] as BarInput;
    expect(records.fills).toMatchObject([{ at: next.start, price: String(next.open / 100) }]);
  });

  test('a limit on one instrument is not withdrawn from a bar after that bar of another was seen', () => {
    const script: Script = {
      event(context) {
        if (context.slot !== 0) return;
        context.cancelAll();
        const price = 3_000_000 as PriceTicks;
        context.submit({ slot: 1, side: 'buy', type: 'limit', quantity: one, price });
      },
    };
    const instruments = [instrument(), instrument({ definition: definition('ETHUSDT', 'ETH') })];
    const made = prepared(configOf({ strategy: 'scripted', parameters: {}, instruments }), [scripted(script)]);
    const both = merged(bars(9, 10), bars(9, 10, 1));
    const { records, summary } = replayed(made, both);
    // The first is denied for want of a mark, and for the last there is no bar any more.
    expect(records.fills.map(({ order }) => order)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(summary).toMatchObject({ intents: 10, denied: 1, state: 'completed' });
  });

  test('the gate judges an order by what was known when it was made', () => {
    const data = bars(9, 10);
    const next = { ...(data[3] as BarInput), close: 1 as PriceTicks, low: 1 as PriceTicks };
    const [account] = configOf().limits.entries;
    const limits = {
      limitsVersion: 1,
      entries: [{ scope: 'account', limits: { ...account?.limits, collarBasisPoints: 500 } }],
    };
    const price = (data[3] as BarInput).open;
    const script: Script = {
      event(context, n) {
        if (n === 3) context.submit({ side: 'buy', type: 'market', quantity: one });
      },
      // Heard at the open of the bar whose close the gate must not know yet.
      fill(context) {
        if (context.position > 0) context.submit({ side: 'sell', type: 'limit', quantity: one, price });
      },
    };
    const made = prepared(configOf({ strategy: 'scripted', parameters: {}, limits }), [scripted(script)]);
    expect(replayed(made, data.with(3, next)).summary).toMatchObject({ approved: 2, denied: 0 });
  });
});
