import { describeInputError } from '@portcullis/kernel';
import { type InstrumentDefinition, type InstrumentRules, instrumentRules } from '@portcullis/market';

/** BTCUSDT of the simulated venue with the increments that Binance has for it; `overrides` replaces fields. */
export function btcusdt(overrides: Partial<InstrumentDefinition> = {}): InstrumentDefinition {
  return {
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
    ...overrides,
  };
}

/** The exact rules of {@link btcusdt}. Throws a sentence that names the field where `overrides` make no instrument. */
export function btcusdtRules(overrides: Partial<InstrumentDefinition> = {}): InstrumentRules {
  const rules = instrumentRules(btcusdt(overrides));
  if (!rules.ok) throw new Error(describeInputError(rules.error));
  return rules.value;
}
