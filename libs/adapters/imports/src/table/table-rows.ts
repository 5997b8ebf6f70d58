/** Cells of consecutive rows, in the order of the mapped columns; an empty text where there is none. */
export interface RowBatch {
  /** The number of the first: of the line in a text, of the row in a Parquet file, from 1. */
  readonly first: number;
  readonly rows: readonly (readonly string[])[];
}

/** A table that was opened: what its mapped columns are, and their cells as text. */
export interface Table {
  /** For messages. */
  readonly name: string;
  /** Which of the mapped columns hold printed doubles, whose digits are only good to 15. */
  readonly doubles: readonly boolean[];
  /** True where times come out as counts of nanoseconds whatever the map says. */
  readonly hasNanos: boolean;
  batches(onBytes: (bytes: number) => void): AsyncIterable<RowBatch>;
}
