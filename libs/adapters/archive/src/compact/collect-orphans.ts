import { wallMicros } from '@portcullis/config';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import { z } from 'zod';
import { isMissing, readManifest } from '../manifest/read-manifest.ts';
import { partitionOfKey, partitionPath } from '../partition.ts';

/** A data file that no manifest names. */
export interface Orphan {
  readonly key: string;
  readonly bytes: number;
  /** Microseconds since a collection first found it. */
  readonly age: number;
}

export interface OrphanReport {
  readonly deleted: readonly Orphan[];
  /** Too young: they may be on their way into a manifest. */
  readonly kept: readonly Orphan[];
}

export interface OrphanOptions {
  /** Microseconds that an orphan must have been known before it goes. */
  readonly ageMin: number;
  readonly dryRun?: boolean;
  readonly clock?: () => number;
}

/** Where the collection remembers what it saw: stores do not all say how old an object is. */
const MEMORY_KEY = '_gc/orphans.json';
const ORPHANS_MAX = 100_000;
const memorySchema = z.strictObject({
  version: z.literal(1),
  seen: z.record(z.string(), z.strictObject({ etag: z.string(), at: z.int().min(0) })),
});
type Memory = z.infer<typeof memorySchema>;

/**
 * Deletes data files that no manifest names and that an earlier run, at least `ageMin` ago, found so too: what a process
 * that died between upload and commit leaves. A file that is uploaded anew counts from anew. With `dryRun` nothing is
 * deleted and nothing remembered.
 */
export async function collectOrphans(store: ObjectStore, options: OrphanOptions): Promise<OrphanReport> {
  const { ageMin, dryRun = false, clock = wallMicros } = options;
  const now = clock();
  const before = await readMemory(store);
  const seen: Memory['seen'] = {};
  const deleted: Orphan[] = [];
  const kept: Orphan[] = [];
  for await (const { key, size, etag } of orphansIn(store)) {
    const known = before.memory.seen[key];
    const at = known?.etag === etag ? known.at : now;
    const orphan = { key, bytes: size, age: now - at };
    if (orphan.age < ageMin || known === undefined) {
      kept.push(orphan);
      seen[key] = { etag, at };
    } else {
      deleted.push(orphan);
      if (!dryRun) await store.delete(key);
    }
  }
  if (!dryRun) await remember(store, { version: 1, seen }, before.etag);
  return { deleted, kept };
}

/** Each data file is compared with a manifest that is read after the file was listed, so what is being committed is not taken for an orphan. */
async function* orphansIn(
  store: ObjectStore,
): AsyncGenerator<{ key: string; size: number; etag: string }, void, undefined> {
  let folder = '';
  let named = new Set<string>();
  let count = 0;
  for await (const info of store.list('venue=')) {
    const partition = partitionOfKey(info.key);
    if (partition === undefined || !info.key.endsWith('.parquet')) continue;
    const prefix = `${partitionPath(partition)}/`;
    const read = async (): Promise<void> => {
      const manifest = await readManifest(store, partition);
      named = new Set((manifest?.files ?? []).map(({ name }) => prefix + name));
      folder = prefix;
    };
    if (prefix !== folder) await read();
    if (named.has(info.key)) continue;
    await read();
    if (named.has(info.key)) continue;
    count += 1;
    if (count > ORPHANS_MAX) return;
    yield info;
  }
}

async function readMemory(store: ObjectStore): Promise<{ memory: Memory; etag?: string }> {
  try {
    const { body, info } = await store.read(MEMORY_KEY);
    const parsed = memorySchema.safeParse(JSON.parse(Buffer.from(body).toString('utf8')));
    // A damaged memory is begun anew: then everything is young again.
    return { memory: parsed.success ? parsed.data : { version: 1, seen: {} }, etag: info.etag };
  } catch (error) {
    if (isMissing(error)) return { memory: { version: 1, seen: {} } };
    throw error;
  }
}

async function remember(store: ObjectStore, memory: Memory, etag: string | undefined): Promise<void> {
  const body = Buffer.from(JSON.stringify(memory));
  try {
    await store.put(MEMORY_KEY, body, etag === undefined ? { absent: true } : { etag });
  } catch (error) {
    // Another collection ran meanwhile and remembers for both.
    if (!(error instanceof ObjectStoreError) || error.trouble !== 'conflict') throw error;
  }
}
