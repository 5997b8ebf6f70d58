import type { Cursor } from './cursor.ts';
import type { StreamId } from './stream-id.ts';

/** BIGINT columns are Float64Array (each value a safe integer), the narrower ones their own width, VARCHAR strings. */
export type ReadColumn = Float64Array | Int32Array | Int16Array | Int8Array | readonly string[];

/** Rows of one stream that lie side by side. The arrays are the reader's own and stay good as long as they are held. */
export interface StreamColumns {
  readonly stream: StreamId;
  readonly length: number;
  /** By name; `tsEvent` and `seq` are always there. */
  readonly columns: Readonly<Record<string, ReadColumn>>;
}

/** Columns on their way into the merge. */
export interface ColumnsChunk extends StreamColumns {
  readonly tsEvent: Float64Array;
  readonly seq: Float64Array;
  /** Rows before this one are not wanted. */
  readonly start: number;
  /** How many rows of the stream before row 0 have its `tsEvent` and `seq`. */
  readonly before: number;
  /** What the rows come from, for messages. */
  readonly source: string;
}

/** The place after a row. */
export function cursorAt({ stream, tsEvent, seq, before }: ColumnsChunk, row: number): Cursor {
  let first = row;
  while (first > 0 && tsEvent[first - 1] === tsEvent[row] && seq[first - 1] === seq[row]) first--;
  const index = row - first + (first === 0 ? before : 0);
  return { tsEvent: tsEvent[row] as number, seq: seq[row] as number, stream: stream.key, index };
}
