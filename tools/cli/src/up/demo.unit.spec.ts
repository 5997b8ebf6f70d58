import { describe, expect, test } from '@jest/globals';
import { GENERATED_INSTRUMENT, GENERATED_PRICE, demoSizes } from './demo.ts';

describe('sizes of the demo', () => {
  test('one order is worth a few hundred of the quote currency, and the limit lets it through', () => {
    expect(demoSizes(GENERATED_INSTRUMENT, GENERATED_PRICE)).toMatchObject({
      order: '0.00334',
      orderNotionalMax: '600',
      balances: { USDT: '100000' },
    });
  });

  test('an instrument of coarse lots gets limits and an account that fit one lot', () => {
    const coarse = {
      ...GENERATED_INSTRUMENT,
      symbol: 'ETHUSD_PERP',
      base: 'ETH',
      quote: 'USD',
      lotSize: '1',
      quantityMin: '1',
    };
    expect(demoSizes(coarse, '2684.5')).toMatchObject({
      order: '1',
      orderNotionalMax: '8055',
      balances: { ETH: '500', USD: '1342500' },
    });
  });
});
