import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LimitSet } from '@portcullis/contracts';
import { DENIAL_CODES } from '../src/index.ts';
import { BothGates, type Decision, type Setup, type Wish } from './both-gates.ts';
import { Gate } from './language.ts';

const MILLI = 1000;

/** Codes that a run alone on its account cannot meet, or only with an order number of the past. */
const NEVER = [
  'DUPLICATE_INTENT',
  'GATE_CAPACITY',
  'GATE_NOT_READY',
  'VENUE_NOT_ALLOWED',
  'INSTRUMENT_NOT_ALLOWED',
  'STRATEGY_NOT_ALLOWED',
];

const rate = fc.record({ count: fc.integer({ min: 2, max: 20 }), windowMillis: fc.integer({ min: 1, max: 3000 }) });
const amount = (least: number, most: number): fc.Arbitrary<string> =>
  fc.integer({ min: least * 10, max: most * 10 }).map((tenths) => String(tenths / 10));
const limits = {
  orderNotionalMax: amount(200, 1500),
  positionMax: amount(2, 12),
  collarBasisPoints: fc.integer({ min: 150, max: 500 }),
  spreadBasisPointsMax: fc.integer({ min: 5, max: 100 }),
  markAgeMillisMax: fc.integer({ min: 1000, max: 4000 }),
  orderRate: rate,
  reductionRate: rate,
};
const LIMIT_NAMES = Object.keys(limits) as (keyof LimitSet)[];
const someLimits = fc.record(limits, { requiredKeys: [] }) as fc.Arbitrary<LimitSet>;
/** Nearly whole: what is missing denies nearly everything. */
const accountLimits = fc
  .tuple(fc.record(limits), fc.nat(LIMIT_NAMES.length * 10))
  .map(([all, left]): LimitSet =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name !== LIMIT_NAMES[left])),
  );
const SCOPES = ['account', 'strategy.sma', 'run.sma-1', 'instrument.venuesim.BTCUSDT', 'run.other', 'strategy.quoter'];
const setup: fc.Arbitrary<Setup> = fc
  .tuple(
    accountLimits,
    fc.array(fc.record({ scope: fc.constantFrom(...SCOPES), limits: someLimits }), { maxLength: 3 }),
    fc.nat(19).map((odd) => (odd === 0 ? ('HALTED' as const) : odd < 3 ? ('REDUCING' as const) : ('ACTIVE' as const))),
  )
  .map(([account, more, tradingState]) => {
    return { limits: { limitsVersion: 3, entries: [{ scope: 'account', limits: account }, ...more] }, tradingState };
  });

const slot = fc.constantFrom(0, 0, 0, 1);
const side = fc.constantFrom('buy' as const, 'sell' as const);
const wait = fc.oneof(fc.integer({ min: -200, max: 400 }), fc.constant(0)).map((millis) => millis * MILLI);
const rare = fc.nat(14).map((odd) => odd === 7);
const price = fc.oneof(
  { weight: 40, arbitrary: fc.integer({ min: 9_800, max: 10_200 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 4_999, 5_000, 20_001) },
);
const wish: fc.Arbitrary<Wish> = fc
  .record({
    slot,
    side,
    type: fc.constantFrom(
      'limit' as const,
      'limit' as const,
      'limit' as const,
      'market' as const,
      'stop-limit' as const,
    ),
    timeInForce: fc.constantFrom('GTC' as const, 'GTC' as const, 'IOC' as const, 'FOK' as const),
    postOnly: rare,
    reduceOnly: rare,
    lots: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 60, max: 3000 }) },
      { weight: 1, arbitrary: fc.constantFrom(0, 9, 10, 49, 50, 20_001) },
    ),
    price,
    stopPrice: price,
    life: fc.oneof(
      { weight: 30, arbitrary: fc.constant(5_000 * MILLI) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1, 86_400_000 * MILLI, 86_400_000 * MILLI + 1) },
    ),
    odd: fc.nat(60),
  })
  .map(({ odd, ...numbers }) => ({
    ...numbers,
    price: (numbers.type === 'market') !== (odd === 0) ? undefined : numbers.price,
    stopPrice: (numbers.type === 'stop-limit') !== (odd === 1) ? numbers.stopPrice : undefined,
  }));
const middle = fc.integer({ min: 9_900, max: 10_100 });
const spread = fc.oneof(
  { weight: 30, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -5, 200) },
);

type Step = (both: BothGates, seen: Map<string, number>) => void;

function judge(both: BothGates, seen: Map<string, number>, { what, micros }: { what: Wish; micros: number }): void {
  const [wire, process] = both.decide(what, micros);
  // What is wrong with a field is said of its text in the one, of its ticks or lots in the other.
  if (wire.code === 'INTENT_INVALID') expect(fieldOf(process)).toBe(fieldOf(wire));
  else expect(process).toEqual(wire);
  seen.set(process.code, (seen.get(process.code) ?? 0) + 1);
}

const fieldOf = ({ code, detail }: Decision): string => `${code} ${(detail as { field?: string }).field ?? ''}`;

const decide = fc.tuple(wish, wait).map(
  ([what, micros]): Step =>
    (both, seen) =>
      judge(both, seen, { what, micros }),
);
/** Asks to reduce some of what is held, then whether an ordinary order may pass beside it. */
const reduce = fc
  .record({ slot, part: fc.integer({ min: 1, max: 4 }), plain: wish })
  .map(({ slot: place, part, plain }): Step => {
    return (both, seen) => {
      const { position } = both.process.exposure(place);
      const direction = position > 0 ? ('sell' as const) : ('buy' as const);
      const lots = Math.ceil(Math.abs(position) / part);
      const terms = {
        slot: place,
        side: direction,
        type: 'limit' as const,
        timeInForce: 'GTC' as const,
        postOnly: false,
      };
      const numbers = { lots, price: 10_000, stopPrice: undefined, life: 5_000 * MILLI };
      judge(both, seen, { what: { ...terms, ...numbers, reduceOnly: true }, micros: 0 });
      judge(both, seen, { what: { ...plain, slot: place, side: direction }, micros: 0 });
    };
  });
const mark = fc
  .record({
    slot,
    middle,
    spread,
    wait,
    late: fc.oneof(fc.constant(0), fc.integer({ min: -1500, max: 1500 })),
    empty: fc.nat(60),
  })
  .map((made): Step => {
    const bid = made.empty === 30 ? 0 : made.middle;
    return (both) =>
      both.mark(made.slot, [bid, made.middle + made.spread], { wait: made.wait, late: made.late * MILLI });
  });
const index = fc.nat(20);
const fill = fc.tuple(index, fc.integer({ min: 1, max: 6000 })).map(
  ([order, lots]): Step =>
    (both) =>
      both.fill(order, lots),
);
const end = fc
  .tuple(index, fc.constantFrom('canceled' as const, 'expired' as const, 'rejected' as const, 'lapsed' as const))
  .map(
    ([order, how]): Step =>
      (both) =>
        both.end(order, how),
  );
/** A hole in which things go on, and mostly its end. */
const gap = fc
  .tuple(slot, fc.constantFrom('gap' as const, 'disconnect' as const, 'stale' as const, 'resync' as const))
  .map(
    ([place, reason]): Step =>
      (both) =>
        both.gap(place, reason),
  );
const resync = slot.map(
  (place): Step =>
    (both) =>
      both.gap(place, 'resync'),
);
const kill = fc
  .constantFrom(
    'all',
    'account.main',
    'venue.venuesim',
    'venue.other',
    'strategy.sma',
    'run.sma-1',
    'run.other',
    'instrument.venuesim.ETHUSDT',
  )
  .map(
    (scope): Step =>
      (both) =>
        both.kill(scope),
  );
const foreign = Gate.ready().approve({ id: 'foreign' });
const adjust = fc.tuple(slot, side, fc.integer({ min: 1, max: 3000 })).map(
  ([place, direction, lots]): Step =>
    (both) =>
      both.adjust(place, direction, lots, foreign),
);
const resume = fc.constant<Step>((both) => {
  const [before, after] = both.resume();
  expect(after).toBe(before);
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: decide },
  { weight: 12, arbitrary: mark },
  { weight: 8, arbitrary: fill },
  { weight: 4, arbitrary: end },
  { weight: 1, arbitrary: gap },
  { weight: 2, arbitrary: resync },
  { weight: 3, arbitrary: reduce },
  { weight: 1, arbitrary: adjust },
  { weight: 1, arbitrary: resume },
);
/** A kill holds to the end, so it comes late if at all. */
const history = fc
  .tuple(
    fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }),
    fc.option(kill),
    fc.array(step, { maxLength: 30, size: 'max' }),
  )
  .map(([before, killed, after]) => (killed === null ? before : [...before, killed, ...after]));

describe('the gate in process and the gate of the account', () => {
  test('decide the same history alike, with the same numbers, and keep the same books; a snapshot changes nothing', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(setup, history, (made, steps) => {
        const both = new BothGates(made);
        for (const slotOfMark of [0, 1]) both.mark(slotOfMark, [9_999, 10_001], { wait: 0, late: 0 });
        for (const act of steps) {
          act(both, seen);
          for (const [wire, process] of both.books()) expect(process).toEqual(wire);
        }
      }),
      { numRuns: 200 },
    );
    // A generator that never gets there proves nothing.
    const missed = ['APPROVED', ...DENIAL_CODES].filter((code) => !NEVER.includes(code) && !seen.has(code));
    expect(missed).toEqual([]);
  });
});
