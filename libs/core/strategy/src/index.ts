// What strategies need of other packages, so that a user's file has one import.
export { type PriceTicks, type QuantityLots, priceTicks, quantityLots } from '@portcullis/kernel';
export {
  type BarInput,
  type BookInput,
  type InstrumentRules,
  type QuoteInput,
  type TradeInput,
  doubleMid,
  formatPrice,
  formatQuantity,
} from '@portcullis/market';
export { z } from 'zod';
export * from './context.ts';
export * from './indicators/index.ts';
export * from './orders.ts';
export * from './parameters.ts';
export * from './strategies/index.ts';
export { avellanedaStoikov } from './strategies/avellaneda-stoikov.ts';
export { breakout } from './strategies/breakout.ts';
export { buyAndHold } from './strategies/buy-and-hold.ts';
export { grid } from './strategies/grid.ts';
export { meanReversion } from './strategies/mean-reversion.ts';
export { quoting } from './strategies/quoting.ts';
export { smaCross } from './strategies/sma-cross.ts';
export * from './strategy.ts';
