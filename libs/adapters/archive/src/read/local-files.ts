import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ArchiveFile } from '@portcullis/contracts';
import { type ObjectStore, ObjectStoreError } from '@portcullis/objects';
import { ArchiveReadError } from './read-error.ts';

/** A file that stays where it is until it is released. */
export interface FileLease {
  readonly path: string;
  release(): Promise<void>;
}

/** Where files lie for DuckDB to open. */
export interface LocalFiles {
  /**
   * Throws {@link ArchiveReadError} for a file that is not what its manifest says, `ObjectStoreError` `missing` for one
   * that is not there.
   */
  lease(key: string, file: ArchiveFile): Promise<FileLease>;
  close(): Promise<void>;
}

/** The files of a `file://` store, read in place. `digests`: each is read once for its digest before it is used. */
export class FilesInPlace implements LocalFiles {
  readonly #store: ObjectStore;
  readonly #root: string;
  readonly #digests: boolean;

  constructor(store: ObjectStore, digests: boolean) {
    this.#store = store;
    this.#root = fileURLToPath(store.url);
    this.#digests = digests;
  }

  async lease(key: string, file: ArchiveFile): Promise<FileLease> {
    const path = join(this.#root, key);
    const size = await sizeOf(path);
    if (size === undefined) throw missing(key);
    if (size !== file.bytes) throw new ArchiveReadError(key, `has ${size} bytes, its manifest says ${file.bytes}`);
    if (this.#digests) checkDigest(key, await this.#store.sha256(key), file);
    return { path, release: async () => undefined };
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

export function checkDigest(key: string, sha256: string, file: ArchiveFile): void {
  if (sha256 === file.sha256) return;
  throw new ArchiveReadError(key, `its content has SHA-256 ${sha256}, its manifest says ${file.sha256}`);
}

export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats.size : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function missing(key: string): ObjectStoreError {
  return new ObjectStoreError(`${key} is not there`, { trouble: 'missing', outcomeKnown: true });
}
