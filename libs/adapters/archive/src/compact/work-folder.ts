import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const NAME = /^compact-(\d+)-/;

/** A folder of this process for one piece of work below `tmpDir`; removes those that dead processes left there. */
export function openWorkFolder(tmpDir: string): string {
  mkdirSync(tmpDir, { recursive: true });
  for (const name of readdirSync(tmpDir)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(tmpDir, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(tmpDir, `compact-${process.pid}-`));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
