export { binanceCoinmDialect, binanceSpotDialect, binanceUsdmDialect } from './dialects.ts';
