import { describe, expect, test } from '@jest/globals';
import { SeededRandom } from '@portcullis/kernel';
import type { BarInput, MarketInput } from '@portcullis/market';
import fc from 'fast-check';
import { type FillRecord, ReplayRun, type ReplaySnapshot } from '../src/index.ts';
import { NO_LATENCY, Records, bars, configOf, merged, prepared, quotes, replayed, told, trades } from './language.ts';
import { plainCross } from './plain-loop.ts';
import { idle } from './scripted.ts';

const terms = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  fast: fc.integer({ min: 1, max: 12 }),
  more: fc.integer({ min: 1, max: 40 }),
  quantity: fc.constantFrom('1', '0.5', '0.00001', '12.34567'),
  allowShort: fc.boolean(),
});

describe('a replay on bars', () => {
  test('gives the round trips, profit and fills of a plain loop', () => {
    fc.assert(
      fc.property(terms, fc.integer({ min: 30, max: 900 }), ({ seed, fast, more, quantity, allowShort }, count) => {
        const slow = fast + more;
        const data = bars(seed, count);
        const lots = Math.round(Number(quantity) * 100_000);
        const plain = plainCross(data, { fast, slow, quantity: lots, allowShort });
        const config = configOf({ parameters: { fast, slow, quantity, allowShort } });
        const { summary, records, run } = replayed(prepared(config), data);

        expect(summary.roundTrips).toBe(plain.roundTrips);
        expect(decimal(summary.pnl)).toBe(plain.profit);
        const last = data.at(-1) as BarInput;
        expect(decimal(summary.unrealised)).toBe(BigInt(last.close) * BigInt(plain.position) - plain.cost);
        expect(Number(summary.positions['BTCUSDT.binance-spot'] ?? '0') * 100_000).toBeCloseTo(plain.position, 5);
        expect(perMoment(records.fills)).toEqual(plain.fills.map((fill) => [fill.price, fill.quantity]));
        expect(records.roundTrips.reduce((sum, trip) => sum + decimal(trip.profit), 0n)).toBe(plain.profit);
        expect(run.roundTripProfits()).toHaveLength(plain.roundTrips);
        expect(summary).toMatchObject({ state: 'completed', denied: 0, errors: 0, fills: records.fills.length });
      }),
      { numRuns: 60 },
    );
  });

  test('takes fees off exactly', () => {
    const fees = [{ volumeFrom: '0', maker: '0', taker: '0.00075' }];
    const config = configOf();
    const [first] = config.instruments;
    const made = prepared({ ...config, instruments: [{ ...(first as NonNullable<typeof first>), fees }] });
    const data = bars(7, 900);
    const plain = plainCross(data, { fast: 5, slow: 20, quantity: 100_000, allowShort: false });
    const { summary, records } = replayed(made, data);
    const fee = plain.fills.reduce((sum, { price, quantity }) => sum + BigInt(price) * BigInt(Math.abs(quantity)), 0n);
    expect(plain.roundTrips).toBeGreaterThan(5);
    // Ticks times lots are 10^-7 of the quote currency, the rate is 75 of 10^-5.
    expect(decimal(summary.fees, 12)).toBe(fee * 75n);
    expect(decimal(summary.pnl, 12)).toBe(plain.profit * 100_000n - fee * 75n);
    expect(records.fills.every(({ feeCurrency }) => feeCurrency === 'USDT')).toBe(true);
  });
});

/** Price in ticks and lots bought (sold below zero) of what was filled at one moment: a turn from long to short takes two orders. */
function perMoment(fills: readonly FillRecord[]): number[][] {
  const sums = new Map<number, number[]>();
  for (const { at, side, price, quantity } of fills) {
    const lots = Math.round(Number(quantity) * 100_000) * (side === 'buy' ? 1 : -1);
    sums.set(at, [Math.round(Number(price) * 100), (sums.get(at)?.[1] ?? 0) + lots]);
  }
  return [...sums.values()];
}

/** A decimal string in ticks times lots (seven digits after the point), exactly. */
function decimal(text: string, digits = 7): bigint {
  const [whole = '0', part = ''] = text.replace('-', '').split('.');
  expect(part.length).toBeLessThanOrEqual(digits);
  const units = BigInt(`${whole}${part.padEnd(digits, '0')}`);
  return text.startsWith('-') ? -units : units;
}

const LATENCY = {
  feedMicros: 300_000,
  orderMicros: 20_000,
  cancelMicros: 30_000,
  answerMicros: 10_000,
  jitterMicros: 50_000,
};

/** One run of each kind of data, with what may wait between two events. */
const CASES: readonly {
  readonly name: string;
  readonly config: ReturnType<typeof configOf>;
  readonly data: readonly MarketInput[];
}[] = [
  { name: 'bars at the next open', config: configOf(), data: bars(3, 600) },
  {
    name: 'quotes with latency and jitter',
    config: configOf({
      parameters: { fast: 3, slow: 9, quantity: '0.5', allowShort: true, on: 'quotes', sampleMs: 200 },
      execution: { ...configOf().execution, model: 'quotes', latency: LATENCY },
    }),
    data: quotes(3, 600),
  },
  {
    name: 'quotes and trades without latency',
    config: configOf({
      parameters: { fast: 3, slow: 9, quantity: '0.5', on: 'quotes', sampleMs: 200 },
      execution: { ...configOf().execution, model: 'quotes', latency: NO_LATENCY },
    }),
    data: merged(
      quotes(5, 400),
      trades(5, 400).map((trade) => ({ ...trade, seq: trade.seq + 1000, tsEvent: trade.tsEvent + 3 })),
    ).map((event, seq) => ({ ...event, seq: seq + 1 })),
  },
];

describe.each(CASES)('a replay of $name', ({ config, data }) => {
  const made = prepared(config);
  const whole = replayed(made, data);

  test('does something', () => {
    expect(whole.summary.fills).toBeGreaterThan(3);
    expect(whole.summary.state).toBe('completed');
  });

  test('is the same a second time', () => {
    expect(told(replayed(made, data))).toEqual(told(whole));
  });

  test('stopped at any event and resumed elsewhere, gives the same', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(data.length - 1), { minLength: 1, maxLength: 3 }), (stops) => {
        const records = new Records();
        let run = new ReplayRun(prepared(config), records);
        for (const [i, event] of data.entries()) {
          if (stops.includes(i)) {
            const kept = JSON.stringify(run.snapshot());
            run = new ReplayRun(prepared(config), records);
            run.restore(JSON.parse(kept) as ReplaySnapshot);
            expect(JSON.stringify(run.snapshot())).toBe(kept);
          }
          run.feed(event);
        }
        const summary = run.finish();
        expect(told({ run, records, summary })).toEqual(told(whole));
      }),
      { numRuns: 25 },
    );
  });

  test('beside another run, gives what it gives alone', () => {
    const other = configOf({ ...config, seed: '2', parameters: { ...config.parameters, fast: 2 } });
    const alone = replayed(prepared(other), data);
    const [a, b] = [new Records(), new Records()];
    const [first, second] = [new ReplayRun(made, a), new ReplayRun(prepared(other), b)];
    for (const event of data) {
      first.feed(event);
      second.feed(event);
    }
    expect(told({ run: first, records: a, summary: first.finish() })).toEqual(told(whole));
    expect(told({ run: second, records: b, summary: second.finish() })).toEqual(told(alone));
  });
});

describe('the decision hash', () => {
  test('changes with any one field of any one event', () => {
    const data = merged(bars(11, 40, 0), quotes(11, 40, 1), trades(11, 40, 2)).map((event) => ({
      ...event,
      seq: event.seq * 10,
    }));
    const base = configOf();
    const [first] = base.instruments;
    const of = (symbol: string) => {
      const given = first as NonNullable<typeof first>;
      return { ...given, definition: { ...given.definition, symbol } };
    };
    const made = prepared(
      configOf({ strategy: 'idle', parameters: {}, instruments: ['A', 'B', 'C'].map(of), ordering: 'WARN' }),
      [idle],
    );
    const { decisionHash } = replayed(made, data).summary;
    const random = new SeededRandom(99);
    const seen = new Set([decisionHash]);
    for (let n = 0; n < 1000; n++) {
      const at = random.integer(0, data.length - 1);
      const changed = mutated(data[at] as MarketInput, random);
      const { summary } = replayed(made, data.with(at, changed));
      if (summary.decisionHash === decisionHash) {
        throw new Error(`${JSON.stringify(data[at])} and ${JSON.stringify(changed)} hash alike`);
      }
      seen.add(summary.decisionHash);
    }
    // Two mutations may be the same one, but few are.
    expect(seen.size).toBeGreaterThan(800);
  });
});

/** One field with another value that is as possible. */
function mutated(event: MarketInput, random: SeededRandom): MarketInput {
  const fields = Object.keys(event).filter((field) => field !== 'kind' && field !== 'slot');
  const field = random.pick(fields);
  const value = (event as unknown as Record<string, unknown>)[field];
  const other =
    typeof value === 'number'
      ? value + random.integer(1, 9) * random.pick([-1, 1])
      : value === 'buy'
        ? 'sell'
        : value === 'sell'
          ? 'buy'
          : `${String(value)}x`;
  return { ...event, [field]: other };
}
