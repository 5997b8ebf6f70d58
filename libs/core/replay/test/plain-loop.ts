/** A bar as the loop needs it, in ticks. */
interface PlainBar {
  readonly open: number;
  readonly close: number;
}

export interface PlainResult {
  readonly roundTrips: number;
  /** In ticks times quantity. */
  readonly profit: bigint;
  /** Position at the end, and what it cost. */
  readonly position: number;
  readonly cost: bigint;
  /** Prices of each order in ticks, with the quantity bought or (below zero) sold. */
  readonly fills: readonly { readonly bar: number; readonly price: number; readonly quantity: number }[];
}

/**
 * A moving average cross written as plainly as can be, and apart from everything that the platform has: at each close the
 * sums of the last `fast` and `slow` closes; when the fast average comes to lie strictly on the other side of the slow one
 * than it last strictly lay, an order at the open of the next bar. Long or flat, or long or short with `allowShort`.
 */
export function plainCross(
  bars: readonly PlainBar[],
  terms: { readonly fast: number; readonly slow: number; readonly quantity: number; readonly allowShort: boolean },
): PlainResult {
  const { fast, slow, quantity, allowShort } = terms;
  const fills: { bar: number; price: number; quantity: number }[] = [];
  let [roundTrips, profit, position, cost] = [0, 0n, 0, 0n];
  let side = 0;
  let wanted: number | undefined;
  let sums = { fast: 0, slow: 0 };
  for (const [i, { open, close }] of bars.entries()) {
    if (wanted !== undefined && wanted !== position) {
      const change = wanted - position;
      fills.push({ bar: i, price: open, quantity: change });
      if (position !== 0) {
        profit += BigInt(open) * BigInt(position) - cost;
        roundTrips += 1;
      }
      position = wanted;
      cost = BigInt(open) * BigInt(position);
    }
    wanted = undefined;
    sums = { fast: sums.fast + close, slow: sums.slow + close };
    if (i >= fast) sums.fast -= (bars[i - fast] as PlainBar).close;
    if (i >= slow) sums.slow -= (bars[i - slow] as PlainBar).close;
    if (i < slow - 1) continue;
    // Whole numbers below 2^53 for any price and window of the tests.
    const difference = sums.fast * slow - sums.slow * fast;
    const now = Math.sign(difference);
    if (now === 0) continue;
    if (side !== 0 && now !== side) wanted = now > 0 ? quantity : allowShort ? -quantity : 0;
    side = now;
  }
  return { roundTrips, profit, position, cost, fills };
}
