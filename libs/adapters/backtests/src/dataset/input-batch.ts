import type { Cursor } from '@portcullis/archive';
import type { MarketKind } from '@portcullis/contracts';
import type { DataStream, InstrumentDefinition } from '@portcullis/market';
import type { ReplayInput } from '@portcullis/replay';

/** Events in the order of replay, with the place after each. */
export interface InputBatch {
  readonly events: readonly ReplayInput[];
  cursorAfter(index: number): Cursor;
}

/** Windows of the quality ledger over what is read, by state. */
export interface QualityCount {
  readonly stream: DataStream;
  readonly instrument: string;
  readonly good: number;
  readonly degraded: number;
  readonly bad: number;
  readonly unknown: number;
  readonly leftOut: number;
}

/** What is known of a selection before it is read. Plain JSON. */
export interface DataInfo {
  readonly url: string;
  /** Hex SHA-256 of what is selected: equal content and selection, equal digest, whatever store it lies in. */
  readonly digest: string;
  readonly kinds: readonly MarketKind[];
  /** By slot. */
  readonly instruments: readonly { readonly venue: string; readonly symbol: string }[];
  readonly streams: readonly { readonly key: string; readonly rows: number; readonly partitions: number }[];
  /** Rows of the files that are touched, those outside of `[from, to)` taken off in proportion: for progress. */
  readonly rows: number;
  /** Span of the events in microseconds, first and last, as the manifests have it. */
  readonly from: number;
  readonly to: number;
}

/** Where a run takes its events from: the archive, or a tape of it in memory. */
export interface EventSource {
  readonly info: DataInfo;
  /** `definitions` are by slot, in the increments of which the events come. */
  batches(definitions: readonly InstrumentDefinition[], after?: Cursor): AsyncGenerator<InputBatch, void, undefined>;
  /** Windows of the quality ledger over what is read. */
  quality(): Promise<readonly QualityCount[]>;
}
