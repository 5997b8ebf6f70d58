import { binanceCoinmDialect, binanceSpotDialect, binanceUsdmDialect } from '../binance/market/index.ts';
import { bybitDialect } from '../bybit/market/index.ts';
import { coinbaseDialect } from '../coinbase/market/index.ts';
import { krakenDialect } from '../kraken/market/index.ts';
import { okxDialect } from '../okx/market/index.ts';
import type { DialectName, MarketDialect } from './dialect.ts';

/** Every venue whose streams are spoken natively. */
const DIALECTS: Readonly<Record<DialectName, MarketDialect>> = {
  'binance-spot': binanceSpotDialect,
  'binance-usdm': binanceUsdmDialect,
  'binance-coinm': binanceCoinmDialect,
  coinbase: coinbaseDialect,
  kraken: krakenDialect,
  bybit: bybitDialect,
  okx: okxDialect,
};

export function dialectOf(name: DialectName): MarketDialect {
  return DIALECTS[name];
}
