import type { ArchiveFile, MarketKind } from '@portcullis/contracts';
import { type ArchiveColumn, ARCHIVE_COLUMNS, sortColumns } from '../columns.ts';
import { sqlName, sqlText } from '../duck.ts';

/** Files of a partition whose spans overlap: they are sorted together. One file alone is sorted already. */
export type FileRun = readonly ArchiveFile[];

/** Microseconds of `tsEvent`, `[from, to)`. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Splits files into runs that follow each other in `(tsEvent, seq)`. */
export function fileRuns(files: readonly ArchiveFile[]): FileRun[] {
  const runs: ArchiveFile[][] = [];
  const sorted = [...files].sort(
    (a, b) => a.tsEventMin - b.tsEventMin || a.seqMin - b.seqMin || (a.name < b.name ? -1 : 1),
  );
  for (const file of sorted) {
    const run = runs.at(-1);
    if (run === undefined || follows(file, runEnd(run))) runs.push([file]);
    else run.push(file);
  }
  return runs;
}

/** No row of the run comes after it. The number at its last microsecond is not known, so it is the largest of all. */
export function runEnd(files: FileRun): RowKey {
  return {
    tsEvent: Math.max(...files.map(({ tsEventMax }) => tsEventMax)),
    seq: Math.max(...files.map(({ seqMax }) => seqMax)),
  };
}

function follows({ tsEventMin, seqMin }: ArchiveFile, end: RowKey): boolean {
  return tsEventMin > end.tsEvent || (tsEventMin === end.tsEvent && seqMin > end.seq);
}

/** The columns that a read of this kind takes. `asked` undefined: all. Gaps always come whole: they are few. */
export function readColumns(kind: MarketKind, asked: readonly string[] | undefined): readonly ArchiveColumn[] {
  const all = ARCHIVE_COLUMNS[kind];
  if (asked === undefined || kind === 'gap') return all;
  return all.filter(({ name }) => name === 'tsEvent' || name === 'seq' || asked.includes(name));
}

export interface RunQuery {
  readonly kind: MarketKind;
  readonly columns: readonly ArchiveColumn[];
  /** Local paths of the run's files, in its order. */
  readonly paths: readonly string[];
  /** What is wanted; undefined when all rows are. */
  readonly ranges: readonly TimeRange[] | undefined;
  /** Only rows behind this one; undefined when all are. */
  readonly after: RowKey | undefined;
  /** The files follow each other, each sorted: their rows come file by file as they are. */
  readonly apart: boolean;
}

/** What rows of one stream are sorted by, without the index inside a book event. */
export interface RowKey {
  readonly tsEvent: number;
  readonly seq: number;
}

/** One streaming query over a run. A file alone streams as it is; several are sorted, ties by file and place in it. */
export function runSql({ kind, columns, paths, ranges, after, apart }: RunQuery): string {
  const selected = columns.map(({ name, type }) =>
    type === 'BIGINT' ? `CAST(${sqlName(name)} AS DOUBLE) AS ${sqlName(name)}` : sqlName(name),
  );
  const files = paths.map(sqlText).join(', ');
  const conditions = [
    ...(ranges === undefined ? [] : [`(${ranges.map(rangeSql).join(' OR ')})`]),
    ...(after === undefined ? [] : [afterSql(after)]),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const keys = sortColumns(kind).map((name) => `file.${sqlName(name)}`);
  const order = apart || paths.length === 1 ? '' : ` ORDER BY ${[...keys, 'file_index', 'file_row_number'].join(', ')}`;
  return `SELECT ${selected.join(', ')} FROM read_parquet([${files}], hive_partitioning = false) AS file${where}${order}`;
}

function rangeSql({ from, to }: TimeRange): string {
  return `("tsEvent" >= ${from} AND "tsEvent" < ${to})`;
}

function afterSql({ tsEvent, seq }: RowKey): string {
  return `"tsEvent" >= ${tsEvent} AND ("tsEvent" > ${tsEvent} OR "seq" > ${seq})`;
}
