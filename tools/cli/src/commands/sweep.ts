import { loadStrategy, runSweep, type SweepReport, type SweepSpecInput } from '@portcullis/backtests';
import { typedParameters } from '../backtest/parameters.ts';
import { requestOf, requestOptions, requestUsage } from '../backtest/request-flags.ts';
import { type Command, EXIT, type Flags, textOf, wholeNumberOf } from '../command.ts';
import { ProgressLine, abortOnInterrupt } from '../data/progress-line.ts';
import { shownCount } from '../data/shown.ts';
import { parseDuration } from '../duration.ts';
import { printResult } from '../print.ts';
import { sweepOf, sweepOptions, sweepUsage } from '../sweep/sweep-flags.ts';
import { shownProgress, shownSeconds, sweepLines } from '../sweep/sweep-lines.ts';

const STORE_DEFAULT = 'file://./runs';
const WORKERS_DEFAULT = 2;
const TOP_DEFAULT = 10;

export const sweep: Command = {
  name: 'sweep',
  summary: 'Runs a backtest with many combinations of parameters, and says which were best',
  usage: [
    'usage: portcullis sweep --strategy S --grid K=V [--grid K=V …] --data URL --fill MODEL [--random N] [--store URL]',
    '',
    ...sweepUsage,
    '',
    'As of backtest:',
    ...requestUsage,
    '',
    'A sweep that was stopped, by whatever, goes on where it was: the same command computes what is missing.',
  ],
  options: { ...requestOptions, ...sweepOptions },
  positionalsMax: 0,
  async run({ flags, lists }) {
    const { request, parameters } = requestOf({ flags, lists });
    const { strategy } = await loadStrategy(request.strategy);
    const base = { ...request, parameters: typedParameters(strategy, parameters) } as SweepSpecInput['base'];
    const report = await swept({ base, ...sweepOf({ flags, lists }, strategy) }, flags);
    print(flags, report);
    const { best, splits } = report.result;
    return best !== null || splits.some(({ tested }) => tested !== null) ? EXIT.ok : EXIT.failed;
  },
};

async function swept(spec: SweepSpecInput, flags: Flags): Promise<SweepReport> {
  const workers = wholeNumberOf(flags, 'workers', { least: 1, most: 64 }) ?? WORKERS_DEFAULT;
  const timeBudget = textOf(flags, 'time-budget');
  const memoryMb = wholeNumberOf(flags, 'memory', { least: 32, most: 1_048_576 });
  const line = new ProgressLine();
  const interrupt = abortOnInterrupt();
  try {
    return await runSweep(spec, {
      store: textOf(flags, 'store') ?? STORE_DEFAULT,
      workers,
      signal: interrupt.signal,
      ...(timeBudget === undefined ? {} : { timeBudgetMs: parseDuration(timeBudget, '--time-budget') }),
      ...(memoryMb === undefined ? {} : { memoryMb }),
      onProgress: (progress) => {
        const left = progress.secondsLeft === undefined ? '' : `, ${shownSeconds(progress.secondsLeft)} left`;
        const what = `sweep, ${shownCount(progress.done)} of ${shownCount(progress.runs)} runs: ${shownProgress(progress)}${left}`;
        line.show(progress.done / progress.runs, what);
      },
    });
  } finally {
    interrupt.release();
    line.end();
  }
}

function print(flags: Flags, report: SweepReport): void {
  const top = wholeNumberOf(flags, 'top', { least: 1, most: 100_000 }) ?? TOP_DEFAULT;
  const store = textOf(flags, 'store') ?? STORE_DEFAULT;
  const { result, progress, seconds } = report;
  const { spec: _spec, rows, ...rest } = result;
  const { computed = 0, reused = 0, runs = 0 } = progress ?? {};
  const json = {
    ...rest,
    runs,
    computed,
    reused,
    rows: rows.slice(0, top),
    seconds: Number(seconds.toFixed(3)),
    store,
  };
  printResult(flags, json, sweepLines(report, top, store));
}
