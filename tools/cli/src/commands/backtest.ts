import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  loadStrategy,
  type LoadedStrategy,
  type PausedBacktest,
  prepareBacktest,
  recordBacktest,
  type RunHooks,
  runInWorker,
  RunStore,
  type WorkerHooks,
  type WorkerLimits,
  type WorkerResult,
} from '@portcullis/backtests';
import { UserError } from '@portcullis/config';
import { openObjectStore } from '@portcullis/objects';
import { typedParameters } from '../backtest/parameters.ts';
import { requestOf, requestOptions, requestUsage } from '../backtest/request-flags.ts';
import { finishedLines } from '../backtest/run-lines.ts';
import { readState, removeState, writeState } from '../backtest/state-file.ts';
import { type Command, EXIT, type Flags, UsageError, textOf, wholeNumberOf } from '../command.ts';
import { ProgressLine, abortOnInterrupt } from '../data/progress-line.ts';
import { shownCount } from '../data/shown.ts';
import { parseDuration } from '../duration.ts';
import { printResult } from '../print.ts';

export const backtest: Command = {
  name: 'backtest',
  summary: 'Replays recorded market data through a strategy, the gate and a fill model',
  usage: [
    'usage: portcullis backtest --strategy S [--param K=V …] --data URL --fill MODEL [--report FILE] [--store URL]',
    '',
    ...requestUsage,
    '',
    '  --report FILE      one HTML file with the picture, the trades and the statistics; opens without a network',
    '  --store URL        keeps the run: runs/<id>/ with manifest, fills, denials, equity, report',
    '  --state FILE       where a run that is stopped (Ctrl-C) waits; --resume goes on from there',
    '  --stop-after N     stops after so many events in all',
    '  --time-budget T    of a strategy file: the longest that it may think without coming back (10s)',
    '  --memory MIB       of a strategy file: what it may hold in memory (512)',
  ],
  options: {
    ...requestOptions,
    report: { type: 'string' },
    store: { type: 'string' },
    state: { type: 'string' },
    resume: { type: 'boolean' },
    'stop-after': { type: 'string' },
    'time-budget': { type: 'string' },
    memory: { type: 'string' },
  },
  positionalsMax: 0,
  async run({ flags, lists }) {
    const asked = requestOf({ flags, lists });
    const state = stateOf(flags);
    const strategy = await loadStrategy(asked.request.strategy);
    const request = { ...asked.request, parameters: typedParameters(strategy.strategy, asked.parameters) };
    const limits = workerLimitsOf(flags);
    const result = await watched((watch) => {
      const options = optionsOf(flags, state, watch);
      // What somebody wrote today may loop for ever, and a thread that loops hears no Ctrl-C.
      return strategy.file === undefined
        ? inThisThread(request, strategy, options)
        : inWorker(request, limits, options);
    });
    return result.status === 'paused' ? paused(flags, result, state) : finished(flags, result);
  },
};

interface State {
  readonly path: string | undefined;
  readonly isResumed: boolean;
}

function stateOf(flags: Flags): State {
  const path = textOf(flags, 'state');
  const isResumed = flags['resume'] === true;
  if (path === undefined && isResumed) {
    throw new UsageError('--resume needs --state: expected the file of the stopped run');
  }
  if (path === undefined && flags['stop-after'] !== undefined) {
    throw new UsageError('--stop-after needs --state: expected the file in which the stopped run waits');
  }
  return { path: path === undefined ? undefined : resolve(path), isResumed };
}

/** Bounds of a strategy out of a file. */
function workerLimitsOf(flags: Flags): WorkerLimits {
  const timeBudget = textOf(flags, 'time-budget');
  const memoryMb = wholeNumberOf(flags, 'memory', { least: 64, most: 1_048_576 });
  return {
    ...(timeBudget !== undefined && { timeBudgetMs: parseDuration(timeBudget, '--time-budget') }),
    ...(memoryMb !== undefined && { memoryMb }),
  };
}

type Watch = Pick<RunHooks, 'signal' | 'onProgress'>;
type Options = Pick<WorkerHooks, 'signal' | 'onProgress' | 'store' | 'report' | 'stopAfter' | 'resume'>;

/** With a progress line, and a Ctrl-C that stops the run between two events. */
async function watched<T>(run: (watch: Watch) => Promise<T>): Promise<T> {
  const progress = new ProgressLine();
  const interrupt = abortOnInterrupt();
  try {
    return await run({
      signal: interrupt.signal,
      onProgress: ({ share, events, secondsLeft }) => {
        const left = secondsLeft === undefined ? '' : `, ${secondsLeft} s left`;
        progress.show(share, `backtest, ${shownCount(events)} events${left}`);
      },
    });
  } finally {
    interrupt.release();
    progress.end();
  }
}

function optionsOf(flags: Flags, { path, isResumed }: State, watch: Watch): Options {
  const stopAfter = wholeNumberOf(flags, 'stop-after', { least: 1, most: Number.MAX_SAFE_INTEGER });
  const resume = isResumed && path !== undefined ? readState(path) : undefined;
  // Lists of a run that waits have to wait with it.
  const store = textOf(flags, 'store') ?? (path === undefined ? undefined : listsOf(path));
  return {
    ...watch,
    report: textOf(flags, 'report') !== undefined,
    ...(store !== undefined && { store }),
    ...(stopAfter !== undefined && { stopAfter }),
    ...(resume !== undefined && { resume }),
  };
}

/** The store beside a state. */
function listsOf(path: string): string {
  return `file://${encodeURI(`${path}.run`)}`;
}

async function inThisThread(
  request: object,
  strategy: LoadedStrategy,
  { store: url, report = false, ...hooks }: Options,
): Promise<WorkerResult> {
  const prepared = await prepareBacktest(request, { strategy });
  const store = url === undefined ? undefined : openObjectStore(url);
  try {
    const kept = store === undefined ? {} : { runs: new RunStore(store) };
    return { ...(await recordBacktest(prepared, { ...kept, report, hooks })), plan: prepared };
  } finally {
    await store?.close();
    await prepared.close();
  }
}

async function inWorker(request: object, limits: WorkerLimits, options: Options): Promise<WorkerResult> {
  return runInWorker(request, { ...options, ...limits });
}

function paused(flags: Flags, { snapshot, runId, timing }: PausedBacktest, { path }: State): number {
  if (path === undefined) {
    throw new UserError(`stopped after ${shownCount(snapshot.events)} events`, 'give --state FILE to be able to go on');
  }
  writeState(path, snapshot);
  printResult(flags, { status: 'paused', runId, events: snapshot.events, state: path, ...timing }, [
    `stopped after ${shownCount(snapshot.events)} events; the same command with --resume goes on`,
  ]);
  return EXIT.ok;
}

type Finished = Extract<WorkerResult, { readonly status: 'finished' }>;

function finished(flags: Flags, result: Finished): number {
  const report = textOf(flags, 'report');
  const store = textOf(flags, 'store');
  if (report !== undefined) writeReport(report, result.report ?? '');
  const state = textOf(flags, 'state');
  if (state !== undefined) removeState(resolve(state), store === undefined);
  const { summary, timing, statistics, digests, plan } = result;
  const json = {
    status: 'finished',
    ...summary,
    ...timing,
    digests,
    statistics,
    instrumentsInferred: plan.instrumentsInferred,
    instruments: plan.request.instruments ?? [],
    ...(report !== undefined && { report: resolve(report) }),
    ...(store !== undefined && { store }),
  };
  printResult(
    flags,
    json,
    finishedLines(plan, result, [
      ...(report === undefined ? [] : [`report: ${report}`]),
      ...(store === undefined ? [] : [`kept in ${store}, runs/${summary.runId}`]),
    ]),
  );
  return summary.state === 'completed' ? EXIT.ok : EXIT.failed;
}

function writeReport(path: string, page: string): void {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true });
    writeFileSync(path, page);
  } catch (cause) {
    throw new UserError(`--report ${path} cannot be written: ${(cause as Error).message}`, 'look at --report', {
      cause,
    });
  }
}
