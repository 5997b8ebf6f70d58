import { SeededRandom } from '@portcullis/kernel';

/** Percentiles of a distribution, floats. */
export interface Percentiles {
  readonly p5: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
}

/**
 * What the order and the choice of round trips did to a run. `shuffled`: the same trips in other orders end with the same
 * equity but have other drawdowns. `resampled`: as many trips drawn with replacement (bootstrap).
 */
export interface MonteCarlo {
  readonly runs: number;
  readonly trades: number;
  readonly seed: string;
  readonly startEquity: number;
  readonly shuffled: { readonly maxDrawdown: Percentiles };
  readonly resampled: { readonly finalEquity: Percentiles; readonly maxDrawdown: Percentiles };
  /** Share of resampled runs that end below where they began. */
  readonly lossProbability: number;
  /** Bands of resampled equity at steps through the trades, for a picture. */
  readonly fan: readonly ({ readonly trade: number } & Percentiles)[];
  readonly source: string;
}

const SOURCE =
  'Efron and Tibshirani, An Introduction to the Bootstrap (1993); Aronson, Evidence-Based Technical Analysis (2006), ch. 5';
const FAN_STEPS = 40;

/**
 * Simulates other histories of a run from the net profits of its round trips. `startEquity` and profits in one currency.
 * Drawdowns are shares of the highest equity before, 0 to 1. Null for fewer than two trips, which have no other history.
 */
export function monteCarlo(
  profits: ArrayLike<number>,
  { startEquity, runs, seed }: { readonly startEquity: number; readonly runs: number; readonly seed: string },
): MonteCarlo | null {
  const trades = profits.length;
  if (trades < 2 || runs < 1) return null;
  const random = new SeededRandom(`monte carlo ${seed}`);
  const steps = Math.min(FAN_STEPS, trades);
  const marks = Array.from({ length: steps }, (_, at) => Math.ceil(((at + 1) * trades) / steps));
  const finals = new Float64Array(runs);
  const drawdowns = new Float64Array(runs);
  const shuffledDrawdowns = new Float64Array(runs);
  const bands = marks.map(() => new Float64Array(runs));
  const order = Float64Array.from(profits);
  const drawn = new Float64Array(trades);
  let losses = 0;
  for (let run = 0; run < runs; run++) {
    for (let at = trades - 1; at > 0; at--) {
      const other = random.integer(0, at);
      const kept = order[at] as number;
      order[at] = order[other] as number;
      order[other] = kept;
    }
    shuffledDrawdowns[run] = drawdownOf(order, startEquity);
    for (let at = 0; at < trades; at++) drawn[at] = profits[random.integer(0, trades - 1)] as number;
    drawdowns[run] = drawdownOf(drawn, startEquity);
    let equity = startEquity;
    let step = 0;
    for (let at = 0; at < trades; at++) {
      equity += drawn[at] as number;
      if (at + 1 === marks[step]) (bands[step++] as Float64Array)[run] = equity;
    }
    finals[run] = equity;
    if (equity < startEquity) losses += 1;
  }
  return {
    ...{ runs, trades, seed, startEquity },
    shuffled: { maxDrawdown: percentiles(shuffledDrawdowns) },
    resampled: { finalEquity: percentiles(finals), maxDrawdown: percentiles(drawdowns) },
    lossProbability: losses / runs,
    fan: marks.map((trade, step) => ({ trade, ...percentiles(bands[step] as Float64Array) })),
    source: SOURCE,
  };
}

function drawdownOf(profits: Float64Array, startEquity: number): number {
  let equity = startEquity;
  let peak = startEquity;
  let deepest = 0;
  for (const profit of profits) {
    equity += profit;
    if (equity > peak) peak = equity;
    else if (peak > 0) deepest = Math.max(deepest, Math.min(1, 1 - equity / peak));
  }
  return deepest;
}

/** By linear interpolation between the closest ranks. */
export function percentiles(values: Float64Array): Percentiles {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)] as number;
    const high = sorted[Math.ceil(place)] as number;
    return low + (high - low) * (place - Math.floor(place));
  };
  return { p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) };
}
