import { expect, test } from '@jest/globals';
import { btcusdt, btcusdtRules } from './instrument.ts';

test('the definition makes rules, and so does one with another increment', () => {
  expect(btcusdtRules().id).toBe('BTCUSDT.venuesim');
  const coarse = btcusdtRules({ lotSize: '0.001', quantityMin: '0.001' });
  expect([coarse.lotSize, coarse.quantityMin]).toEqual([{ units: 1n, scale: 3 }, 1]);
  expect(btcusdt({ symbol: 'ETHUSDT', base: 'ETH' })).toEqual({ ...btcusdt(), symbol: 'ETHUSDT', base: 'ETH' });
});

test('what makes no instrument is refused with its field', () => {
  expect(() => btcusdtRules({ tickSize: '0' })).toThrow(/^tickSize is "0"/);
});
