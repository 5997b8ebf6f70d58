export * from './binance/trading/index.ts';
export * from './ccxt-pro/index.ts';
export * from './trading-port.ts';
