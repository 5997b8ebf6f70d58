import { type ColumnsChunk, cursorAt } from './columns-chunk.ts';
import type { Cursor } from './cursor.ts';
import type { MergedBatch } from './merge.ts';

/** The place after row `at` of a batch that came out of `ArchiveReader.batches`. */
export function cursorAfter(batch: MergedBatch, at: number): Cursor {
  // What the reader gives out are its own chunks, which know how many rows of the stream share their first time.
  return cursorAt(batch.streams[batch.stream[at] as number] as ColumnsChunk, batch.row[at] as number);
}
