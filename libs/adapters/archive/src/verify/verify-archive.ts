import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PartitionManifest } from '@portcullis/contracts';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import { type Duck, openDuck } from '../duck.ts';
import { type PartitionFilter, partitionsBelow } from '../manifest/list-partitions.ts';
import { ManifestError } from '../manifest/manifest-error.ts';
import { manifestDigest } from '../manifest/manifest-format.ts';
import { manifestGenerations, readGeneration } from '../manifest/read-manifest.ts';
import { fileKey, manifestFolder, manifestKey, type Partition, partitionPath } from '../partition.ts';
import type { Finding } from './finding.ts';
import { verifyFile } from './verify-file.ts';

export interface VerifyOptions {
  /** Reads every row again and compares count, span, hash and order with the manifest. */
  readonly deep?: boolean;
  /** Where files stand meanwhile; the system's own folder where absent. */
  readonly tmpDir?: string;
  readonly memoryMb?: number;
  readonly threads?: number;
  readonly onPartition?: (done: number, total: number, partition: Partition) => void;
}

export interface VerifyReport {
  readonly partitions: number;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  /** Empty for an archive that is as it should be. */
  readonly findings: readonly Finding[];
}

const MEMORY_MB = 512;
const THREADS = 2;

/** Compares the archive with its manifests: chain, presence, sizes, digests, and with `deep` the rows. Changes nothing. */
export async function verifyArchive(
  store: ObjectStore,
  filter: PartitionFilter = {},
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const { deep = false, tmpDir = tmpdir(), memoryMb = MEMORY_MB, threads = THREADS } = options;
  const partitions = await allPartitions(store, filter);
  const folder = mkdtempSync(join(tmpDir, 'verify-'));
  const duck = deep ? await openDuck({ memoryMb, threads, tmpDir: join(folder, 'spill') }) : undefined;
  const total = { partitions: 0, files: 0, rows: 0, bytes: 0 };
  const findings: Finding[] = [];
  try {
    for (const partition of partitions) {
      const manifest = await verifyPartition(store, partition, { duck, folder, findings });
      total.partitions += 1;
      for (const { rows, bytes } of manifest?.files ?? []) {
        total.files += 1;
        total.rows += rows;
        total.bytes += bytes;
      }
      options.onPartition?.(total.partitions, partitions.length, partition);
    }
  } finally {
    duck?.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...total, findings };
}

/** Those with a manifest and those with data: either alone is a finding. */
async function allPartitions(store: ObjectStore, filter: PartitionFilter): Promise<Partition[]> {
  const found = new Map<string, Partition>();
  for (const root of ['_manifests/', ''] as const) {
    for await (const partition of partitionsBelow(store, root, filter)) found.set(partitionPath(partition), partition);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, partition]) => partition);
}

interface Place {
  readonly duck: Duck | undefined;
  readonly folder: string;
  readonly findings: Finding[];
}

async function verifyPartition(
  store: ObjectStore,
  partition: Partition,
  place: Place,
): Promise<PartitionManifest | undefined> {
  // Listed before the manifest is read, so a file that is being committed is named by the time it is looked for.
  const present = await dataKeys(store, partition);
  const manifest = await verifyChain(store, partition, place.findings);
  if (manifest === 'broken') return undefined;
  const named = new Set<string>();
  for (const file of manifest?.files ?? []) {
    named.add(fileKey(partition, file.name));
    place.findings.push(...(await verifyFile(store, partition, file, place)));
  }
  for (const key of present) {
    if (!named.has(key)) {
      place.findings.push({
        kind: 'file-without-manifest',
        key,
        reason: 'no manifest names it; it is no part of the archive',
      });
    }
  }
  return manifest;
}

async function dataKeys(store: ObjectStore, partition: Partition): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(`${partitionPath(partition)}/`)) keys.push(key);
  return keys;
}

/** Every generation from the first to the one that holds, each naming the digest of the one before it. */
async function verifyChain(
  store: ObjectStore,
  partition: Partition,
  findings: Finding[],
): Promise<PartitionManifest | 'broken' | undefined> {
  const generations = await manifestGenerations(store, partition);
  await findForeign(store, partition, generations, findings);
  let before: PartitionManifest | undefined;
  for (const [index, generation] of generations.entries()) {
    const key = manifestKey(partition, generation);
    if (generation !== index + 1) {
      findings.push({ kind: 'chain-broken', key, reason: `generation ${index + 1} is not there` });
      return lastOf(store, partition, generations);
    }
    const manifest = await readOr(store, partition, generation, findings);
    if (manifest === undefined) return 'broken';
    if (before !== undefined && manifest.previous !== manifestDigest(before)) {
      findings.push({ kind: 'chain-broken', key, reason: `does not name the digest of generation ${generation - 1}` });
    }
    before = manifest;
  }
  return before;
}

async function lastOf(
  store: ObjectStore,
  partition: Partition,
  generations: readonly number[],
): Promise<PartitionManifest | 'broken'> {
  const found = await readOr(store, partition, generations.at(-1) ?? 0, []);
  return found ?? 'broken';
}

async function readOr(
  store: ObjectStore,
  partition: Partition,
  generation: number,
  findings: Finding[],
): Promise<PartitionManifest | undefined> {
  try {
    return await readGeneration(store, partition, generation);
  } catch (error) {
    const missing = error instanceof ObjectStoreError && error.trouble === 'missing';
    if (!missing && !(error instanceof ManifestError)) throw error;
    findings.push({ kind: 'manifest-unreadable', key: manifestKey(partition, generation), reason: error.message });
    return undefined;
  }
}

async function findForeign(
  store: ObjectStore,
  partition: Partition,
  generations: readonly number[],
  findings: Finding[],
): Promise<void> {
  const known = new Set(generations.map((generation) => manifestKey(partition, generation)));
  for await (const { key } of store.list(manifestFolder(partition))) {
    if (!known.has(key)) findings.push({ kind: 'manifest-unreadable', key, reason: 'is no generation of a manifest' });
  }
}
