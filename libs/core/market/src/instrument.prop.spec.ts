import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compareDecimals,
  formatDecimal,
  formatMoney,
  parseDecimal,
  priceTicks,
  quantityLots,
} from '@portcullis/kernel';
import {
  type InstrumentDefinition,
  baseAmount,
  formatPrice,
  formatQuantity,
  instrumentRules,
  notional,
  parseMarketQuantity,
  parsePrice,
  parseQuantity,
  splitInstrumentId,
} from './instrument.ts';

const definition: InstrumentDefinition = {
  venue: 'venuesim',
  symbol: 'BTCUSDT',
  base: 'BTC',
  quote: 'USDT',
  tickSize: '0.01',
  lotSize: '0.00001',
  quantityMin: '0.00001',
  quantityMax: '9000',
  priceMin: '0.01',
  priceMax: '1000000',
  notionalMin: '5',
};
const made = instrumentRules(definition);
if (!made.ok) throw new Error('the definition is right');
const rules = made.value;
const counts = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('instrument rules', () => {
  test('prices and quantities survive the round trip over the whole safe range', () => {
    fc.assert(
      fc.property(counts, counts, (ticks, lots) => {
        expect(parsePrice(rules, formatPrice(rules, priceTicks(ticks)))).toEqual({ ok: true, value: ticks });
        expect(parseQuantity(rules, formatQuantity(rules, quantityLots(lots)))).toEqual({ ok: true, value: lots });
      }),
    );
  });

  test('the notional is the exact product, beyond the safe integers too', () => {
    fc.assert(
      fc.property(counts, counts, (ticks, lots) => {
        const value = parseDecimal(formatMoney(notional(rules, priceTicks(ticks), quantityLots(lots))));
        const expected = parseDecimal(formatDecimal(BigInt(ticks) * BigInt(lots), 7));
        expect(value.ok && expected.ok && compareDecimals(value.value, expected.value)).toBe(0);
      }),
    );
  });

  test('what is off the increment or outside the safe range is refused with the field, the value and the increment', () => {
    expect(parsePrice(rules, '1.001', 'limit')).toEqual({
      ok: false,
      error: { field: 'limit', value: '1.001', expected: 'a multiple of the tick size 0.01' },
    });
    expect(parseQuantity(rules, '0.000001').ok).toBe(false);
    expect(parsePrice(rules, '99999999999999999999').ok).toBe(false);
    expect(parsePrice(rules, '1e3').ok).toBe(false);
  });

  test('increments that need more digits than money has are refused', () => {
    expect(instrumentRules({ ...definition, tickSize: '0.0000001', lotSize: '0.000001' }).ok).toBe(false);
    expect(instrumentRules({ ...definition, tickSize: '0' }).ok).toBe(false);
    expect(instrumentRules({ ...definition, lotSize: '-1' }).ok).toBe(false);
    expect(instrumentRules({ ...definition, quantityMin: '0.000001' }).ok).toBe(false);
  });

  test('trailing zeros of an increment do not count as digits', () => {
    const wide = instrumentRules({ ...definition, tickSize: '0.01000000', lotSize: '0.00001000' });
    expect(wide.ok && wide.value.tickSize).toEqual({ units: 1n, scale: 2 });
  });

  test('quantities of others are rounded down to lots', () => {
    expect(parseMarketQuantity(rules, '25.42618900')).toEqual({ ok: true, value: 2542618 });
    expect(parseMarketQuantity(rules, '0.00000999')).toEqual({ ok: true, value: 0 });
    expect(parseMarketQuantity(rules, '3')).toEqual({ ok: true, value: 300_000 });
    expect(parseMarketQuantity(rules, '-1').ok).toBe(false);
  });

  test('a lot is an exact amount of the base currency', () => {
    expect(formatMoney(baseAmount(rules, quantityLots(3)))).toBe('0.00003');
    expect(splitInstrumentId(rules.id)).toEqual({ symbol: 'BTCUSDT', venue: 'venuesim' });
  });
});
