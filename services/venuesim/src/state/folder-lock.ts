import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '@portcullis/config';

const FILE = 'in-use-by.pid';
/** Folders of this process: its own number in a mark says nothing, a container's restart has the same one. */
const held = new Set<string>();

/**
 * Makes the ledger's folder ours: two venues that append to one ledger would ruin it. The mark of a process that was
 * killed is taken over. Returns what gives the folder back.
 */
export function lockFolder(dir: string): () => void {
  const path = join(resolve(dir), FILE);
  try {
    mkdirSync(dir, { recursive: true });
    mark(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      const why = (cause as Error).message;
      throw new UserError(`ledger folder ${dir} cannot be used (${why})`, 'correct ledgerDir', { cause });
    }
    const owner = readFileSync(path, 'utf8');
    if (held.has(path) || (owner !== identityOf(process.pid) && isAlive(owner))) {
      const pid = owner.split(' ')[0] ?? '';
      throw new UserError(
        `the ledger in ${dir} is in use by process ${pid}`,
        'stop that venue, or give another ledgerDir',
      );
    }
    rmSync(path);
    mark(path);
  }
  held.add(path);
  return () => {
    held.delete(path);
    rmSync(path, { force: true });
  };
}

function mark(path: string): void {
  const fd = openSync(path, 'wx');
  writeSync(fd, identityOf(process.pid));
  closeSync(fd);
}

/** Process number and, where the system tells it, when it began: numbers are used again. */
function identityOf(pid: number): string {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return `${pid} ${fields[19] ?? ''}`;
  } catch {
    return String(pid);
  }
}

function isAlive(owner: string): boolean {
  const pid = Number(owner.split(' ')[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return owner === identityOf(pid);
}
