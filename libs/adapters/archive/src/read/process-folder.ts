import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** A folder of a process on another machine, or that says nothing of its process, is rubbish after this long. */
const STRANGE_MS_MAX = 7 * 24 * 3_600_000;

/**
 * Makes a folder of this process's own below `parent` and removes those of processes that are dead. Its name is
 * `<host>_<pid>_<random>`, so that others can tell.
 */
export async function ownFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (await isRubbish(parent, name)) await rm(join(parent, name), { recursive: true, force: true });
  }
  const folder = join(parent, `${hostname()}_${process.pid}_${randomUUID().slice(0, 8)}`);
  await mkdir(folder);
  return folder;
}

async function isRubbish(parent: string, name: string): Promise<boolean> {
  const [, host, pid] = /^(.+)_(\d+)_[0-9a-f]+$/.exec(name) ?? [];
  if (host === hostname() && pid !== undefined) return !isAlive(Number(pid));
  const stats = await stat(join(parent, name)).catch(() => undefined);
  return stats !== undefined && Date.now() - stats.mtimeMs > STRANGE_MS_MAX;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
