import { type ArchiveFile, type PartitionManifest, partitionManifestSchema } from '@portcullis/contracts';
import { canonicalJson, sha256Hex } from '@portcullis/kernel';
import { boundsOf, manifestKey, type Partition } from '../partition.ts';
import { ManifestError } from './manifest-error.ts';

/** The one spelling of a manifest, whose digest the next generation names. */
export function manifestText(manifest: PartitionManifest): string {
  return canonicalJson(manifest);
}

export function manifestDigest(manifest: PartitionManifest): string {
  return sha256Hex(manifestText(manifest));
}

/** Parses one generation of a partition's manifest. Throws {@link ManifestError} naming key and field. */
export function parseManifest(partition: Partition, generation: number, body: Uint8Array): PartitionManifest {
  const key = manifestKey(partition, generation);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new ManifestError(key, '', `is no JSON (${(cause as Error).message})`);
  }
  const parsed = partitionManifestSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ManifestError(key, (issue?.path ?? []).map(String).join('.'), issue?.message ?? 'has a wrong shape');
  }
  const manifest = parsed.data;
  for (const field of ['venue', 'kind', 'symbol', 'date'] as const) {
    if (manifest[field] !== partition[field]) {
      throw new ManifestError(key, field, `is ${manifest[field]}, its place says ${partition[field]}`);
    }
  }
  if (manifest.generation !== generation) {
    throw new ManifestError(key, 'generation', `is ${manifest.generation}, its name says ${generation}`);
  }
  if ((manifest.previous === undefined) !== (generation === 1)) {
    throw new ManifestError(key, 'previous', 'every generation but the first names the one before it');
  }
  checkFiles(key, partition, manifest.files);
  return manifest;
}

/** What no schema says: names are unique and spans lie inside the day. */
function checkFiles(key: string, partition: Partition, files: readonly ArchiveFile[]): void {
  const bounds = boundsOf(partition.date);
  const names = new Set<string>();
  files.forEach((file, index) => {
    const wrong = (field: string, reason: string): never => {
      throw new ManifestError(key, `files.${index}.${field}`, reason);
    };
    if (names.has(file.name)) wrong('name', `${file.name} is named twice`);
    names.add(file.name);
    if (file.tsEventMin > file.tsEventMax) wrong('tsEventMin', 'is after tsEventMax');
    if (file.tsEventMin < bounds.from) wrong('tsEventMin', `is before ${partition.date}`);
    if (file.tsEventMax >= bounds.to) wrong('tsEventMax', `is after ${partition.date}`);
    if (file.seqMin > file.seqMax) wrong('seqMin', 'is above seqMax');
  });
}

/** Files in the order of their time, which is the order in which a manifest names them. */
export function orderedFiles(files: readonly ArchiveFile[]): ArchiveFile[] {
  return [...files].sort((a, b) => a.tsEventMin - b.tsEventMin || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
