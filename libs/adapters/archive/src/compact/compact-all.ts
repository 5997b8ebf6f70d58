import { ObjectStoreError, type ObjectStore } from '@portcullis/objects';
import { type PartitionFilter, partitionsBelow } from '../manifest/list-partitions.ts';
import { ManifestError } from '../manifest/manifest-error.ts';
import type { Partition } from '../partition.ts';
import { type CompactOptions, type CompactReport, compactDay } from './compact-day.ts';
import { CompactionRefused, type RefusalReason } from './compaction-refused.ts';

/** A partition that could not be compacted; it stands as it did. */
export interface CompactFailure {
  readonly partition: Partition;
  readonly reason: RefusalReason | 'manifest' | 'store';
  readonly detail: string;
}

export interface CompactAllReport {
  readonly days: readonly CompactReport[];
  readonly failures: readonly CompactFailure[];
}

export interface CompactAllOptions extends CompactOptions {
  readonly onDay?: (done: number, total: number, partition: Partition) => void;
}

/** Compacts each partition of the filter, one after the other; one that fails does not keep the others back. */
export async function compactAll(
  store: ObjectStore,
  filter: PartitionFilter,
  options: CompactAllOptions,
): Promise<CompactAllReport> {
  const partitions: Partition[] = [];
  for await (const partition of partitionsBelow(store, '_manifests/', filter)) partitions.push(partition);
  const days: CompactReport[] = [];
  const failures: CompactFailure[] = [];
  for (const [index, partition] of partitions.entries()) {
    try {
      days.push(await compactDay(store, partition, options));
    } catch (error) {
      failures.push({ partition, reason: reasonOf(error), detail: (error as Error).message });
    }
    options.onDay?.(index + 1, partitions.length, partition);
  }
  return { days, failures };
}

/** Rethrows what is no trouble of the archive or the store. */
function reasonOf(error: unknown): CompactFailure['reason'] {
  if (error instanceof CompactionRefused) return error.reason;
  if (error instanceof ManifestError) return 'manifest';
  if (error instanceof ObjectStoreError) return 'store';
  throw error;
}
