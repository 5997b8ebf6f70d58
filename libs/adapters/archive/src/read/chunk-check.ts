import type { ArchiveColumn } from '../columns.ts';
import type { DuckChunk } from '../duck.ts';
import type { ReadColumn } from './columns-chunk.ts';
import type { LeasedRun } from './day-runs.ts';
import { ArchiveReadError } from './read-error.ts';

const ARRAYS = { BIGINT: Float64Array, INTEGER: Int32Array, SMALLINT: Int16Array, TINYINT: Int8Array } as const;

/** Names the columns of a chunk. Throws {@link ArchiveReadError} for a type or a value that the archive does not have. */
export function namedColumns(
  chunk: DuckChunk,
  columns: readonly ArchiveColumn[],
  run: LeasedRun,
): Record<string, ReadColumn> {
  const [nulls] = chunk.nulls;
  if (nulls !== undefined) throw new ArchiveReadError(run.name, 'has a null', { column: columns[nulls]?.name ?? '' });
  const named: Record<string, ReadColumn> = {};
  columns.forEach(({ name, type }, index) => {
    const values = chunk.columns[index] as ReadColumn;
    if (type === 'VARCHAR' ? !Array.isArray(values) : !(values instanceof ARRAYS[type])) {
      throw new ArchiveReadError(run.name, `is not of the type ${type}`, { column: name });
    }
    // Times are checked against the span of the file, together with their order.
    if (values instanceof Float64Array && name !== 'tsEvent') checkSafe(values, name, run);
    named[name] = values;
  });
  return named;
}

function checkSafe(values: Float64Array, column: string, run: LeasedRun): void {
  const { length } = values;
  let row = 0;
  while (row < length && Math.abs(values[row] as number) <= Number.MAX_SAFE_INTEGER) row++;
  if (row === length) return;
  throw new ArchiveReadError(run.name, `has ${values[row]} or near it, which is beyond 2^53 - 1`, { column });
}

/** Throws {@link ArchiveReadError} unless the rows are sorted, within themselves and after `previous`, and in the run's span. */
export function checkOrder(
  { tsEvent, seq }: { readonly tsEvent: Float64Array; readonly seq: Float64Array },
  previous: { readonly tsEvent: number; readonly seq: number },
  run: LeasedRun,
): void {
  let lastTs = previous.tsEvent;
  let lastSeq = previous.seq;
  for (let row = 0; row < tsEvent.length; row++) {
    const ts = tsEvent[row] as number;
    const number = seq[row] as number;
    if (ts < lastTs || (ts === lastTs && number < lastSeq)) {
      throw new ArchiveReadError(run.name, `is not sorted: (${ts}, ${number}) comes after (${lastTs}, ${lastSeq})`);
    }
    lastTs = ts;
    lastSeq = number;
  }
  const from = Math.min(...run.files.map(({ tsEventMin }) => tsEventMin));
  const to = Math.max(...run.files.map(({ tsEventMax }) => tsEventMax));
  const first = tsEvent[0] as number;
  if (first >= from && lastTs <= to) return;
  throw new ArchiveReadError(run.name, `has ${first < from ? first : lastTs}, its manifest says ${from} to ${to}`, {
    column: 'tsEvent',
  });
}
