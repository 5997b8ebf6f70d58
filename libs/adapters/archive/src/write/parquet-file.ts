import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { MarketKind } from '@portcullis/contracts';
import { ARCHIVE_COLUMNS } from '../columns.ts';
import { sqlName, sqlText } from '../duck.ts';
import type { Partition } from '../partition.ts';

/** Version of {@link ARCHIVE_COLUMNS}, in every file's metadata. */
export const SCHEMA_VERSION = 1;

/**
 * How the archive's files are encoded. Measured against DuckDB's defaults on book levels: written in half of the time,
 * a quarter smaller and read 20 % faster, because delta encoding fits times, sequences and prices, and a large
 * dictionary only pays for few distinct values. Level 1 halves the time of zstd for 1 % of the size.
 */
const ENCODING =
  'FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 122880, DICTIONARY_SIZE_LIMIT 256';

const HASH_CHUNK_BYTES = 1024 * 1024;
const MODULUS = 1n << 128n;

/** The statement that writes what `query` gives, in its order, into a Parquet file at `path`. Same rows, same bytes. */
export function copyStatement(query: string, path: string, partition: Partition, code: string): string {
  const metadata = {
    venue: partition.venue,
    kind: partition.kind,
    symbol: partition.symbol,
    date: partition.date,
    schemaVersion: String(SCHEMA_VERSION),
    code,
  };
  const pairs = Object.entries(metadata).map(([name, value]) => `${name}: ${sqlText(value)}`);
  return `COPY (${query}) TO ${sqlText(path)} (${ENCODING}, KV_METADATA {${pairs.join(', ')}})`;
}

/** The columns of a kind, as SQL lists them. */
export function columnList(kind: MarketKind): string {
  return ARCHIVE_COLUMNS[kind].map(({ name }) => sqlName(name)).join(', ');
}

/** The sum of the hashes of all rows, as SQL. DuckDB's `hash` is 64 bits wide, the sum is taken in 128. */
export function hashSum(kind: MarketKind): string {
  return `coalesce(sum(hash(${columnList(kind)})), 0)::HUGEINT`;
}

/** A sum of row hashes as manifests hold it. */
export function rowsHashText(sum: bigint): string {
  return String(((sum % MODULUS) + MODULUS) % MODULUS);
}

/** SHA-256 and size of a file; with `sync` its content is on disk afterwards. */
export async function digestFile(
  path: string,
  options: { readonly sync: boolean },
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const handle = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(HASH_CHUNK_BYTES);
    let bytes = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, bytes);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      bytes += bytesRead;
    }
    if (options.sync) await handle.sync();
    return { sha256: hash.digest('hex'), bytes };
  } finally {
    await handle.close();
  }
}

/** The name of a file by what is in it. */
export function fileName(tsEventMin: number, sha256: string): string {
  return `${tsEventMin}-${sha256.slice(0, 16)}.parquet`;
}
