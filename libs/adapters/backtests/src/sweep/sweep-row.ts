import type { BacktestError } from '../backtest-error.ts';
import type { Point } from './parameter-space.ts';
import { isMaximised, type Objective, type SweepSpec } from './sweep-spec.ts';

/** What one run came to, as far as a sweep looks at it. */
export interface RunFigures {
  readonly runId: string;
  readonly state: string;
  readonly failure: string | null;
  readonly decisionHash: string;
  /** Realised and unrealised, minus fees: exact, in the account's currency. */
  readonly pnl: string;
  readonly fees: string;
  readonly roundTrips: number;
  readonly fills: number;
  readonly denied: number;
  readonly events: number;
  /** Floats by their name in the report; null where a run has none (a Sharpe ratio of a flat line). */
  readonly statistics: Readonly<Record<string, number | null>>;
}

/** One combination and what it came to. */
export interface SweepRow {
  /** Of the combination, in the order of the plan. */
  readonly index: number;
  readonly parameters: Point;
  /** What the table is sorted by; null for a combination that has none, at the end of the table. */
  readonly objective: number | null;
  readonly run: RunFigures | null;
  /** Why there is no result, or why it is none to choose. */
  readonly error: string | null;
}

const SHOWN_MAX = 1000;

export function finishedRow(spec: SweepSpec, index: number, parameters: Point, run: RunFigures): SweepRow {
  if (run.state !== 'completed') {
    return { index, parameters, objective: null, run, error: (run.failure ?? run.state).slice(0, SHOWN_MAX) };
  }
  return { index, parameters, objective: objectiveOf(run, spec.objective.statistic), run, error: null };
}

/** The row of a combination that could not be run; `error` is its own, its neighbours go on. */
export function failedRow(index: number, parameters: Point, error: BacktestError): SweepRow {
  const reason = error.trouble === 'input' ? error.message : `${error.trouble}: ${error.message}`;
  return { index, parameters, objective: null, run: null, error: reason.slice(0, SHOWN_MAX) };
}

function objectiveOf(run: RunFigures, statistic: Objective): number | null {
  const value = statistic === 'pnl' ? Number(run.pnl) : (run.statistics[statistic] ?? null);
  return value === null || Number.isNaN(value) ? null : value;
}

/** The best first; what has no objective last; equal ones in the order of the plan, so that the order never depends on chance. */
export function ranked(rows: readonly SweepRow[], objective: SweepSpec['objective']): SweepRow[] {
  const sign = isMaximised(objective) ? -1 : 1;
  return rows.toSorted((a, b) => {
    if (a.objective === null || b.objective === null) {
      return Number(a.objective === null) - Number(b.objective === null) || a.index - b.index;
    }
    return a.objective === b.objective ? a.index - b.index : a.objective < b.objective ? -sign : sign;
  });
}

/** The row to choose, or undefined when none has an objective. */
export function bestOf(rows: readonly SweepRow[], objective: SweepSpec['objective']): SweepRow | undefined {
  const [best] = ranked(rows, objective);
  return best === undefined || best.objective === null ? undefined : best;
}
