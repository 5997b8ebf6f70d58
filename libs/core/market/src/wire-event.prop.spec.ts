import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type MarketEvent, marketEventSchema } from '@portcullis/contracts';
import { formatDecimal } from '@portcullis/kernel';
import type { ScaledEvent } from './scaled-event.ts';
import { atScale, formatScaled, parseScaled } from './scaled-number.ts';
import { scaledEvent, wireEvent } from './wire-event.ts';

const base = { symbol: 'BTCUSDT', tsEvent: 1_723_161_254_455_000, tsEventNanos: 0 };
const number = fc.integer({ min: 0, max: 10_000_000_000 });
const scale = fc.integer({ min: 0, max: 8 });
const scales = { priceScale: scale, quantityScale: scale };
const levels = fc.array(fc.tuple(number, number), { maxLength: 5 }).map((pairs) => pairs.flat());
const kind = <K extends ScaledEvent['kind']>(value: K) => fc.constant(value);

const event: fc.Arbitrary<ScaledEvent> = fc
  .oneof(
    fc.record({
      kind: kind('quote'),
      ...scales,
      sequence: fc.constant(0),
      bidPrice: number,
      bidQuantity: number,
      askPrice: number,
      askQuantity: number,
    }),
    fc.record({
      kind: kind('trade'),
      ...scales,
      tradeId: fc.constant('17'),
      price: number,
      quantity: number,
      aggressor: fc.constantFrom('buy' as const, 'sell' as const),
    }),
    fc.record({
      kind: kind('delta'),
      ...scales,
      firstSequence: fc.nat(),
      lastSequence: fc.nat(),
      previousSequence: fc.constant(-1),
      bids: levels,
      asks: levels,
    }),
    fc.record({ kind: kind('snapshot'), ...scales, sequence: fc.nat(), bids: levels, asks: levels }),
    fc.record({
      kind: kind('bar'),
      ...scales,
      period: fc.constant(60_000_000),
      start: fc.constant(0),
      open: number,
      high: number,
      low: number,
      close: number,
      volume: number,
      takerVolume: fc.constant(-1),
      quoteVolume: fc.constant(''),
      count: fc.nat(),
    }),
    fc.record({ kind: kind('mark'), priceScale: scale, price: number, index: fc.oneof(number, fc.constant(-1)) }),
    fc.record({
      kind: kind('funding'),
      rateScale: scale,
      rate: fc.integer({ min: -1_000_000, max: 1_000_000 }),
      nextAt: fc.constantFrom(0, 1_723_161_600_000_000),
    }),
    fc.record({
      kind: kind('gap'),
      reason: fc.constantFrom('gap' as const, 'disconnect' as const, 'stale' as const, 'resync' as const),
      detail: fc.string({ maxLength: 200 }),
      stream: fc.constantFrom('all' as const, 'book' as const, 'trade' as const),
      from: fc.constantFrom(0, 5),
      to: fc.constantFrom(0, 7),
    }),
  )
  .map((fields) => ({ ...base, ...fields }));

describe('events on the wire', () => {
  test('there and back again is the same event, at the coarsest scales', () => {
    fc.assert(
      fc.property(event, (original) => {
        const wire = wireEvent(original);
        const whole = { version: 1, venue: 'v', seq: 3, tsInit: 4, ...wire } as MarketEvent;
        expect(marketEventSchema.safeParse(whole).error).toBeUndefined();
        const back = scaledEvent(whole);
        expect(back.ok).toBe(true);
        if (!back.ok) return;
        expect(back.value).toMatchObject({ seq: 3, tsInit: 4 });
        expect(wireEvent(back.value)).toEqual(wire);
        expect(inUnits(back.value)).toEqual(inUnits(original));
      }),
    );
  });

  test('numbers are exact and as short as they can be', () => {
    const any = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(any, fc.integer({ min: 0, max: 18 }), (value, places) => {
        const text = formatScaled(value, places);
        expect(text).toBe(formatDecimal(BigInt(value), places));
        const parsed = parseScaled(text);
        expect(parsed === undefined ? undefined : atScale(parsed, places)).toBe(value === 0 ? 0 : value);
      }),
    );
    expect(
      ['1e5', '+1', '01', '.5', '5.', '', 'NaN', '9007199254740992', `0.${'0'.repeat(18)}1`].map(parseScaled),
    ).toEqual(Array.from({ length: 9 }, () => undefined));
    expect(parseScaled('-0.00')).toEqual({ value: 0, scale: 0 });
  });

  test('an unknown aggressor has no word on the wire, and what leaves the safe integers is named', () => {
    const trade = {
      ...base,
      kind: 'trade' as const,
      priceScale: 0,
      quantityScale: 0,
      tradeId: '1',
      price: 1,
      quantity: 1,
    };
    expect(wireEvent({ ...trade, aggressor: 'unknown' })).toBeUndefined();
    const wire = { version: 1 as const, venue: 'v', seq: 1, tsInit: 1, ...wireEvent({ ...trade, aggressor: 'buy' }) };
    const large = { ...wire, price: '90071992547409930' } as MarketEvent;
    expect(scaledEvent(large)).toMatchObject({ ok: false, error: { field: 'price', value: '90071992547409930' } });
    const together = { ...wire, kind: 'mark', price: '9007199254740991', index: '0.5' } as unknown as MarketEvent;
    expect(scaledEvent(together)).toMatchObject({ ok: false, error: { field: 'price' } });
  });
});

/** The event with every number as an exact decimal string. */
function inUnits(each: ScaledEvent): unknown {
  const { priceScale = 0, quantityScale = 0, rateScale = 0, ...rest } = each as ScaledEvent & Record<string, number>;
  const prices = new Set(['price', 'bidPrice', 'askPrice', 'open', 'high', 'low', 'close', 'index']);
  const quantities = new Set(['quantity', 'bidQuantity', 'askQuantity', 'volume']);
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest as Record<string, unknown>)) {
    if (name === 'seq' || name === 'tsInit') continue;
    if (prices.has(name)) out[name] = formatScaled(value as number, value === -1 ? 0 : priceScale);
    else if (quantities.has(name)) out[name] = formatScaled(value as number, quantityScale);
    else if (name === 'rate') out[name] = formatScaled(value as number, rateScale);
    else if (name === 'bids' || name === 'asks') {
      out[name] = (value as number[]).map((n, at) => formatScaled(n, at % 2 === 0 ? priceScale : quantityScale));
    } else out[name] = value;
  }
  return out;
}
