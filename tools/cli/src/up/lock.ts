import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '@portcullis/config';

/** Whether a process of this id is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The command line of a process, where the system tells it; undefined elsewhere and for processes that are gone. */
export function commandLineOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return undefined;
  }
}

/** One `up` per state: two would share journals, and neither could trust them. */
export class Lock {
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  /** Throws {@link UserError} when another `up` runs. A lock whose process is gone is taken over. */
  static take(file: string, stateName: string): Lock {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    for (;;) {
      try {
        writeFileSync(file, `${process.pid}\n`, { flag: 'wx', mode: 0o600 });
        return new Lock(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = holderOf(file);
      if (holder !== undefined) {
        throw new UserError(
          `state ${stateName} is in use by process ${holder}`,
          'stop that one, or run with another --state',
          {},
        );
      }
      rmSync(file, { force: true });
    }
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }
}

function holderOf(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return undefined;
  // The number may have been given to another program since.
  const commandLine = commandLineOf(pid);
  return commandLine === undefined || commandLine.includes('portcullis') ? pid : undefined;
}
