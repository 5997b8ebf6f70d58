export * from './binance/market/index.ts';
export * from './binance/trading/index.ts';
export * from './trading-port.ts';
