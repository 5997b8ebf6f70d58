import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@portcullis/config';

/** Takers of one lock of a dead process at the same moment; more in a row is no accident. */
const ATTEMPTS_MAX = 10;

/** Keeps a spool to one process. A lock whose process is gone is taken over. */
export class SpoolLock {
  readonly #path: string;
  readonly #text: string;

  private constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
  }

  /** Throws UserError while a living process holds it. */
  static take(folder: string): SpoolLock {
    const path = join(folder, 'lock');
    const text = `${process.pid} ${startOf('self')} ${randomUUID()}\n`;
    const candidate = `${path}-${process.pid}-${randomUUID()}`;
    writeFileSync(candidate, text);
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        if (linked(candidate, path)) return new SpoolLock(path, text);
        const holder = holderOf(path);
        if (holder !== undefined && isAlive(holder)) {
          throw new UserError(
            `the spool ${folder} is in use by process ${holder.pid}`,
            'stop that process or give each collector and import a spool folder of its own',
          );
        }
        rmSync(path, { force: true });
      }
      throw new UserError(`the lock ${path} cannot be taken`, 'remove it when no process uses the spool');
    } finally {
      rmSync(candidate, { force: true });
    }
  }

  release(): void {
    if (textOf(this.#path) === this.#text) rmSync(this.#path, { force: true });
  }
}

interface Holder {
  readonly pid: number;
  readonly started: string;
}

function linked(candidate: string, path: string): boolean {
  try {
    linkSync(candidate, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function holderOf(path: string): Holder | undefined {
  const [pid, started] = textOf(path).trim().split(' ');
  return pid === undefined || pid === '' || started === undefined ? undefined : { pid: Number(pid), started };
}

/** Start of a process in ticks since boot, so that a number given to another process is not mistaken for it; '-' where the system does not say. */
function startOf(pid: number | 'self'): string {
  const text = textOf(`/proc/${pid}/stat`);
  // The program's name stands in parentheses and may hold anything; the start is the 20th field after it.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === '-' || startOf(pid) === started;
}
