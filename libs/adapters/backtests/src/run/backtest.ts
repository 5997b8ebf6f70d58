import type { Cursor } from '@portcullis/archive';
import type { MarketInput } from '@portcullis/market';
import type {
  EquityPoint,
  PreparedReplay,
  PriceCandle,
  ReplayConfig,
  ReplaySink,
  ReplaySnapshot,
  ReplaySummary,
  RunDigests,
} from '@portcullis/replay';
import type { RunStatistics } from '@portcullis/statistics';
import type { DataInfo, EventSource } from '../dataset/input-batch.ts';
import type { BacktestRequest } from '../request/backtest-request.ts';

/** What a run is going to be. Plain JSON. */
export interface BacktestPlan {
  readonly runId: string;
  /** With everything filled in that the data decides: running it again needs no guess. */
  readonly request: BacktestRequest;
  readonly config: ReplayConfig;
  readonly digests: RunDigests;
  readonly info: DataInfo;
  /** Whether the rules of the instruments were inferred from the data. */
  readonly instrumentsInferred: boolean;
}

/** A request that was checked against its data and its strategy. Good for any number of runs, one after another or at once. */
export interface PreparedBacktest extends BacktestPlan {
  readonly source: EventSource;
  /** Of the core, fresh: an instance of the strategy is of one run. */
  replay(): PreparedReplay;
  close(): Promise<void>;
}

export interface BacktestProgress {
  readonly runId: string;
  /** 0 to 1, by rows, or by time where rows are levels of a book. */
  readonly share: number;
  readonly events: number;
  /** Of the last event, microseconds since the epoch. */
  readonly at: number;
  /** What is left in about; undefined in the first moments. */
  readonly secondsLeft: number | undefined;
  readonly fills: number;
  readonly denied: number;
  /** In the account's currency, at the beginning of the run and now. */
  readonly startEquity: string | undefined;
  readonly equity: string | undefined;
}

/** A run between two events. Plain JSON. */
export interface BacktestSnapshot {
  readonly version: 1;
  readonly runId: string;
  readonly digests: RunDigests;
  readonly cursor: Cursor | null;
  readonly events: number;
  readonly replay: ReplaySnapshot;
}

export interface RunHooks {
  readonly onProgress?: (progress: BacktestProgress) => void;
  /** Stops between two events: the result is `paused`, with a snapshot. */
  readonly signal?: AbortSignal;
  /** Events between two snapshots that are handed to `onSnapshot`. */
  readonly snapshotEvery?: number;
  readonly onSnapshot?: (snapshot: BacktestSnapshot) => void | Promise<void>;
  /** Goes on from here; refused (`other-run`) when a digest differs. */
  readonly resume?: BacktestSnapshot;
  /** Pauses after so many events in all. */
  readonly stopAfter?: number;
  /** Takes every fill, denial, round trip and log as it comes. */
  readonly sink?: Partial<ReplaySink>;
  /** Waits before an event is fed, so that a run can keep pace with a clock. Undefined: as fast as possible. */
  readonly pace?: (event: MarketInput) => Promise<void> | undefined;
}

export interface BacktestTiming {
  /** All of it. */
  readonly seconds: number;
  /** Waiting for data and decoding it. */
  readonly dataSeconds: number;
  /** Of the replay loop alone: events through ordering guard, kernel, strategy, gate, fills, books and decision hash. */
  readonly replaySeconds: number;
  readonly eventsPerSecond: number;
  readonly barsPerSecond: number;
}

export interface FinishedBacktest {
  readonly status: 'finished';
  readonly runId: string;
  readonly summary: ReplaySummary;
  readonly statistics: RunStatistics;
  readonly equity: readonly EquityPoint[];
  /** By slot. */
  readonly candles: readonly (readonly PriceCandle[])[];
  /** Net profits of the round trips in their order; floats, for the Monte Carlo. */
  readonly roundTripProfits: Float64Array;
  readonly digests: RunDigests;
  readonly timing: BacktestTiming;
}

export interface PausedBacktest {
  readonly status: 'paused';
  readonly runId: string;
  readonly snapshot: BacktestSnapshot;
  readonly timing: BacktestTiming;
}

export type BacktestResult = FinishedBacktest | PausedBacktest;
