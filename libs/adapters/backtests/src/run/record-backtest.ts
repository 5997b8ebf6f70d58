import { wallMicros } from '@portcullis/config';
import type { ReplaySink } from '@portcullis/replay';
import { type DataQualityUsed, renderReport, type ReportData } from '@portcullis/report';
import { monteCarlo } from '@portcullis/statistics';
import type { QualityCount } from '../dataset/input-batch.ts';
import type { RunStore } from '../store/run-store.ts';
import { RunWriter } from '../store/run-writer.ts';
import type { BacktestResult, FinishedBacktest, PreparedBacktest, RunHooks } from './backtest.ts';
import { Excerpts } from './excerpts.ts';
import { runBacktest } from './run-backtest.ts';

/** Orders of the trades that a Monte Carlo draws. */
const MONTE_CARLO_RUNS = 1_000;

/** What of a run is kept. */
export interface KeepOptions {
  /** `summary`: manifest, summary and statistics alone, for sweeps of very many runs. Default `all`. */
  readonly artefacts?: 'all' | 'summary';
  /** Makes the page. Default false. */
  readonly report?: boolean;
  /** Takes what the store has of this very run, if it has, instead of running. Default false. */
  readonly reuse?: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface RecordOptions extends KeepOptions {
  /** Where the run is kept; undefined: nowhere. */
  readonly runs?: RunStore;
  readonly hooks?: RunHooks;
}

export type RecordedBacktest = BacktestResult & { readonly report?: string; readonly reused?: boolean };

/**
 * Runs a prepared backtest, keeps what it tells in a store, and makes its report. A run that pauses is kept as it stands,
 * so that `resume` goes on with its lists too.
 */
export async function recordBacktest(
  prepared: PreparedBacktest,
  options: RecordOptions = {},
): Promise<RecordedBacktest> {
  const { runs, hooks = {}, reuse = false, artefacts = 'all' } = options;
  if (runs !== undefined && reuse) {
    const stored = await storedBacktest(runs, prepared.runId);
    if (stored !== undefined) return { ...stored, reused: true };
  }
  const isWhole = runs !== undefined && artefacts === 'all';
  // The snapshot of another run is refused when it is restored.
  const resume = hooks.resume?.runId === prepared.runId ? hooks.resume : undefined;
  const writer = isWhole ? await RunWriter.open(runs, prepared.runId, resume) : undefined;
  const excerpts = new Excerpts();
  if (resume !== undefined && writer !== undefined) await excerpts.goOn(writer);
  try {
    const result = await runBacktest(prepared, withWriter(hooks, writer, excerpts));
    if (result.status === 'paused') {
      await writer?.pause(result.snapshot);
      return result;
    }
    const quality = isWhole || options.report === true ? await prepared.source.quality() : [];
    const page =
      options.report === true ? await renderReport(reportData(prepared, result, { excerpts, quality })) : undefined;
    const record = { ...factsOf(prepared, result), quality, attributes: options.attributes ?? {} };
    if (writer !== undefined) await writer.commit({ ...record, finished: result }, page);
    else if (runs !== undefined) await putSummary(runs, { ...record, finished: result });
    return page === undefined ? result : { ...result, report: page };
  } finally {
    await writer?.close();
  }
}

/** A run that a store has, as its result; candles and profits are only in its report. Undefined where it has none. */
export async function storedBacktest(runs: RunStore, runId: string): Promise<FinishedBacktest | undefined> {
  const manifest = await runs.manifest(runId);
  const statistics = manifest && (await runs.statistics(runId));
  if (manifest === undefined || statistics === undefined) return undefined;
  const { summary, digests, timing } = manifest;
  return {
    status: 'finished',
    runId,
    summary,
    statistics,
    equity: (await runs.equity(runId)) ?? [],
    candles: [],
    roundTripProfits: new Float64Array(0),
    digests,
    timing,
  };
}

type Facts = Parameters<RunWriter['commit']>[0];

function factsOf(
  prepared: PreparedBacktest,
  { summary, timing }: FinishedBacktest,
): Omit<Facts, 'finished' | 'quality' | 'attributes'> {
  const { runId, digests, request, config, info: data, instrumentsInferred } = prepared;
  return { runId, createdAt: wallMicros(), digests, request, config, data, instrumentsInferred, summary, timing };
}

async function putSummary(runs: RunStore, { finished, ...facts }: Facts): Promise<void> {
  const { runId } = facts;
  const files: { name: string; bytes: number }[] = [];
  for (const name of ['summary', 'statistics'] as const) {
    files.push({ name: `${name}.json`, bytes: await runs.put(runId, `${name}.json`, finished[name]) });
  }
  await runs.put(runId, 'manifest.json', { version: 1, ...facts, files });
}

function withWriter(hooks: RunHooks, writer: RunWriter | undefined, excerpts: Excerpts): RunHooks {
  const { sink = {}, onSnapshot } = hooks;
  const all: ReplaySink = {
    fill(record) {
      excerpts.fill(record);
      writer?.fill(record);
      sink.fill?.(record);
    },
    denial(record) {
      excerpts.denial(record);
      writer?.denial(record);
      sink.denial?.(record);
    },
    roundTrip(record) {
      excerpts.roundTrip(record);
      writer?.roundTrip(record);
      sink.roundTrip?.(record);
    },
    cash(record) {
      writer?.cash(record);
      sink.cash?.(record);
    },
    log(level, message, at) {
      writer?.log(level, message, at);
      sink.log?.(level, message, at);
    },
  };
  if (writer === undefined) return { ...hooks, sink: all };
  return {
    ...hooks,
    sink: all,
    onSnapshot: async (snapshot) => {
      await writer.pause(snapshot);
      await onSnapshot?.(snapshot);
    },
  };
}

function reportData(
  prepared: PreparedBacktest,
  result: FinishedBacktest,
  { excerpts, quality }: { readonly excerpts: Excerpts; readonly quality: readonly QualityCount[] },
): ReportData {
  const { summary, statistics, equity, candles, digests, roundTripProfits } = result;
  const startEquity = Number(summary.startEquity);
  const isDrawn = roundTripProfits.length > 1;
  return {
    title: `${summary.strategy} on ${prepared.info.instruments.map(({ symbol }) => symbol).join(', ')}`,
    createdAt: wallMicros(),
    summary,
    statistics,
    monteCarlo: isDrawn
      ? monteCarlo(roundTripProfits, { startEquity, runs: MONTE_CARLO_RUNS, seed: summary.seed })
      : null,
    deflatedSharpe: null,
    digests,
    config: prepared.config,
    dataUrl: prepared.info.url,
    equity,
    candles: candles[0] ?? [],
    ...excerpts.shown,
    quality: quality.map(({ instrument, ...count }): DataQualityUsed => ({
      ...count,
      stream: `${instrument} ${count.stream}`,
    })),
  };
}
