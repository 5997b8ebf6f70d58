export { highest, lowest } from './extremes.ts';
export type { Indicator, IndicatorSet, PriceRange } from './indicator.ts';
export { LENGTH_MAX } from './lengths.ts';
export { type Crossing, MovingSumsCross, movingSumsCross } from './moving-sums.ts';
export { type Macd, atr, ema, macd, rsi } from './recursive.ts';
export { type Bands, bollinger, sma, standardDeviation, wma } from './windowed.ts';
