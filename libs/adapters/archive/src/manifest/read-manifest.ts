import type { PartitionManifest } from '@portcullis/contracts';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import { manifestFolder, manifestKey, type Partition } from '../partition.ts';
import { ManifestError } from './manifest-error.ts';
import { parseManifest } from './manifest-format.ts';

const GENERATION = /^(\d{8})\.json$/;

/** The generations that are there, ascending. What does not look like one is left out. */
export async function manifestGenerations(store: ObjectStore, partition: Partition): Promise<number[]> {
  const folder = manifestFolder(partition);
  const generations: number[] = [];
  for await (const { key } of store.list(folder)) {
    const digits = GENERATION.exec(key.slice(folder.length))?.[1];
    if (digits !== undefined) generations.push(Number(digits));
  }
  return generations;
}

/** One generation. Throws `ManifestError` when it cannot be trusted, `ObjectStoreError` `missing` when it is not there. */
export async function readGeneration(
  store: ObjectStore,
  partition: Partition,
  generation: number,
): Promise<PartitionManifest> {
  return parseManifest(partition, generation, await store.get(manifestKey(partition, generation)));
}

/**
 * The manifest that holds: the one of the highest generation; undefined for a partition that has none.
 * Throws `ManifestError` when it cannot be trusted.
 */
export async function readManifest(store: ObjectStore, partition: Partition): Promise<PartitionManifest | undefined> {
  const generations = await manifestGenerations(store, partition);
  const highest = generations.at(-1);
  if (highest === undefined) return undefined;
  if (highest === 0) throw new ManifestError(manifestKey(partition, 0), '', 'generations count from 1');
  return readGeneration(store, partition, highest);
}

/** True for an error that says that an object is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof ObjectStoreError && error.trouble === 'missing';
}
