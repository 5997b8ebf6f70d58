import type { ObjectStore } from '@portcullis/objects';
import type { Partition } from '../partition.ts';
import { manifestGenerations, readGeneration } from './read-manifest.ts';

/**
 * Names that any generation of a partition's manifest held, up to the given one. A file that was named once and is not
 * named any more was replaced: its rows live on in another file, and naming it again would double them.
 */
export async function everNamed(store: ObjectStore, partition: Partition, upTo = Infinity): Promise<Set<string>> {
  const names = new Set<string>();
  for (const generation of await manifestGenerations(store, partition)) {
    if (generation > upTo) break;
    const { files } = await readGeneration(store, partition, generation);
    for (const { name } of files) names.add(name);
  }
  return names;
}
