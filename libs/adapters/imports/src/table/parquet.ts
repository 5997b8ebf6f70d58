import { mkdtempSync, rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Duck, openDuck, sqlName, sqlText } from '@portcullis/archive';
import { UserError } from '@portcullis/config';
import type { ColumnMap } from './column-map.ts';
import type { RowBatch, Table } from './table-rows.ts';

/** Memory and threads for unpacking pages: a row group of some columns at a time. */
const DUCK = { memoryMb: 512, threads: 1 } as const;

/** Opens DuckDB with a folder of its own for the time of `use`. */
async function withDuck<T>(use: (duck: Duck) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-parquet-'));
  const duck = await openDuck({ ...DUCK, tmpDir: folder });
  try {
    return await use(duck);
  } finally {
    duck.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A Parquet file as a table by a column map. Throws a {@link UserError} for a damaged file or a missing column. */
export async function parquetTable(path: string, map: ColumnMap): Promise<Table> {
  const size = await sizeOf(path);
  const types = await withDuck(async (duck) => {
    const rows = await duck.rows(`DESCRIBE SELECT * FROM read_parquet(${sqlText(path)})`).catch((cause: unknown) => {
      const why = (cause as Error).message.split('\n')[0] ?? '';
      throw new UserError(`${path} is no readable Parquet file: ${why}`, 'fetch the file again', { cause });
    });
    return new Map(rows.map((row) => [String(row['column_name']), String(row['column_type'])]));
  });
  const typeOf = map.columns.map(({ field, column }) => {
    const type = types.get(column);
    if (type !== undefined) return type;
    throw new UserError(
      `${path}: there is no column ${JSON.stringify(column)} for ${field}`,
      `its columns are ${[...types.keys()].join(', ').slice(0, 300)}`,
    );
  });
  const tsAt = map.columns.findIndex(({ field }) => field === 'ts');
  const tsType = typeOf[tsAt] ?? '';
  const hasNanos = /^(TIMESTAMP|DATE)/.test(tsType);
  if (!hasNanos && map.columns[tsAt]?.reading === undefined) {
    throw new UserError(
      `${path}: column ${JSON.stringify(map.columns[tsAt]?.column)} of type ${tsType} does not say its unit`,
      'write it behind the name, for example ts=timestamp:ms',
    );
  }
  const cells = map.columns.map(({ column }, index) => {
    const name = sqlName(column);
    return index === tsAt && hasNanos ? `CAST(epoch_ns(${name}) AS VARCHAR)` : `CAST(${name} AS VARCHAR)`;
  });
  const query = `SELECT ${cells.join(', ')} FROM read_parquet(${sqlText(path)})`;
  return {
    name: path,
    doubles: typeOf.map((type) => type === 'DOUBLE' || type === 'FLOAT'),
    hasNanos,
    batches: (onBytes) => parquetBatches(path, query, (share) => onBytes(Math.floor(size * share))),
  };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new UserError(`${path} cannot be read (${code})`, 'check that the path is right', { cause });
  }
}

async function* parquetBatches(
  path: string,
  query: string,
  onShare: (share: number) => void,
): AsyncGenerator<RowBatch> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-parquet-'));
  const duck = await openDuck({ ...DUCK, tmpDir: folder });
  try {
    const [counted] = await duck.rows(`SELECT count(*) AS n FROM read_parquet(${sqlText(path)})`);
    const all = Math.max(1, Number(counted?.['n'] ?? 1));
    let first = 1;
    for await (const { rows, columns } of duck.stream(query)) {
      const texts = columns as readonly (readonly string[])[];
      yield { first, rows: Array.from({ length: rows }, (_, row) => texts.map((column) => column[row] ?? '')) };
      first += rows;
      onShare((first - 1) / all);
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const why = (cause as Error).message.split('\n')[0] ?? '';
    throw new UserError(`${path}: ${why}`, 'the Parquet file is damaged: fetch it again', { cause });
  } finally {
    duck.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
