import { ArchiveWriter } from '@portcullis/archive';
import type { ObjectStore } from '@portcullis/objects';

/** What wrote the files, for their manifests. */
const CODE = 'import-0.1.0';
/** Rows of one segment at most: some 100 MB in memory. */
const SEGMENT_ROWS_MAX = 1_000_000;
/** Imports may wait for the store; what waits lies on the disk. */
const SPOOL_BYTES_MAX = 8 * 1024 ** 3;
const DAY_MICROS = 86_400_000_000;

/** A writer by which the same rows become the same files, whatever store they are for. */
export function openWriter(store: ObjectStore, spoolDir: string): Promise<ArchiveWriter> {
  return ArchiveWriter.open({
    store,
    spoolDir,
    code: CODE,
    segmentRowsMax: SEGMENT_ROWS_MAX,
    segmentMicrosMax: DAY_MICROS,
    spoolBytesMax: SPOOL_BYTES_MAX,
    log: false,
  });
}
