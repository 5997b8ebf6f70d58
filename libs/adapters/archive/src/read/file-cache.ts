import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveFile } from '@portcullis/contracts';
import type { ObjectStore } from '@portcullis/objects';
import { checkDigest, type FileLease, type LocalFiles } from './local-files.ts';
import { ownFolder } from './process-folder.ts';
import { ArchiveReadError } from './read-error.ts';

/** Another process may remove a file between its coming and our taking it; more often than this is no accident. */
const ATTEMPTS_MAX = 5;
/** Digests remembered; a file of one that is forgotten is read once more. */
const CHECKED_MAX = 10_000;

export interface CacheCounters {
  /** Files fetched from the store, and their bytes. */
  fetched: number;
  fetchedBytes: number;
  /** Files that were there. */
  hits: number;
  /** Files that were there with a wrong content, and were fetched again. */
  wrongDigests: number;
  /** Files removed to make room. */
  evicted: number;
}

export interface CacheOptions {
  readonly dir: string;
  /** What the cached files may take together. Files in use are not removed and may take more. */
  readonly bytesMax: number;
}

/**
 * Objects of a remote store as local files named by their digest, for any number of processes. The files of a lease are
 * hard links in a folder of the process's own: a file with a second link is in use, and one that is removed all the
 * same can still be read. Content is checked against the manifest when it comes from the store and when this cache
 * first takes it from the disk. The least recently used files go first.
 */
export class FileCache implements LocalFiles {
  readonly #store: ObjectStore;
  readonly #options: CacheOptions;
  readonly #files: string;
  /** Which files' content has been checked, by digest: inode, size and modification time. */
  readonly #checked = new Map<string, string>();
  readonly #fetching = new Map<string, Promise<FileLease>>();
  #own: Promise<string> | undefined;
  #leases = 0;
  readonly counters: CacheCounters = { fetched: 0, fetchedBytes: 0, hits: 0, wrongDigests: 0, evicted: 0 };

  constructor(store: ObjectStore, options: CacheOptions) {
    this.#store = store;
    this.#options = options;
    this.#files = join(options.dir, 'files');
  }

  async lease(key: string, file: ArchiveFile): Promise<FileLease> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const lent = await this.#lend(file);
      if (lent !== undefined) {
        this.counters.hits++;
        return lent;
      }
      const running = this.#fetching.get(file.sha256);
      if (running === undefined) return this.#fetchOnce(key, file);
      // Another stream of this reader is fetching it; what goes wrong there is told there and met here once more.
      await running.catch(() => undefined);
    }
    throw new ArchiveReadError(key, `its copy in ${this.#files} goes as fast as it comes`);
  }

  async close(): Promise<void> {
    if (this.#own !== undefined) await rm(await this.#own, { recursive: true, force: true });
    this.#own = undefined;
  }

  /** The cached file, checked; undefined when it is not there or not what it should be. */
  async #lend(file: ArchiveFile): Promise<FileLease | undefined> {
    const path = await this.#newPath();
    const cached = this.#pathOf(file);
    try {
      await link(cached, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const stats = await stat(path);
    const stamp = `${stats.ino} ${stats.size} ${stats.mtimeMs}`;
    if (this.#checked.get(file.sha256) !== stamp) {
      if ((await digestOf(path)) !== file.sha256) {
        this.counters.wrongDigests++;
        await rm(cached, { force: true });
        await rm(path, { force: true });
        return undefined;
      }
      this.#note(file, stamp);
    }
    // The time of access says when it was last used, whatever the file system is told to keep of it.
    await utimes(path, new Date(), stats.mtime);
    return leaseOf(path);
  }

  async #fetchOnce(key: string, file: ArchiveFile): Promise<FileLease> {
    const fetching = this.#fetch(key, file);
    this.#fetching.set(file.sha256, fetching);
    try {
      return await fetching;
    } finally {
      this.#fetching.delete(file.sha256);
    }
  }

  /** Fetches a file into this process's folder, where it is in use from the first, and puts a link of it among the others. */
  async #fetch(key: string, file: ArchiveFile): Promise<FileLease> {
    const path = await this.#newPath();
    try {
      await this.#store.getFile(key, path);
      checkDigest(key, await digestOf(path), file);
      await link(path, this.#pathOf(file)).catch((error: unknown) => {
        // Another process was faster; this one reads its own.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      });
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    this.counters.fetched++;
    this.counters.fetchedBytes += file.bytes;
    const { ino, size, mtimeMs } = await stat(path);
    this.#note(file, `${ino} ${size} ${mtimeMs}`);
    await this.#makeRoom();
    return leaseOf(path);
  }

  async #makeRoom(): Promise<void> {
    const found: { readonly path: string; readonly size: number; readonly usedAt: number; readonly inUse: boolean }[] =
      [];
    for (const name of await readdir(this.#files)) {
      const path = join(this.#files, name);
      const stats = await stat(path).catch(() => undefined);
      if (stats !== undefined) found.push({ path, size: stats.size, usedAt: stats.atimeMs, inUse: stats.nlink > 1 });
    }
    let bytes = found.reduce((sum, { size }) => sum + size, 0);
    const oldestFirst = found.filter(({ inUse }) => !inUse).sort((a, b) => a.usedAt - b.usedAt);
    for (const { path, size } of oldestFirst) {
      if (bytes <= this.#options.bytesMax) return;
      await rm(path, { force: true });
      bytes -= size;
      this.counters.evicted++;
    }
  }

  #note({ sha256 }: ArchiveFile, stamp: string): void {
    this.#checked.set(sha256, stamp);
    const [oldest] = this.#checked.keys();
    if (this.#checked.size > CHECKED_MAX && oldest !== undefined) this.#checked.delete(oldest);
  }

  async #newPath(): Promise<string> {
    this.#own ??= mkdir(this.#files, { recursive: true }).then(() => ownFolder(join(this.#options.dir, 'processes')));
    return join(await this.#own, `${++this.#leases}.parquet`);
  }

  #pathOf({ sha256 }: ArchiveFile): string {
    return join(this.#files, `${sha256}.parquet`);
  }
}

function leaseOf(path: string): FileLease {
  return { path, release: () => rm(path, { force: true }) };
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
