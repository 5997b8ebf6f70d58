import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MONEY_SCALE, type PriceTicks, type QuantityLots, assert, formatDecimal } from '@portcullis/kernel';
import { instrumentRules } from '@portcullis/market';
import { InProcessGate } from '../src/index.ts';
import { START, ample } from './language.ts';

const MOST = Number.MAX_SAFE_INTEGER;
const MICRO = (units: number): string => formatDecimal(BigInt(units), 6);

const made = instrumentRules({
  venue: 'venuesim',
  symbol: 'BIG',
  base: 'BIG',
  quote: 'USDT',
  tickSize: '0.000001',
  lotSize: '0.000001',
  quantityMin: '0.000001',
  quantityMax: MICRO(MOST),
  priceMin: '0.000001',
  priceMax: MICRO(MOST),
  notionalMin: '100',
});
assert(made.ok, 'instrument');
const RULES = made.value;

/** Of every length in bits. */
const size = fc
  .integer({ min: 16, max: 53 })
  .chain((bits) => fc.noBias(fc.integer({ min: 2 ** (bits - 1), max: Math.min(MOST, 2 ** bits) })));
/** From `least` to `most` thousandths of a number. */
const part = (of: number, least: number, most: number): fc.Arbitrary<number> =>
  fc
    .noBias(fc.integer({ min: least, max: most }))
    .map((thousandths) => Math.min(MOST, Math.max(1, Math.round((of / 1000) * thousandths))));
const scene = fc
  .record({
    bid: size,
    lots: size,
    collar: fc.integer({ min: 500, max: 10_000 }),
    spread: fc.integer({ min: 1, max: 500 }),
  })
  .chain(({ bid, lots, collar, spread }) =>
    fc.record({
      bid: fc.constant(bid),
      ask: part(bid, 998, 1030),
      price: fc.option(part(bid, 700, 1300), { nil: undefined }),
      side: fc.constantFrom('buy' as const, 'sell' as const),
      lots: fc.constant(lots),
      collar: fc.constant(collar),
      spread: fc.constant(spread),
      positionMax: part(lots, 700, 2000),
      notionalMax: part(lots, 700, 2000).map((about) => BigInt(about) * BigInt(bid) + 1n),
    }),
  );
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

/** What a fresh gate says. */
function decided({ bid, ask, price, side, lots, collar, spread, positionMax, notionalMax }: Scene): string {
  const limits = {
    ...ample,
    orderNotionalMax: formatDecimal(notionalMax, MONEY_SCALE),
    positionMax: MICRO(positionMax),
    collarBasisPoints: collar,
    spreadBasisPointsMax: spread,
  };
  const gate = InProcessGate.of({
    account: 'main',
    runId: 'run-1',
    strategy: 'sma',
    instruments: [RULES],
    limits: { limitsVersion: 1, entries: [{ scope: 'account', limits }] },
  });
  assert(gate.ok, 'options');
  gate.value.mark(0, { bid: bid as PriceTicks, ask: ask as PriceTicks, tsEvent: START, at: START });
  const denial = gate.value.decide(START, 1, 0, {
    side,
    type: price === undefined ? 'market' : 'limit',
    timeInForce: 'GTC',
    postOnly: false,
    reduceOnly: false,
    lots: lots as QuantityLots,
    price: price as PriceTicks | undefined,
    stopPrice: undefined,
    expiry: START + 1,
  });
  return denial?.code ?? 'APPROVED';
}

/** The rules once more, with integers of any size alone. */
function expected({ bid, ask, price, side, lots, collar, spread, positionMax, notionalMax }: Scene): string {
  const [b, a] = [BigInt(bid), BigInt(ask)];
  const value = (ticks: bigint): bigint => ticks * BigInt(lots);
  if (value(price === undefined ? b : BigInt(price)) < 10n ** 14n) return 'NOTIONAL_BELOW_MIN';
  if (b >= a) return 'BOOK_CROSSED';
  if (price === undefined) {
    if (2n * (a - b) * 10_000n > BigInt(spread) * (a + b)) return 'SPREAD_TOO_WIDE';
  } else {
    const apart = 2n * BigInt(price) - a - b;
    if ((apart < 0n ? -apart : apart) * 10_000n > BigInt(collar) * (a + b)) return 'PRICE_OUTSIDE_COLLAR';
  }
  const dearest = price !== undefined && (side === 'buy' || price > ask) ? BigInt(price) : a;
  if (value(dearest) > notionalMax) return 'ORDER_NOTIONAL_EXCEEDED';
  return lots > positionMax ? 'POSITION_EXCEEDED' : 'APPROVED';
}

describe('numbers up to the largest safe integer', () => {
  test('are judged as exact integers of any size would be', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(scene, (given) => {
        const code = decided(given);
        seen.add(code);
        expect(code).toBe(expected(given));
      }),
      { numRuns: 2000 },
    );
    expect(seen.size).toBe(7);
  });

  test('a price one tick beyond the collar is outside of it', () => {
    const rest = { side: 'buy' as const, lots: 1, spread: 500, positionMax: MOST, notionalMax: 10n ** 30n };
    for (let bid = 4_200_000_000_000_000; bid < 4_200_000_000_001_000; bid += 1) {
      for (const collar of [1, 733]) {
        const ask = bid + 1;
        const middleTwice = BigInt(bid) + BigInt(ask);
        const last = Number((middleTwice + (BigInt(collar) * middleTwice) / 10_000n) / 2n);
        const around = [last, last + 1].map((price) => decided({ ...rest, bid, ask, collar, price }));
        expect(around).toEqual(['APPROVED', 'PRICE_OUTSIDE_COLLAR']);
      }
    }
  });
});
