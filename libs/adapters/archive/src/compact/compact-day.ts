import { rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveFile, PartitionManifest } from '@portcullis/contracts';
import type { ObjectStore } from '@portcullis/objects';
import { type Duck, openDuck } from '../duck.ts';
import { commitFiles } from '../manifest/commit-files.ts';
import { everNamed } from '../manifest/history.ts';
import { isMissing, readManifest } from '../manifest/read-manifest.ts';
import { fileKey, type Partition, partitionPath } from '../partition.ts';
import { fileName, rowsHashText, SCHEMA_VERSION, digestFile } from '../write/parquet-file.ts';
import { CompactionRefused } from './compaction-refused.ts';
import { type LocalFile, type Merged, mergeFiles } from './merge-files.ts';
import { openWorkFolder } from './work-folder.ts';

/** Each step of a compaction, before it is done. */
export type CompactStep = 'read' | 'download' | 'merge' | 'upload' | 'check-upload' | 'commit' | 'delete';

export interface CompactOptions {
  /** Where inputs and output stand meanwhile and sorts spill to. Needs room for three times the day. */
  readonly tmpDir: string;
  /** Version of the program, for the manifest. */
  readonly code: string;
  readonly memoryMb?: number;
  readonly threads?: number;
  readonly onProgress?: (step: CompactStep, detail: string) => void;
}

export interface CompactReport {
  readonly partition: Partition;
  /** `lost`: somebody else compacted it meanwhile. */
  readonly state: 'compacted' | 'nothing-to-do' | 'lost';
  readonly files: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly duplicates: number;
  /** Trade ids under which different trades stood; the first one stays. */
  readonly conflicts: number;
  readonly deleted: number;
  readonly file?: ArchiveFile;
}

const MEMORY_MB = 512;
const THREADS = 2;
const DOWNLOADS_MAX = 4;
/** Times that the inputs may vanish under our hands because another compaction replaced them. */
const ROUNDS_MAX = 5;

/**
 * Makes one file of all files of a partition. Rows are compared before anything is changed: rows in less duplicates are
 * rows out, their hashes are equal, the span of time is the same, the order holds; then the file is uploaded and its
 * digest in the store compared; then the manifest replaces exactly the files that went in; only then are those deleted.
 * May be broken off anywhere and be run again, also by two at once. Throws {@link CompactionRefused} when something is
 * not as the manifest says, and what the store throws.
 */
export async function compactDay(
  store: ObjectStore,
  partition: Partition,
  options: CompactOptions,
): Promise<CompactReport> {
  for (let round = 1; ; round++) {
    options.onProgress?.('read', partitionPath(partition));
    const manifest = await readManifest(store, partition);
    if (manifest === undefined || isCompact(manifest)) {
      const deleted = manifest === undefined ? 0 : await deleteReplaced(store, partition, manifest, options);
      return report(partition, 'nothing-to-do', { files: manifest?.files.length ?? 0, deleted });
    }
    try {
      return await new Compaction(store, partition, options).run(manifest.files);
    } catch (error) {
      if (!(error instanceof CompactionRefused) || error.reason !== 'input-missing' || round === ROUNDS_MAX) {
        throw error;
      }
      const now = await readManifest(store, partition);
      if (now?.generation === manifest.generation) throw error;
    }
  }
}

function isCompact({ files }: PartitionManifest): boolean {
  return files.length === 0 || (files.length === 1 && files[0]?.type === 'day');
}

function report(
  partition: Partition,
  state: CompactReport['state'],
  facts: Partial<CompactReport> = {},
): CompactReport {
  return { partition, state, files: 0, rowsIn: 0, rowsOut: 0, duplicates: 0, conflicts: 0, deleted: 0, ...facts };
}

class Compaction {
  readonly #store: ObjectStore;
  readonly #partition: Partition;
  readonly #options: CompactOptions;
  readonly #folder: string;

  constructor(store: ObjectStore, partition: Partition, options: CompactOptions) {
    this.#store = store;
    this.#partition = partition;
    this.#options = options;
    this.#folder = openWorkFolder(options.tmpDir);
  }

  async run(files: readonly ArchiveFile[]): Promise<CompactReport> {
    const { memoryMb = MEMORY_MB, threads = THREADS } = this.#options;
    let duck: Duck | undefined;
    try {
      const opening = openDuck({ memoryMb, threads, tmpDir: join(this.#folder, 'spill') });
      // Waited for in any case, so that it is closed also when a download fails.
      const [inputs, opened] = await Promise.allSettled([this.#download(files), opening]);
      if (opened.status === 'rejected') throw opened.reason;
      duck = opened.value;
      if (inputs.status === 'rejected') throw inputs.reason;
      return await this.#replace(files, await this.#merge(duck, inputs.value));
    } finally {
      duck?.close();
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  /** A few at a time, so that a store far away does not make each wait for the one before it. */
  async #download(files: readonly ArchiveFile[]): Promise<LocalFile[]> {
    const inputs: LocalFile[] = [];
    const rest = files.values();
    const lanes = Array.from({ length: DOWNLOADS_MAX }, async () => {
      for (const file of rest) {
        this.#options.onProgress?.('download', file.name);
        const path = join(this.#folder, file.name);
        await this.#fetch(file, path);
        inputs.push({ file, path });
      }
    });
    // All are waited for, also when one fails: none may write into the folder once it is gone.
    const outcomes = await Promise.allSettled(lanes);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    return inputs;
  }

  async #fetch(file: ArchiveFile, path: string): Promise<void> {
    const key = fileKey(this.#partition, file.name);
    try {
      await this.#store.getFile(key, path);
    } catch (error) {
      if (isMissing(error)) {
        throw new CompactionRefused('input-missing', `${key} is named by the manifest but not there`);
      }
      throw error;
    }
    const { sha256, bytes } = await digestFile(path, { sync: false });
    if (sha256 !== file.sha256 || bytes !== file.bytes) {
      throw new CompactionRefused('input-differs', `${key} has SHA-256 ${sha256}, its manifest says ${file.sha256}`);
    }
  }

  async #merge(duck: Duck, inputs: readonly LocalFile[]): Promise<{ local: LocalFile; merged: Merged }> {
    this.#options.onProgress?.('merge', `${inputs.length} files`);
    const output = join(this.#folder, 'day.parquet');
    const { code } = this.#options;
    const merged = await mergeFiles(duck, inputs, { partition: this.#partition, output, code });
    prove(inputs, merged);
    const { facts, removed } = merged;
    const { sha256, bytes } = merged.digest;
    const before = inputs.reduce((sum, { file }) => sum + file.duplicatesRemoved, 0);
    const file: ArchiveFile = {
      name: fileName(facts.tsEventMin, sha256),
      type: 'day',
      bytes,
      sha256,
      rows: facts.rows,
      rowsHash: facts.rowsHash,
      tsEventMin: facts.tsEventMin,
      tsEventMax: facts.tsEventMax,
      seqMin: facts.seqMin,
      seqMax: facts.seqMax,
      schemaVersion: SCHEMA_VERSION,
      code,
      duplicatesRemoved: before + removed.rows,
    };
    return { local: { file, path: output }, merged };
  }

  async #replace(
    inputs: readonly ArchiveFile[],
    { local, merged }: { local: LocalFile; merged: Merged },
  ): Promise<CompactReport> {
    const { file, path } = local;
    await this.#upload(file, path);
    this.#options.onProgress?.('commit', file.name);
    const { manifest } = await commitFiles(this.#store, this.#partition, (files) => replaceFiles(files, inputs, file));
    const facts = {
      files: inputs.length,
      rowsIn: inputs.reduce((sum, { rows }) => sum + rows, 0),
      rowsOut: file.rows,
      duplicates: merged.removed.rows,
      conflicts: merged.removed.conflicts,
    };
    // A file of our own that nobody names is left to the collection of orphans: another may be about to name it.
    if (!manifest.files.some(({ name }) => name === file.name)) return report(this.#partition, 'lost', facts);
    const deleted = await deleteReplaced(this.#store, this.#partition, manifest, this.#options);
    return report(this.#partition, 'compacted', { ...facts, deleted, file });
  }

  async #upload(file: ArchiveFile, path: string): Promise<void> {
    const key = fileKey(this.#partition, file.name);
    this.#options.onProgress?.('upload', key);
    await this.#store.putFile(key, path);
    this.#options.onProgress?.('check-upload', key);
    const remote = await this.#store.sha256(key);
    if (remote !== file.sha256) {
      throw new CompactionRefused(
        'upload-differs',
        `${key} has SHA-256 ${remote} in the store, ${file.sha256} was sent`,
      );
    }
    const { size } = await stat(path);
    if (size !== file.bytes) throw new CompactionRefused('upload-differs', `${path} changed while it was sent`);
  }
}

/** Throws unless the output holds exactly the rows of the inputs without the duplicates, in order. */
function prove(inputs: readonly LocalFile[], { facts, removed }: Merged): void {
  const sum = (value: (file: ArchiveFile) => bigint): bigint => inputs.reduce((all, { file }) => all + value(file), 0n);
  const rows = Number(sum((file) => BigInt(file.rows))) - removed.rows;
  const rowsHash = rowsHashText(sum((file) => BigInt(file.rowsHash)) - removed.hash);
  const from = Math.min(...inputs.map(({ file }) => file.tsEventMin));
  const to = Math.max(...inputs.map(({ file }) => file.tsEventMax));
  const wrong: string[] = [];
  if (facts.rows !== rows) wrong.push(`${facts.rows} rows instead of ${rows}`);
  if (facts.rowsHash !== rowsHash) wrong.push(`hash of rows ${facts.rowsHash} instead of ${rowsHash}`);
  // A duplicate of a trade may have a time of its own; the span may then only shrink.
  const spanHolds =
    removed.rows === 0
      ? facts.tsEventMin === from && facts.tsEventMax === to
      : facts.tsEventMin >= from && facts.tsEventMax <= to;
  if (!spanHolds) wrong.push(`time span ${facts.tsEventMin} to ${facts.tsEventMax} instead of ${from} to ${to}`);
  if (facts.unsorted > 0) wrong.push(`${facts.unsorted} rows out of order`);
  if (wrong.length > 0) throw new CompactionRefused('not-equal', `the merged file has ${wrong.join(', ')}`);
}

/** Puts `day` in the place of exactly the files that went into it; files that came meanwhile stay. */
function replaceFiles(
  files: readonly ArchiveFile[],
  inputs: readonly ArchiveFile[],
  day: ArchiveFile,
): readonly ArchiveFile[] {
  const digests = new Map(files.map(({ name, sha256 }) => [name, sha256]));
  if (!inputs.every(({ name, sha256 }) => digests.get(name) === sha256)) return files;
  const gone = new Set([...inputs.map(({ name }) => name), day.name]);
  return [...files.filter(({ name }) => !gone.has(name)), day];
}

/**
 * Deletes the objects of a partition that an earlier generation of its manifest named and this one does not. What no
 * generation ever named may be on its way into one and stays. Returns how many there were.
 */
async function deleteReplaced(
  store: ObjectStore,
  partition: Partition,
  manifest: PartitionManifest,
  { onProgress }: Pick<CompactOptions, 'onProgress'>,
): Promise<number> {
  const current = new Set(manifest.files.map(({ name }) => name));
  const prefix = `${partitionPath(partition)}/`;
  const others: string[] = [];
  for await (const { key } of store.list(prefix)) {
    if (!current.has(key.slice(prefix.length))) others.push(key);
  }
  if (others.length === 0) return 0;
  // Not by later generations: what they add is not replaced.
  const replaced = await everNamed(store, partition, manifest.generation);
  let deleted = 0;
  for (const key of others) {
    if (!replaced.has(key.slice(prefix.length))) continue;
    onProgress?.('delete', key);
    await store.delete(key);
    deleted += 1;
  }
  return deleted;
}
