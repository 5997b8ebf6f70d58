import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveFile, MarketKind } from '@portcullis/contracts';
import { assert } from '@portcullis/kernel';
import { ARCHIVE_COLUMNS, sortColumns } from '../columns.ts';
import { type Duck, sqlName, sqlText } from '../duck.ts';
import type { Partition } from '../partition.ts';
import type { EventColumns } from './event-columns.ts';
import {
  columnList,
  copyStatement,
  fileName,
  hashSum,
  rowsHashText,
  SCHEMA_VERSION,
  digestFile,
} from './parquet-file.ts';

export interface SegmentFile {
  readonly file: ArchiveFile;
  readonly path: string;
}

let parts = 0;

/**
 * Writes events of one partition into a Parquet file in `folder`, sorted, synced and named by its content; the same
 * events give the same bytes. Throws what the disk throws; an unfinished file is left under a name with `.part`.
 * The file is read back: number of rows, times and sequences are those in memory, and its rows are hashed.
 */
export async function writeSegment(
  duck: Duck,
  columns: EventColumns,
  place: { readonly partition: Partition; readonly folder: string; readonly code: string },
): Promise<SegmentFile> {
  const { partition, folder, code } = place;
  const { kind } = partition;
  assert(columns.rows > 0, 'a segment has rows');
  const part = join(folder, `${process.pid}-${++parts}.part`);
  const source = { names: ARCHIVE_COLUMNS[kind].map(({ name }) => name), columns: columns.views(), rows: columns.rows };
  await duck.withSource(source, async (rows) => {
    const query = `SELECT ${columnList(kind)} FROM ${rows}${columns.sorted ? '' : ` ORDER BY ${wholeOrder(partition)}`}`;
    await duck.run(copyStatement(query, part, partition, code));
  });
  const [digest, [facts]] = await Promise.all([digestFile(part, { sync: true }), duck.rows(factsQuery(kind, part))]);
  checkFacts(columns, facts);
  const file = describe(columns, { ...digest, rowsHash: rowsHashText(facts?.['hash'] as bigint), code });
  const path = join(folder, file.name);
  await rename(part, path);
  return { file, path };
}

function factsQuery(kind: MarketKind, path: string): string {
  return `SELECT ${hashSum(kind)} AS hash, count(*) AS rows, min("tsEvent") AS "tsEventMin", max("tsEvent") AS "tsEventMax",
    min(seq) AS "seqMin", max(seq) AS "seqMax" FROM read_parquet(${sqlText(path)}, hive_partitioning = false)`;
}

function checkFacts(columns: EventColumns, facts: Record<string, unknown> | undefined): void {
  for (const name of ['rows', 'tsEventMin', 'tsEventMax', 'seqMin', 'seqMax'] as const) {
    const read = Number(facts?.[name]);
    if (read !== columns[name]) {
      throw new Error(`a segment reads back with ${name} ${read} instead of ${columns[name]}`);
    }
  }
}

/** The order of a file; rows that are equal in it are ordered by the rest of their columns, so that there is one order. */
export function wholeOrder({ kind }: Pick<Partition, 'kind'>): string {
  const first = sortColumns(kind);
  const rest = ARCHIVE_COLUMNS[kind].map(({ name }) => name).filter((name) => !first.includes(name));
  return [...first, ...rest].map(sqlName).join(', ');
}

function describe(
  columns: EventColumns,
  facts: Pick<ArchiveFile, 'sha256' | 'bytes' | 'rowsHash' | 'code'>,
): ArchiveFile {
  return {
    name: fileName(columns.tsEventMin, facts.sha256),
    type: 'segment',
    bytes: facts.bytes,
    sha256: facts.sha256,
    rows: columns.rows,
    rowsHash: facts.rowsHash,
    tsEventMin: columns.tsEventMin,
    tsEventMax: columns.tsEventMax,
    seqMin: columns.seqMin,
    seqMax: columns.seqMax,
    schemaVersion: SCHEMA_VERSION,
    code: facts.code,
    duplicatesRemoved: 0,
  };
}
