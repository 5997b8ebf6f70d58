import { mkdir, open, rmdir } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import { codeOf } from './file-trouble.ts';

/** Folders whose way down from the root is known to be on disk; past this many the set begins anew. */
const KNOWN_FOLDERS_MAX = 50_000;

/** Writes what a folder lists to disk, so that a name put there survives a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } catch (error) {
    // Some network file systems write folders through and refuse to be asked.
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes(codeOf(error))) throw error;
  } finally {
    await folder.close();
  }
}

/** Folders below one root, made so that they survive a power cut, and removed when they are empty. */
export class DurableFolders {
  readonly #root: string;
  readonly #known = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Makes `folder` (the root or below it) and every folder on the way. */
  async make(folder: string): Promise<void> {
    const created = await mkdir(folder, { recursive: true });
    if (created === undefined && this.#known.has(folder)) return;
    // The one above the topmost that is new lists it; without news, all down from the root, because whoever made them may not have synced them yet.
    const top = created === undefined ? this.#root : dirname(created);
    for (let path = folder; path !== top && path !== dirname(path);) {
      path = dirname(path);
      await syncFolder(path);
    }
    if (this.#known.size >= KNOWN_FOLDERS_MAX) this.#known.clear();
    this.#known.add(folder);
  }

  /** Removes `folder` and those above it while they are empty, never the root. */
  async prune(folder: string): Promise<void> {
    for (let path = folder; isBelow(this.#root, path); path = dirname(path)) {
      this.#known.delete(path);
      try {
        await rmdir(path);
      } catch {
        // It holds something, or somebody else was faster: either way it is not ours to remove.
        return;
      }
    }
  }
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}
