import type {
  DenialRecord,
  EquityPoint,
  FillRecord,
  PriceCandle,
  ReplayConfig,
  ReplaySummary,
  RoundTrip,
  RunDigests,
} from '@portcullis/replay';
import type { MonteCarlo, RunStatistics } from '@portcullis/statistics';

/** A list that may be cut for the page: `total` says how many there are. */
export interface Excerpt<T> {
  readonly total: number;
  readonly shown: readonly T[];
}

/** Windows of the quality ledger over what was read, by state. */
export interface DataQualityUsed {
  readonly stream: string;
  readonly good: number;
  readonly degraded: number;
  readonly bad: number;
  readonly unknown: number;
  readonly leftOut: number;
}

/** All that the report of one run shows. Plain JSON. */
export interface ReportData {
  readonly title: string;
  readonly createdAt: number;
  readonly summary: ReplaySummary;
  readonly statistics: RunStatistics;
  readonly monteCarlo: MonteCarlo | null;
  /** Set for the best of a sweep: what choosing among so many is worth. */
  readonly deflatedSharpe: {
    readonly trials: number;
    readonly probability: number;
    readonly warning: string | null;
  } | null;
  readonly digests: RunDigests;
  readonly config: ReplayConfig;
  readonly dataUrl: string;
  readonly equity: readonly EquityPoint[];
  readonly candles: readonly PriceCandle[];
  readonly fills: Excerpt<FillRecord>;
  readonly denials: Excerpt<DenialRecord>;
  readonly roundTrips: Excerpt<RoundTrip>;
  readonly quality: readonly DataQualityUsed[];
}
