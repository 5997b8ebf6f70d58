import { mkdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { addFiles, ARCHIVE_COLUMNS, commitFiles, fileKey, openDuck, type Partition } from '@portcullis/archive';
import type { ArchiveFile } from '@portcullis/contracts';
import { sha256Hex } from '@portcullis/kernel';
import { openObjectStore } from '@portcullis/objects';

const DAY_MICROS = 86_400_000_000;
const THREADS = availableParallelism();

/** A day of one partition that is made up. */
export interface GeneratedDay {
  readonly partition: Partition;
  readonly rows: number;
  /** Rows that share `tsEvent` and `seq`: the levels of one event. */
  readonly levels: number;
}

/** Values of each column as SQL over `i`, the row's number, and `e`, its event's. */
function valueSql(
  name: string,
  type: string,
  at: { readonly from: number; readonly step: number; readonly levels: number },
): string {
  const time = `${at.from} + e * ${at.step} + (hash(e) % ${at.step})::BIGINT`;
  const values: Readonly<Record<string, string>> = {
    tsEvent: time,
    tsInit: `${time} + 800`,
    seq: 'e',
    sequence: 'e',
    firstSequence: 'e',
    lastSequence: 'e',
    tsEventNanos: '0',
    index: `i % ${at.levels}`,
    count: String(at.levels),
    side: 'i % 2 * 2 - 1',
    aggressor: '(hash(i) % 2)::BIGINT * 2 - 1',
    tradeId: '100000000 + i',
    priceScale: '2',
    quantityScale: '5',
  };
  const price = '6000000 + (e // 50 + i % 7) % 5000';
  const other = name.toLowerCase().includes('price')
    ? name === 'askPrice'
      ? `${price} + 1`
      : price
    : `(hash(i + ${name.length}) % 900000)::BIGINT`;
  return `(${values[name] ?? other})::${type} AS "${name}"`;
}

/** Writes days of made-up rows into a store, encoded as the archive's writer does. */
export async function generateStore(root: string, days: readonly GeneratedDay[]): Promise<void> {
  const duck = await openDuck({ memoryMb: 1024, threads: THREADS, tmpDir: join(root, '..', 'spill') });
  const store = openObjectStore(`file://${root}`);
  for (const { partition, rows, levels } of days) {
    const events = rows / levels;
    const step = Math.floor(DAY_MICROS / events);
    const from = Date.parse(`${partition.date}T00:00:00Z`) * 1000;
    const name = 'day.parquet';
    const path = join(root, fileKey(partition, name));
    mkdirSync(dirname(path), { recursive: true });
    const columns = ARCHIVE_COLUMNS[partition.kind].map((column) =>
      valueSql(column.name, column.type, { from, step, levels }),
    );
    const encoding =
      'FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 256';
    await duck.run(
      `COPY (SELECT ${columns.join(', ')} FROM (SELECT i, i // ${levels} AS e FROM range(${rows}) t(i))) TO '${path}' (${encoding})`,
    );
    const file: ArchiveFile = {
      ...{ name, type: 'day', bytes: statSync(path).size, sha256: sha256Hex(name), rows, rowsHash: '0' },
      ...{ tsEventMin: from, tsEventMax: from + DAY_MICROS - 1, seqMin: 0, seqMax: events },
      ...{ schemaVersion: 1, code: 'bench', duplicatesRemoved: 0 },
    };
    await commitFiles(store, partition, addFiles([file]));
  }
  duck.close();
}
