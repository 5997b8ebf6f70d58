import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Partition, partitionPath, readManifest } from '@portcullis/archive';
import { UserError } from '@portcullis/config';
import type { PartitionManifest } from '@portcullis/contracts';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { openWriter } from './import-writer.ts';
import type { ImportRequest } from './import-run.ts';
import type { Meeting } from './partition-totals.ts';
import type { OnBytes } from './progress.ts';
import { WriteContext } from './write-context.ts';

export interface Comparison {
  readonly store: ObjectStore;
  /** For temporary files. */
  readonly folder: string;
  readonly onBytes: OnBytes;
  /** Partitions in which the store has rows of the same range. */
  readonly partitions: readonly Partition[];
}

/**
 * How the import really meets what the store has: the same times and numbers may stand with other prices. The rows are
 * written into files in a folder of our own, as they would be for the store, and compared with its manifests.
 */
export async function comparedWith(request: ImportRequest, comparison: Comparison): Promise<Map<string, Meeting>> {
  const { store, folder, onBytes, partitions } = comparison;
  const paths = new Set(partitions.map((partition) => partitionPath(partition)));
  const ours = openObjectStore(pathToFileURL(join(folder, 'compared')).href);
  const writer = await openWriter(ours, join(folder, 'comparing'));
  try {
    const context = new WriteContext(request, { writer, onBytes, wants: (path) => paths.has(path) });
    await request.importer(context);
    await context.endOfFile();
    const { complete, trouble } = await writer.drain();
    if (!complete) {
      throw new UserError(`cannot compare: ${trouble?.message ?? ''}`, 'make room for temporary files (TMPDIR)');
    }
    await writer.close();
    const meetings = new Map<string, Meeting>();
    for (const partition of partitions) {
      const [there, here] = [await readManifest(store, partition), await readManifest(ours, partition)];
      meetings.set(partitionPath(partition), meetingOf(there, here));
    }
    return meetings;
  } catch (error) {
    await writer.abandon();
    throw error;
  } finally {
    await ours.close();
  }
}

function meetingOf(there: PartitionManifest | undefined, here: PartitionManifest | undefined): Meeting {
  if (there === undefined || here === undefined) return 'overlap';
  if (contentOf(there) === contentOf(here)) return 'same';
  const names = new Set(here.files.map(({ name }) => name));
  return there.files.every(({ name }) => names.has(name)) ? 'begun' : 'overlap';
}

const MODULUS = 1n << 128n;

/** Equal for equal sets of rows, in however many files. */
function contentOf({ files }: PartitionManifest): string {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const hash = files.reduce((sum, file) => (sum + BigInt(file.rowsHash)) % MODULUS, 0n);
  return `${rows} ${hash}`;
}
