import type { Slippage } from './execution-config.ts';

const BASIS = 10_000;

/**
 * A price with slippage against us, in ticks: up for a buyer, down for a seller, never below one tick. `quantity` is what
 * is taken, `volume` what was shown (bar, quote, trade or level). The square root is that of market impact: Almgren, Thum,
 * Hauptmann and Li, "Direct Estimation of Equity Market Impact" (2005), who measure an exponent of 0.6; Sato and Kanazawa
 * (2024) measure 0.5. Floats end here: the price is a whole number of ticks, rounded against us, and a square root is the
 * same on every machine (IEEE 754).
 */
export function slipped(slippage: Slippage, price: number, taking: Taking): number {
  const ticks = slippageTicks(slippage, price, taking);
  if (ticks === 0) return price;
  return taking.sign > 0 ? Math.min(price + ticks, Number.MAX_SAFE_INTEGER) : Math.max(price - ticks, 1);
}

interface Taking {
  readonly sign: number;
  readonly quantity: number;
  readonly volume: number;
}

function slippageTicks(slippage: Slippage, price: number, { quantity, volume }: Taking): number {
  switch (slippage.kind) {
    case 'none':
      return 0;
    case 'ticks':
      return slippage.ticks;
    case 'basis-points':
      return Math.ceil((price * slippage.basisPoints) / BASIS);
    case 'square-root':
      return Math.ceil((price * slippage.coefficientBps * Math.sqrt(quantity / Math.max(volume, 1))) / BASIS);
  }
}
