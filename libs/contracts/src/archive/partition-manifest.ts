import { z } from 'zod';
import { MARKET_KINDS } from '../messages/market.ts';
import { digest, epochMicros, token, venueSymbol } from '../primitives.ts';

/** `YYYY-MM-DD`, UTC, of `tsEvent`. */
export const dateString = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** One Parquet file of a partition. Rows are sorted by `(tsEvent, seq, index)`. */
export const archiveFileSchema = z.strictObject({
  /** Name inside the partition's folder. */
  name: z.string().regex(/^[A-Za-z0-9._-]{1,120}\.parquet$/),
  /** A segment as it was collected or imported, or the one file of a compacted day. */
  type: z.enum(['segment', 'day']),
  bytes: z.int().min(1),
  sha256: digest,
  rows: z.int().min(1),
  /** Sum over all rows of a 64-bit hash of their columns, modulo 2^128, decimal: equal sets of rows have equal ones, whatever their order. */
  rowsHash: z.string().regex(/^[0-9]{1,39}$/),
  tsEventMin: epochMicros,
  tsEventMax: epochMicros,
  seqMin: z.int().min(0),
  seqMax: z.int().min(0),
  /** Version of the columns. */
  schemaVersion: z.literal(1),
  /** Version of the program that wrote it. */
  code: z.string().min(1).max(64),
  /** Rows that a compaction left out because their trade id was there already. */
  duplicatesRemoved: z.int().min(0),
});
export type ArchiveFile = z.infer<typeof archiveFileSchema>;

/**
 * What one partition (venue, kind, symbol, UTC date) consists of: a file that is not named here does not exist.
 * Generation n is the object `…/<n, 8 digits>.json`, written only if absent; the highest one holds.
 */
export const partitionManifestSchema = z.strictObject({
  version: z.literal(1),
  venue: token,
  kind: z.enum(MARKET_KINDS),
  symbol: venueSymbol,
  date: dateString,
  generation: z.int().min(1),
  /** SHA-256 of the canonical JSON of the generation before; absent in the first. */
  previous: digest.optional(),
  files: z.array(archiveFileSchema),
  writtenAt: epochMicros,
});
export type PartitionManifest = z.infer<typeof partitionManifestSchema>;
