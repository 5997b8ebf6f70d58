import { type DeflatedSharpe, deflatedSharpe } from '@portcullis/statistics';
import type { SweepRow } from './sweep-row.ts';

/** What choosing the best of many does to its Sharpe ratio: see `deflatedSharpe`. */
export type ChoiceWarning = DeflatedSharpe;

/**
 * The deflated Sharpe ratio of the best row among all that have daily returns. Null for fewer than two of them, and for a
 * best whose returns have no shape to judge by (a day or two, or none that differ).
 */
export function choiceOf(best: SweepRow, rows: readonly SweepRow[]): ChoiceWarning | null {
  const { dailySharpe, observations, skewness, kurtosis } = best.run?.statistics ?? {};
  if (!isNumber(dailySharpe) || !isNumber(observations) || !isNumber(skewness) || !isNumber(kurtosis)) return null;
  const trials = rows.map(({ run }) => run?.statistics['dailySharpe']).filter(isNumber);
  return deflatedSharpe({ sharpe: dailySharpe, observations, skewness, kurtosis }, trials);
}

const isNumber = (value: number | null | undefined): value is number => typeof value === 'number';
