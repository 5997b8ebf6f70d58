import {
  ARCHIVE_COLUMNS,
  type ArchiveReader,
  type DuckColumn,
  type MergedBatch,
  type ReadRequest,
  openDuck,
  sqlName,
  sqlText,
} from '@portcullis/archive';
import type { MarketKind } from '@portcullis/contracts';
import { required } from '@portcullis/kernel';
import type { ExportReport } from './export-archive.ts';

export interface ParquetExport {
  readonly reader: ArchiveReader;
  readonly request: ReadRequest;
  readonly kind: MarketKind;
  readonly file: string;
  readonly tmpDir: string;
}

/** What the rows of an export may hold in memory before they go to the disk, MiB. */
const MEMORY_MB = 512;
type NumberArray = BigInt64Array | Int32Array | Int16Array | Int8Array;

/** One Parquet file with the archive's own columns (scaled integers) and `venue` and `symbol` before them, in the order of replay. */
export async function exportParquet({ reader, request, kind, file, tmpDir }: ParquetExport): Promise<ExportReport> {
  const columns = ARCHIVE_COLUMNS[kind];
  const duck = await openDuck({ memoryMb: MEMORY_MB, threads: 1, tmpDir });
  try {
    const declared = columns.map(({ name, type }) => `${sqlName(name)} ${type}`);
    await duck.run(`CREATE TABLE rows (venue VARCHAR, symbol VARCHAR, ${declared.join(', ')})`);
    let rows = 0;
    let events = 0;
    for await (const batch of reader.batches(request)) {
      const table = tableOf(batch, kind);
      await duck.appendColumns('rows', table, batch.length);
      rows += batch.length;
      events += eventsIn(batch);
    }
    await duck.run(`COPY rows TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd)`);
    return { rows, events };
  } finally {
    duck.close();
  }
}

/** Book events count once, by their first level. */
function eventsIn(batch: MergedBatch): number {
  let events = 0;
  for (let at = 0; at < batch.length; at += 1) {
    const index = batch.streams[batch.stream[at] ?? 0]?.columns['index'];
    const kind = batch.streams[batch.stream[at] ?? 0]?.stream.kind;
    const isBook = kind === 'delta' || kind === 'snapshot';
    if (!isBook || index?.[batch.row[at] ?? 0] === 0) events += 1;
  }
  return events;
}

function tableOf(batch: MergedBatch, kind: MarketKind): DuckColumn[] {
  const { length } = batch;
  const streamAt = (at: number) => required(batch.streams[batch.stream[at] ?? 0], 'stream of a row');
  const venues: string[] = Array.from({ length }, (_, at) => streamAt(at).stream.venue);
  const symbols: string[] = Array.from({ length }, (_, at) => streamAt(at).stream.symbol);
  const columns = ARCHIVE_COLUMNS[kind].map(({ name, type }): DuckColumn => {
    if (type === 'VARCHAR') {
      return Array.from({ length }, (_, at) => String(streamAt(at).columns[name]?.[batch.row[at] ?? 0] ?? ''));
    }
    const values = arrayOf(type, length);
    for (let at = 0; at < length; at += 1) {
      const value = Number(streamAt(at).columns[name]?.[batch.row[at] ?? 0] ?? 0);
      if (values instanceof BigInt64Array) values[at] = BigInt(value);
      else values[at] = value;
    }
    return values;
  });
  return [venues, symbols, ...columns];
}

function arrayOf(type: 'BIGINT' | 'INTEGER' | 'SMALLINT' | 'TINYINT', length: number): NumberArray {
  switch (type) {
    case 'BIGINT':
      return new BigInt64Array(length);
    case 'INTEGER':
      return new Int32Array(length);
    case 'SMALLINT':
      return new Int16Array(length);
    case 'TINYINT':
      return new Int8Array(length);
  }
}
