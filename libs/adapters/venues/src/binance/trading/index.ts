export { BinanceSpotTrading, type BinanceSpotOptions } from './binance-spot-trading.ts';
export { kindOfRequest, orderOnWire, parametersOf, wireMismatch, type WireRequest } from './wire-order.ts';
export { parseBalances, parseExecutionReport, parseOrder, parseOrderFills, parseTrade } from './parse-report.ts';
