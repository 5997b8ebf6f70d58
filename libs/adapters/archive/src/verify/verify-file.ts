import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ArchiveFile } from '@portcullis/contracts';
import type { ObjectStore } from '@portcullis/objects';
import { rowFacts } from '../compact/proof.ts';
import type { Duck } from '../duck.ts';
import { isMissing } from '../manifest/read-manifest.ts';
import { fileKey, type Partition } from '../partition.ts';
import type { Finding, FindingKind } from './finding.ts';

/** Compares one object with what its manifest says of it; with a `duck`, its rows too. */
export async function verifyFile(
  store: ObjectStore,
  partition: Partition,
  file: ArchiveFile,
  { duck, folder }: { readonly duck: Duck | undefined; readonly folder: string },
): Promise<Finding[]> {
  const key = fileKey(partition, file.name);
  const info = await store.head(key);
  if (info === undefined) return [missing(key)];
  if (info.size !== file.bytes) {
    return [{ kind: 'size-differs', key, reason: `has ${info.size} bytes, its manifest says ${file.bytes}` }];
  }
  try {
    const sha256 = await store.sha256(key);
    if (sha256 !== file.sha256) {
      return [{ kind: 'sha256-differs', key, reason: `has ${sha256}, its manifest says ${file.sha256}` }];
    }
    return duck === undefined ? [] : await verifyRows(store, partition, file, { duck, folder });
  } catch (error) {
    // A compaction may have replaced it since the manifest was read.
    if (isMissing(error)) return [missing(key)];
    throw error;
  }
}

function missing(key: string): Finding {
  return { kind: 'manifest-without-file', key, reason: 'its manifest names it, but it is not there' };
}

async function verifyRows(
  store: ObjectStore,
  partition: Partition,
  file: ArchiveFile,
  { duck, folder }: { readonly duck: Duck; readonly folder: string },
): Promise<Finding[]> {
  const key = fileKey(partition, file.name);
  const path = join(folder, file.name);
  await store.getFile(key, path);
  const findings: Finding[] = [];
  const find = (kind: FindingKind, reason: string): void => {
    findings.push({ kind, key, reason });
  };
  try {
    const facts = await rowFacts(duck, partition.kind, [path]);
    if (facts.rows !== file.rows) find('rows-differ', `has ${facts.rows} rows, its manifest says ${file.rows}`);
    const spans = ['tsEventMin', 'tsEventMax', 'seqMin', 'seqMax'] as const;
    for (const name of spans) {
      if (facts[name] !== file[name]) {
        find('span-differs', `${name} is ${facts[name]}, its manifest says ${file[name]}`);
      }
    }
    if (facts.rowsHash !== file.rowsHash) {
      find('rows-hash-differs', `rows hash to ${facts.rowsHash}, its manifest says ${file.rowsHash}`);
    }
    if (facts.unsorted > 0) find('rows-unsorted', `${facts.unsorted} rows come before the row above them`);
  } catch (error) {
    find('file-unreadable', (error as Error).message);
  } finally {
    rmSync(path, { force: true });
  }
  return findings;
}
