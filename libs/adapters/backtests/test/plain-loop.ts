/** Bars as a person would write them into arrays; prices in whole ticks. */
export interface PlainBar {
  readonly open: number;
  readonly close: number;
}

/** What the plain loop comes to: closed trips, and their profit in ticks times lots. */
export interface PlainResult {
  readonly roundTrips: number;
  readonly profit: bigint;
  /** Open at the end. */
  readonly isLong: boolean;
}

/**
 * A moving average cross without any platform, for comparison: long `lots` at the open of the bar after the fast average
 * rose strictly above the slow one, out at the open of the bar after it fell strictly below. Sums of whole ticks, so exact.
 */
export function plainSmaCross(
  bars: readonly PlainBar[],
  { fast, slow, lots }: { readonly fast: number; readonly slow: number; readonly lots: number },
): PlainResult {
  let [fastSum, slowSum] = [0, 0];
  let side = 0;
  let wanted: 'buy' | 'sell' | undefined;
  let entry: number | undefined;
  let roundTrips = 0;
  let profit = 0n;
  bars.forEach(({ open, close }, index) => {
    if (wanted === 'buy') entry = open;
    if (wanted === 'sell' && entry !== undefined) {
      profit += BigInt(open - entry) * BigInt(lots);
      roundTrips += 1;
      entry = undefined;
    }
    wanted = undefined;
    fastSum += close - (index >= fast ? bars[index - fast]!.close : 0);
    slowSum += close - (index >= slow ? bars[index - slow]!.close : 0);
    if (index < slow - 1) return;
    const now = Math.sign(fastSum * slow - slowSum * fast);
    if (now === 0) return;
    if (side !== 0 && now !== side) {
      if (now > 0 && entry === undefined) wanted = 'buy';
      if (now < 0 && entry !== undefined) wanted = 'sell';
    }
    side = now;
  });
  return { roundTrips, profit, isLong: entry !== undefined };
}
