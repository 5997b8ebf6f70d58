import type { ArchiveFile, PartitionManifest } from '@portcullis/contracts';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import { manifestKey, type Partition } from '../partition.ts';
import { ManifestError } from './manifest-error.ts';
import { manifestDigest, manifestText, orderedFiles, parseManifest } from './manifest-format.ts';
import { isMissing, readGeneration, readManifest } from './read-manifest.ts';

/** More losses in a row than this many rivals of one partition can cause; beyond it something else is wrong. */
const ATTEMPTS_MAX = 50;

export interface CommitResult {
  readonly manifest: PartitionManifest;
  /** False when the files were already as wanted and nothing was written. */
  readonly written: boolean;
}

/**
 * Writes the next generation of a partition's manifest: `change` gets the files that it names now and gives those that
 * it shall name; it is asked again each time that somebody else was faster, so it must decide by what it is given.
 * The put is conditional, so of two rivals one wins and the other starts over from the winner's files. A put whose
 * outcome is unknown is looked up. Throws `ManifestError` when what is there cannot be built on, else what the store throws.
 */
export async function commitFiles(
  store: ObjectStore,
  partition: Partition,
  change: (files: readonly ArchiveFile[]) => readonly ArchiveFile[],
  clock: () => number = wallMicros,
): Promise<CommitResult> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const current = await readManifest(store, partition);
    if (current !== undefined) await checkLink(store, partition, current);
    const next = nextManifest(partition, current, change, clock());
    if (next === undefined) return { manifest: current as PartitionManifest, written: false };
    if (await putGeneration(store, partition, next)) return { manifest: next, written: true };
  }
  throw new ObjectStoreError(`${ATTEMPTS_MAX} commits in a row of ${manifestKey(partition, 1)} lost against others`, {
    trouble: 'conflict',
    outcomeKnown: true,
  });
}

function wallMicros(): number {
  return Date.now() * 1000;
}

/** The next generation, valid as a reader will find it; undefined where nothing changes. */
function nextManifest(
  partition: Partition,
  current: PartitionManifest | undefined,
  change: (files: readonly ArchiveFile[]) => readonly ArchiveFile[],
  writtenAt: number,
): PartitionManifest | undefined {
  const before = current?.files ?? [];
  const files = orderedFiles(change(before));
  if (current !== undefined && JSON.stringify(files) === JSON.stringify(before)) return undefined;
  const generation = (current?.generation ?? 0) + 1;
  const next: PartitionManifest = {
    version: 1,
    venue: partition.venue,
    kind: partition.kind,
    symbol: partition.symbol,
    date: partition.date,
    generation,
    ...(current === undefined ? {} : { previous: manifestDigest(current) }),
    files,
    writtenAt,
  };
  return parseManifest(partition, generation, Buffer.from(manifestText(next)));
}

/** False when another's generation stands in its place. */
async function putGeneration(store: ObjectStore, partition: Partition, next: PartitionManifest): Promise<boolean> {
  const key = manifestKey(partition, next.generation);
  const body = Buffer.from(manifestText(next));
  try {
    await store.put(key, body, { absent: true });
    return true;
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    if (error.trouble !== 'conflict' && error.outcomeKnown) throw error;
    // A conflict may be with our own put, whose answer was lost on the way and which was then sent again.
    const there = await bodyOf(store, key);
    if (there !== undefined) return body.equals(there);
    if (error.trouble === 'conflict') return false;
    throw error;
  }
}

async function bodyOf(store: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  try {
    return await store.get(key);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A generation is built on only if it names the one before it as it stands in the store. */
async function checkLink(store: ObjectStore, partition: Partition, manifest: PartitionManifest): Promise<void> {
  if (manifest.generation === 1) return;
  const key = manifestKey(partition, manifest.generation);
  let before: PartitionManifest;
  try {
    before = await readGeneration(store, partition, manifest.generation - 1);
  } catch (error) {
    if (isMissing(error)) throw new ManifestError(key, 'previous', 'the generation before it is not there');
    throw error;
  }
  if (manifestDigest(before) !== manifest.previous) {
    throw new ManifestError(key, 'previous', 'is not the digest of the generation before it');
  }
}

/** A change that adds files; one that is named already is left as it is. */
export function addFiles(added: readonly ArchiveFile[]): (files: readonly ArchiveFile[]) => readonly ArchiveFile[] {
  return (files) => {
    const names = new Set(files.map(({ name }) => name));
    return [...files, ...added.filter(({ name }) => !names.has(name))];
  };
}
