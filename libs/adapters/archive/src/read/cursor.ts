/**
 * A place between two rows: after `index + 1` rows of the stream with this `tsEvent` and `seq`. Plain JSON, good in
 * another process and for another request over the same streams. For the rows of a book event `index` is their own.
 */
export interface Cursor {
  readonly tsEvent: number;
  readonly seq: number;
  /** Key of the stream of the last row before it. */
  readonly stream: string;
  readonly index: number;
}

/** What of one stream lies before a cursor. */
export interface StreamStart {
  readonly tsEvent: number;
  readonly seq: number;
  /** Rows with exactly this `tsEvent` and `seq` that lie before it. */
  readonly rows: number;
}

/** Among streams that tie in `(tsEvent, seq)` those with smaller keys come first. */
export function startOf(cursor: Cursor, stream: string): StreamStart {
  const { tsEvent, seq } = cursor;
  if (stream === cursor.stream) return { tsEvent, seq, rows: cursor.index + 1 };
  return { tsEvent, seq, rows: stream < cursor.stream ? Infinity : 0 };
}
