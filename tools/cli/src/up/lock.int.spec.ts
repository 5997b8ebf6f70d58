import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Lock } from './lock.ts';

let dir = '';
let other: ChildProcess | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-lock-'));
});
afterEach(async () => {
  if (other !== undefined && other.exitCode === null && other.signalCode === null) {
    const gone = once(other, 'exit');
    other.kill('SIGKILL');
    await gone;
  }
  other = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const lockFile = (): string => join(dir, 'lock');
/** A process that is there, called with these words. */
async function begin(...words: string[]): Promise<number> {
  other = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)', ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(other.stdout!, 'data');
  return other.pid!;
}

describe('the lock of a state', () => {
  test('keeps a second one out while the first is there', async () => {
    const pid = await begin('portcullis', 'up');
    writeFileSync(lockFile(), `${pid}\n`);
    expect(() => Lock.take(lockFile(), 'generated-1')).toThrow(`state generated-1 is in use by process ${pid}`);
    expect(readFileSync(lockFile(), 'utf8')).toBe(`${pid}\n`);
  });

  test('is taken over when its number belongs to another program now', async () => {
    writeFileSync(lockFile(), `${await begin('something', 'else')}\n`);
    Lock.take(lockFile(), 'generated-1').release();
    expect(existsSync(lockFile())).toBe(false);
  });

  test.each(['', 'garbage', '999999999', '-4'])('is taken over from %j', (left) => {
    writeFileSync(lockFile(), left);
    Lock.take(lockFile(), 'generated-1');
    expect(readFileSync(lockFile(), 'utf8')).toBe(`${process.pid}\n`);
  });
});
