import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArchiveFile, archiveFileSchema } from '@portcullis/contracts';
import { z } from 'zod';
import { type Partition, partitionOfKey, partitionPath } from '../partition.ts';

const waitingSchema = z.strictObject({
  version: z.literal(1),
  partition: z.string().min(1).max(600),
  /** Number of the last event in it: all events of its partition up to this one are in segments. */
  upTo: z.int().min(0),
  file: archiveFileSchema,
});

/** A segment on its way to the store. */
export interface WaitingSegment {
  readonly partition: Partition;
  readonly file: ArchiveFile;
  readonly upTo: number;
  /** The Parquet file and the note beside it, which makes it count. */
  readonly path: string;
  readonly notePath: string;
  /** Found at the start: an earlier process may have committed it already. */
  readonly found: boolean;
}

const NOTE = '.json';

/** Writes the note that makes a Parquet file in the spool a segment: whole or not there, and on disk. */
export async function noteSegment(
  folder: string,
  segment: { readonly partition: Partition; readonly file: ArchiveFile; readonly path: string; readonly upTo: number },
): Promise<WaitingSegment> {
  const { partition, file, path, upTo } = segment;
  const notePath = `${path}${NOTE}`;
  const note: z.infer<typeof waitingSchema> = {
    version: 1,
    partition: partitionPath(partition),
    upTo,
    file,
  };
  const handle = await open(`${notePath}.part`, 'w');
  try {
    await handle.writeFile(JSON.stringify(note));
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${notePath}.part`, notePath);
  await syncFolder(folder);
  return { ...segment, notePath, found: false };
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface SpoolFindings {
  readonly segments: readonly WaitingSegment[];
  /** Notes that cannot be read, left where they are. */
  readonly unreadable: readonly string[];
}

/** The segments that earlier processes left, after removing what never became one. */
export function findSegments(folder: string): SpoolFindings {
  const names = readdirSync(folder);
  const noted = new Set(names.filter((name) => name.endsWith(NOTE)));
  for (const name of names) {
    if (name.endsWith('.part') || (name.endsWith('.parquet') && !noted.has(`${name}${NOTE}`))) {
      rmSync(join(folder, name), { force: true });
    }
  }
  const segments: WaitingSegment[] = [];
  const unreadable: string[] = [];
  for (const name of [...noted].sort()) {
    const segment = readNote(join(folder, name));
    if (segment === undefined) unreadable.push(name);
    else segments.push(segment);
  }
  return { segments, unreadable };
}

function readNote(notePath: string): WaitingSegment | undefined {
  const path = notePath.slice(0, -NOTE.length);
  try {
    const note = waitingSchema.parse(JSON.parse(readFileSync(notePath, 'utf8')));
    const partition = partitionOfKey(note.partition);
    if (partition === undefined || statSync(path).size !== note.file.bytes) return undefined;
    const { upTo, file } = note;
    return { partition, file, path, notePath, found: true, upTo };
  } catch {
    return undefined;
  }
}

/** The note goes first: a Parquet file without one is nothing. */
export function forgetSegment({ path, notePath }: WaitingSegment): void {
  rmSync(notePath, { force: true });
  rmSync(path, { force: true });
}
