import type { ArchiveFile } from '@portcullis/contracts';
import type { ObjectStore } from '@portcullis/objects';
import { isMissing, readManifest } from '../manifest/read-manifest.ts';
import { fileKey, manifestKey, type Partition } from '../partition.ts';
import { type FileRun, fileRuns, type RowKey, runEnd, type TimeRange } from './file-run.ts';
import type { FileLease, LocalFiles } from './local-files.ts';
import { ArchiveReadError } from './read-error.ts';

/** A run whose files are there to be opened, until {@link releaseRun}. */
export interface LeasedRun {
  readonly files: FileRun;
  readonly leases: readonly FileLease[];
  /** Keys of the files, for messages. */
  readonly name: string;
  /** What is wanted of them; undefined: everything. */
  readonly ranges: readonly TimeRange[] | undefined;
  readonly after: RowKey | undefined;
  readonly date: string;
  /** Of the manifest that names them. */
  readonly generation: number;
}

/** Where a day goes on after a run whose files are gone. */
export interface LostRun extends Pick<LeasedRun, 'date' | 'generation' | 'after'> {
  readonly error: ArchiveReadError;
}

export interface FilePlaces {
  readonly store: ObjectStore;
  readonly files: LocalFiles;
}

export async function releaseRun(run: LeasedRun): Promise<void> {
  await releaseAll(run.leases);
}

async function releaseAll(leases: readonly FileLease[]): Promise<void> {
  for (const lease of leases) await lease.release();
}

/**
 * The runs of one day that have something of `ranges`, as its newest manifest has them. Where a file is gone because a
 * compaction has replaced it since, the day goes on with the next generation, behind what has been given out.
 */
export async function* dayRuns(
  places: FilePlaces,
  partition: Partition,
  ranges: readonly TimeRange[],
  resumed?: LostRun,
): AsyncGenerator<LeasedRun, void, undefined> {
  let after = resumed?.after;
  let generation = resumed?.generation ?? 0;
  let lost = resumed?.error;
  do {
    const manifest = await readManifest(places.store, partition);
    if (lost !== undefined && manifest?.generation === generation) throw lost;
    lost = undefined;
    generation = manifest?.generation ?? 0;
    const wanted = (manifest?.files ?? []).filter((file) => isWanted(file, ranges, after));
    for (const files of fileRuns(wanted)) {
      const leases = await leaseRun(places, partition, { files, manifest: manifestKey(partition, generation) });
      if (leases instanceof ArchiveReadError) {
        lost = leases;
        break;
      }
      const name = files.map((file) => fileKey(partition, file.name)).join(' + ');
      yield { files, leases, name, ranges: narrowed(files, ranges), after, date: partition.date, generation };
      after = runEnd(files);
    }
  } while (lost !== undefined);
}

function isWanted(file: ArchiveFile, ranges: readonly TimeRange[], after: RowKey | undefined): boolean {
  const isAhead =
    after === undefined ||
    file.tsEventMax > after.tsEvent ||
    (file.tsEventMax === after.tsEvent && file.seqMax > after.seq);
  return isAhead && ranges.some((range) => isTouched(file, range));
}

function isTouched({ tsEventMin, tsEventMax }: ArchiveFile, { from, to }: TimeRange): boolean {
  return tsEventMax >= from && tsEventMin < to;
}

/** The ranges that matter for these files; undefined where one of them holds all of each. */
function narrowed(files: FileRun, ranges: readonly TimeRange[]): readonly TimeRange[] | undefined {
  const touched = ranges.filter((range) => files.some((file) => isTouched(file, range)));
  const [only] = touched;
  const holdsAll = files.every(
    ({ tsEventMin, tsEventMax }) => only !== undefined && tsEventMin >= only.from && tsEventMax < only.to,
  );
  return holdsAll ? undefined : touched;
}

/** The error is given back, not thrown, where a file is not there. */
async function leaseRun(
  places: FilePlaces,
  partition: Partition,
  { files, manifest }: { readonly files: FileRun; readonly manifest: string },
): Promise<FileLease[] | ArchiveReadError> {
  const leases: FileLease[] = [];
  for (const file of files) {
    const key = fileKey(partition, file.name);
    try {
      leases.push(await places.files.lease(key, file));
    } catch (error) {
      await releaseAll(leases);
      if (!isMissing(error)) throw error;
      return new ArchiveReadError(key, `it is not there, but ${manifest} names it`, { cause: error, missing: true });
    }
  }
  return leases;
}
