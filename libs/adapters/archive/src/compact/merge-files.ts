import type { ArchiveFile, MarketKind } from '@portcullis/contracts';
import type { Duck } from '../duck.ts';
import type { Partition } from '../partition.ts';
import { columnList, copyStatement, digestFile } from '../write/parquet-file.ts';
import { wholeOrder } from '../write/write-segment.ts';
import { CompactionRefused } from './compaction-refused.ts';
import { barConflicts, type Duplicates, duplicatesOf, withoutDuplicates } from './duplicates.ts';
import { readFiles, type RowFacts, rowFacts } from './proof.ts';

export interface LocalFile {
  readonly file: ArchiveFile;
  readonly path: string;
}

export interface Merged {
  /** The rows of the merged file as they were read back from it. */
  readonly facts: RowFacts;
  readonly removed: Duplicates;
  readonly digest: { readonly sha256: string; readonly bytes: number };
}

const NONE: Duplicates = { rows: 0, hash: 0n, conflicts: 0 };

/**
 * Merges files of one partition into the Parquet file `output`, sorted and without duplicates. Files that follow each
 * other in time are joined without sorting, which needs no memory; only those that overlap are sorted. What comes out
 * is read back, and where it shows that sorting or a look for duplicates was needed, it is done over with them.
 * Throws {@link CompactionRefused} for bars that contradict each other.
 */
export async function mergeFiles(
  duck: Duck,
  inputs: readonly LocalFile[],
  place: { readonly partition: Partition; readonly output: string; readonly code: string },
): Promise<Merged> {
  const { partition, output, code } = place;
  const { kind } = partition;
  const paths = inputs.map(({ path }) => path);
  const write = async (query: string): Promise<Pick<Merged, 'facts' | 'digest'>> => {
    await duck.run(copyStatement(query, output, partition, code));
    const [facts, digest] = await Promise.all([rowFacts(duck, kind, [output]), digestFile(output, { sync: false })]);
    return { facts, digest };
  };
  let written = await write(joined(kind, inputs));
  let removed = NONE;
  if (written.facts.suspects > 0) {
    if (kind === 'bar') await refuseConflicts(duck, paths);
    removed = await duplicatesOf(duck, kind, paths);
  }
  const { unsorted, ties } = written.facts;
  if (removed.rows > 0) written = await write(withoutDuplicates(kind, paths));
  else if (unsorted > 0 || ties > 0) written = await write(sorted(kind, paths));
  return { ...written, removed };
}

async function refuseConflicts(duck: Duck, paths: readonly string[]): Promise<void> {
  const conflicts = await barConflicts(duck, paths);
  const [first] = conflicts;
  if (first === undefined) return;
  const start = new Date(first.start / 1000).toISOString();
  throw new CompactionRefused(
    'bars-conflict',
    `${conflicts.length === 20 ? 'at least 20' : conflicts.length} bars contradict each other, the first one from ${start} (${first.period / 1_000_000} s, ${first.rows} rows)`,
  );
}

function sorted(kind: MarketKind, paths: readonly string[]): string {
  return `SELECT ${columnList(kind)} FROM ${readFiles(paths)} ORDER BY ${wholeOrder({ kind })}`;
}

/** Groups of files whose times overlap, in the order of time; alone, a file is read as it is. */
function joined(kind: MarketKind, inputs: readonly LocalFile[]): string {
  const columns = columnList(kind);
  const parts = clusters(inputs).map((cluster) => {
    const paths = cluster.map(({ path }) => path);
    return cluster.length === 1 ? `SELECT ${columns} FROM ${readFiles(paths)}` : `(${sorted(kind, paths)})`;
  });
  const simple = parts.every((part) => !part.startsWith('('));
  if (simple) {
    return `SELECT ${columns} FROM ${readFiles(
      clusters(inputs)
        .flat()
        .map(({ path }) => path),
    )}`;
  }
  return parts.join(' UNION ALL ');
}

function clusters(inputs: readonly LocalFile[]): LocalFile[][] {
  const ordered = [...inputs].sort((a, b) => a.file.tsEventMin - b.file.tsEventMin);
  const found: LocalFile[][] = [];
  let until = -1;
  for (const input of ordered) {
    // An event at the very same time may stand in both.
    if (input.file.tsEventMin <= until) found.at(-1)?.push(input);
    else found.push([input]);
    until = Math.max(until, input.file.tsEventMax);
  }
  return found;
}
