import type { MarketKind, PartitionManifest } from '@portcullis/contracts';
import type { ObjectStore } from '@portcullis/objects';
import { boundsOf, type Partition, partitionOfKey } from '../partition.ts';
import { readManifest } from './read-manifest.ts';

/** Which partitions are meant. What is absent narrows nothing. */
export interface PartitionFilter {
  readonly venues?: readonly string[];
  readonly kinds?: readonly MarketKind[];
  readonly symbols?: readonly string[];
  /** Microseconds of `tsEvent`; the days that `[from, to)` touches. */
  readonly from?: number;
  readonly to?: number;
}

export interface PartitionEntry {
  readonly partition: Partition;
  readonly manifest: PartitionManifest;
}

/**
 * The partitions that have a manifest, with the one that holds, by venue, kind, symbol and date. Throws
 * `ManifestError` at one that cannot be trusted.
 */
export async function* listPartitions(
  store: ObjectStore,
  filter: PartitionFilter = {},
): AsyncGenerator<PartitionEntry, void, undefined> {
  for await (const partition of partitionsBelow(store, '_manifests/', filter)) {
    const manifest = await readManifest(store, partition);
    if (manifest !== undefined) yield { partition, manifest };
  }
}

/** The partitions that have a folder below `root` (`_manifests/`, or empty for the data), whatever is in it. */
export async function* partitionsBelow(
  store: ObjectStore,
  root: '_manifests/' | '',
  filter: PartitionFilter = {},
): AsyncGenerator<Partition, void, undefined> {
  const wanted: readonly Wanted[] = [
    { name: 'venue', values: filter.venues },
    { name: 'kind', values: filter.kinds },
    { name: 'symbol', values: filter.symbols },
    { name: 'date', values: undefined },
  ];
  for await (const folder of foldersOf(store, root, wanted)) {
    const partition = partitionOfKey(folder);
    if (partition !== undefined && touches(partition.date, filter)) yield partition;
  }
}

interface Wanted {
  readonly name: string;
  readonly values: readonly string[] | undefined;
}

async function* foldersOf(
  store: ObjectStore,
  root: string,
  [wanted, ...deeper]: readonly Wanted[],
): AsyncGenerator<string, void, undefined> {
  if (wanted === undefined) {
    yield root;
    return;
  }
  const names = wanted.values && new Set(wanted.values.map((value) => `${wanted.name}=${encodeURIComponent(value)}`));
  for await (const folder of store.folders(root)) {
    if (!folder.startsWith(`${wanted.name}=`) || names?.has(folder) === false) continue;
    yield* foldersOf(store, `${root}${folder}/`, deeper);
  }
}

function touches(date: string, { from, to }: PartitionFilter): boolean {
  const bounds = boundsOf(date);
  return (from === undefined || bounds.to > from) && (to === undefined || bounds.from < to);
}
