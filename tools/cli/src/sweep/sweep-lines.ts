import type { SplitOutcome, SweepProgress, SweepReport, SweepRow } from '@portcullis/backtests';
import { shownCount, shownTime } from '../data/shown.ts';
import { columns } from '../print.ts';

const FAILURES_SHOWN = 5;
const SIGNIFICANT = 5;

/** `7 computed, 93 reused, 0 failed`. */
export function shownProgress({
  computed,
  reused,
  failed,
}: Pick<SweepProgress, 'computed' | 'reused' | 'failed'>): string {
  return `${shownCount(computed)} computed, ${shownCount(reused)} reused, ${shownCount(failed)} failed`;
}

/** `1 h 5 min`, `42 s`. */
export function shownSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A sweep for people: the table, its best, and what choosing the best is worth. */
export function sweepLines({ result, progress, seconds }: SweepReport, top: number, store: string): string[] {
  const { statistic } = result.spec.objective;
  const failures = result.rows.filter(({ error }) => error !== null);
  const { choice } = result;
  return [
    ...(result.splits.length > 0 ? walkForwardLines(result) : tableOf(result.rows, statistic, top)),
    ...(failures.length > 0 ? ['', ...failures.slice(0, FAILURES_SHOWN).map(failureLine)] : []),
    ...(failures.length > FAILURES_SHOWN ? [`… and ${shownCount(failures.length - FAILURES_SHOWN)} more`] : []),
    '',
    ...(choice === null
      ? []
      : [
          `the best of ${shownCount(choice.trials)}: probability ${number(choice.probability)} that its true Sharpe ratio is above 0 (deflated Sharpe ratio)`,
        ]),
    ...(typeof choice?.warning === 'string' ? [`warning: ${choice.warning}`] : []),
    `${shownCount(progress?.runs ?? 0)} runs in ${shownSeconds(seconds)}: ${shownProgress(progress ?? { computed: 0, reused: 0, failed: 0 })}`,
    `sweep ${result.sweepId}, result ${result.digest}`,
    `kept in ${store}, sweeps/${result.sweepId}`,
  ];
}

function tableOf(rows: readonly SweepRow[], statistic: string, top: number): string[] {
  const shown = rows.filter(({ objective }) => objective !== null).slice(0, top);
  const [first] = shown;
  if (first === undefined) return [`no combination has a ${statistic} to choose by; --objective pnl always is there`];
  const names = Object.keys(first.parameters);
  const isExtra = statistic !== 'pnl';
  return columns([
    ['', ...names, ...(isExtra ? [statistic] : []), 'pnl', 'round trips', 'run'],
    ...shown.map(({ parameters, objective, run }, at) => [
      String(at + 1),
      ...names.map((name) => String(parameters[name])),
      ...(isExtra ? [number(objective)] : []),
      run?.pnl ?? '',
      shownCount(run?.roundTrips ?? 0),
      run?.runId ?? '',
    ]),
  ]);
}

function walkForwardLines({ splits, outOfSample, spec }: SweepReport['result']): string[] {
  const { statistic } = spec.objective;
  const of = ({ index, test, best, tested }: SplitOutcome): string[] => [
    String(index + 1),
    shownTime(test.from).slice(0, 10),
    shownTime(test.to).slice(0, 10),
    best === null
      ? '-'
      : Object.entries(best.parameters)
          .map(([name, value]) => `${name}=${String(value)}`)
          .join(' '),
    number(best?.objective ?? null),
    number(tested?.objective ?? null),
    tested?.run?.pnl ?? '-',
  ];
  const rows = [
    ['', 'test from', 'to', 'chosen', `${statistic} in training`, 'in the test', 'pnl of the test'],
    ...splits.map(of),
  ];
  if (outOfSample === null) return columns(rows);
  const { pnl, compoundedReturn, profitableSplits, tested, efficiency, choices } = outOfSample;
  return [
    ...columns(rows),
    '',
    `out of sample: profit ${pnl},${compoundedReturn === null ? '' : ` return ${number(100 * compoundedReturn)} %,`} ${profitableSplits} of ${tested} tests with a profit, ${choices} different choices`,
    ...(efficiency === null ? [] : [`the tests keep ${number(100 * efficiency)} % of the objective of the training`]),
  ];
}

function failureLine({ parameters, error }: SweepRow): string {
  return `failed: ${Object.entries(parameters)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ')}: ${error ?? ''}`;
}

function number(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(SIGNIFICANT)));
}
