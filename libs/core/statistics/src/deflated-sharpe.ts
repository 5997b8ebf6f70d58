import { Moments } from './moments.ts';
import { normalCdf, normalQuantile } from './normal.ts';

const EULER_MASCHERONI = 0.5772156649015329;
/** Below this the best of a sweep may well be the best of many draws of nothing. */
const CONFIDENCE = 0.95;

/** What the best of many trials is worth. Floats. */
export interface DeflatedSharpe {
  readonly trials: number;
  /** The best Sharpe ratio that this many trials without any skill would show, of one period. */
  readonly expectedMaximum: number;
  /** That the true Sharpe ratio of the best is above 0 after what choosing it is worth, 0 to 1. */
  readonly probability: number;
  readonly warning: string | null;
  readonly source: string;
}

const SOURCE = 'Bailey and López de Prado, The Deflated Sharpe Ratio, Journal of Portfolio Management 40 (2014)';

/** The chosen run's own returns: Sharpe ratio of one period (not annualised), how many periods, and their shape. */
export interface SharpeSample {
  readonly sharpe: number;
  readonly observations: number;
  readonly skewness: number;
  /** 3 for a normal distribution. */
  readonly kurtosis: number;
}

/** That a true Sharpe ratio is above `benchmark`, 0 to 1 (Bailey and López de Prado 2012). */
export function probabilisticSharpe(
  { sharpe, observations, skewness, kurtosis }: SharpeSample,
  benchmark: number,
): number {
  const variance = 1 - skewness * sharpe + ((kurtosis - 1) / 4) * sharpe * sharpe;
  if (observations < 2 || !(variance > 0)) return 0;
  return normalCdf(((sharpe - benchmark) * Math.sqrt(observations - 1)) / Math.sqrt(variance));
}

/**
 * The probabilistic Sharpe ratio against what the luckiest of so many trials would show. `trialSharpes`: those of all
 * trials, of one period each, the chosen one among them. Null for fewer than two trials.
 */
export function deflatedSharpe(best: SharpeSample, trialSharpes: readonly number[]): DeflatedSharpe | null {
  const trials = trialSharpes.length;
  if (trials < 2) return null;
  const spread = new Moments();
  for (const sharpe of trialSharpes) spread.add(sharpe);
  const luckiest =
    (1 - EULER_MASCHERONI) * normalQuantile(1 - 1 / trials) +
    EULER_MASCHERONI * normalQuantile(1 - 1 / (trials * Math.E));
  const expectedMaximum = (spread.deviation ?? 0) * luckiest;
  const probability = probabilisticSharpe(best, expectedMaximum);
  const percent = Math.round(probability * 100);
  const warning =
    probability >= CONFIDENCE
      ? null
      : `the best of ${trials} trials: with ${percent} % the probability that its Sharpe ratio is no luck is below ${CONFIDENCE * 100} %`;
  return { trials, expectedMaximum, probability, warning, source: SOURCE };
}
