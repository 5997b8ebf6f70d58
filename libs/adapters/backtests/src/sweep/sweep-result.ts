import { contentHash, formatDecimal, parseDecimal, pow10 } from '@portcullis/kernel';
import { BacktestError } from '../backtest-error.ts';
import type { SweepPlan } from './plan-sweep.ts';
import { type PartOutcome, type SplitOutcome, unitsOf } from './run-part.ts';
import { choiceOf, type ChoiceWarning } from './selection-bias.ts';
import type { SweepSpec } from './sweep-spec.ts';
import { bestOf, ranked, type SweepRow } from './sweep-row.ts';

/** What a walk-forward says of the whole way of choosing: its tests alone, which no choice has seen. */
export interface OutOfSample {
  readonly splits: number;
  /** Splits whose test had a result. */
  readonly tested: number;
  /** Sum over the tests; exact. */
  readonly pnl: string;
  /** Returns of the tests one after another, as a fraction; a float. Null where one has none (no equity to begin with). */
  readonly compoundedReturn: number | null;
  readonly profitableSplits: number;
  /** Means of the objective over the splits that have both; null when there is none. */
  readonly trainObjective: number | null;
  readonly testObjective: number | null;
  /** How much of it the test keeps: test / train (Pardo's walk-forward efficiency); null where train is not above 0. */
  readonly efficiency: number | null;
  /** Different combinations that were chosen. */
  readonly choices: number;
}

/** What a sweep comes to. Plain JSON; the same whoever computed what, in which order and how often it was interrupted. */
export interface SweepResult {
  readonly version: 1;
  readonly sweepId: string;
  readonly spec: SweepSpec;
  readonly combinations: number;
  readonly failed: number;
  /** Sorted by the objective, the best first; empty with a walk-forward. */
  readonly rows: readonly SweepRow[];
  readonly best: SweepRow | null;
  readonly splits: readonly SplitOutcome[];
  readonly outOfSample: OutOfSample | null;
  /** What choosing among so many does to the best Sharpe ratio; null where it cannot be said. */
  readonly choice: ChoiceWarning | null;
  /** Hex SHA-256 over everything above but floats that derive from the rest. */
  readonly digest: string;
}

/** Puts the parts of a sweep together, in whatever order they come. Throws {@link BacktestError} when one is missing or all combinations are refused alike. */
export function assembleSweep(plan: SweepPlan, parts: readonly PartOutcome[]): SweepResult {
  const { spec, sweepId } = plan;
  const rows = byIndex(parts.flatMap((part) => part.rows));
  const splits = byIndex(parts.flatMap((part) => part.splits));
  const units = plan.splits.length === 0 ? rows.length : splits.length;
  if (units !== unitsOf(plan)) {
    throw new BacktestError('crash', `${units} of ${unitsOf(plan)} parts of ${sweepId} are there`);
  }
  refuseHopeless(rows);
  const table = ranked(rows, spec.objective);
  const best = bestOf(rows, spec.objective) ?? null;
  const failed =
    rows.filter(({ error }) => error !== null).length + splits.reduce((sum, split) => sum + split.failed, 0);
  return {
    version: 1,
    sweepId,
    spec,
    combinations: plan.points.length,
    failed,
    rows: table,
    best,
    splits,
    outOfSample: splits.length === 0 ? null : outOfSampleOf(splits),
    choice: best === null ? null : choiceOf(best, rows),
    digest: contentHash(['sweep-result', sweepId, rows.map(essence), splits.map(splitEssence)]),
  };
}

function byIndex<T extends { readonly index: number }>(items: readonly T[]): T[] {
  // A part that was done twice says the same twice.
  return [...new Map(items.map((item) => [item.index, item])).values()].sort((a, b) => a.index - b.index);
}

/** A parameter that the strategy does not have is one mistake, not a hundred. */
function refuseHopeless(rows: readonly SweepRow[]): void {
  const [first] = rows;
  if (first === undefined || rows.some(({ run }) => run !== null)) return;
  throw new BacktestError('input', `no combination can be run; the first: ${first.error ?? ''}`);
}

/** Of a row what decides; floats as text, because canonical JSON has whole numbers only. Words of an error may name times. */
function essence({ index, parameters, objective, run, error }: SweepRow): unknown {
  return [
    index,
    parameters,
    objective === null ? null : String(objective),
    run?.runId ?? null,
    run?.decisionHash ?? null,
    error === null,
  ];
}

function splitEssence({ index, train, test, best, tested }: SplitOutcome): unknown {
  const of = (row: SweepRow | null): unknown => (row === null ? null : essence(row));
  return [index, train, test, of(best), of(tested)];
}

function outOfSampleOf(splits: readonly SplitOutcome[]): OutOfSample {
  const tested = splits.flatMap(({ tested: row }) => row?.run ?? []);
  const both = splits.flatMap(({ best, tested: row }) =>
    typeof best?.objective === 'number' && typeof row?.objective === 'number'
      ? [{ train: best.objective, test: row.objective }]
      : [],
  );
  const mean = (of: (pair: (typeof both)[number]) => number): number | null =>
    both.length === 0 ? null : both.reduce((sum, pair) => sum + of(pair), 0) / both.length;
  const trainObjective = mean(({ train }) => train);
  const testObjective = mean(({ test }) => test);
  return {
    splits: splits.length,
    tested: tested.length,
    pnl: sumOf(tested.map(({ pnl }) => pnl)),
    compoundedReturn: compounded(tested.map(({ statistics }) => statistics['totalReturn'] ?? null)),
    profitableSplits: tested.filter(({ pnl }) => Number(pnl) > 0).length,
    trainObjective,
    testObjective,
    efficiency:
      trainObjective === null || testObjective === null || trainObjective <= 0 ? null : testObjective / trainObjective,
    choices: new Set(splits.flatMap(({ best }) => (best === null ? [] : [best.index]))).size,
  };
}

function compounded(returns: readonly (number | null)[]): number | null {
  let product = 1;
  for (const one of returns) {
    if (one === null) return null;
    product *= 1 + one;
  }
  return returns.length === 0 ? null : product - 1;
}

const MONEY_SCALE = 24;

function sumOf(amounts: readonly string[]): string {
  let units = 0n;
  for (const text of amounts) {
    const parsed = parseDecimal(text);
    if (parsed.ok) units += parsed.value.units * pow10(MONEY_SCALE - parsed.value.scale);
  }
  return formatDecimal(units, MONEY_SCALE);
}
