import type { SweepRow } from './sweep-row.ts';

/** What choosing the best of many does to its Sharpe ratio. */
export interface ChoiceWarning {
  readonly trials: number;
  /** That the true Sharpe ratio of the best is above 0, given how many were tried; a float from 0 to 1. */
  readonly probability: number;
  readonly warning: string | null;
}

export function choiceOf(_best: SweepRow, _rows: readonly SweepRow[]): ChoiceWarning | null {
  return null;
}
