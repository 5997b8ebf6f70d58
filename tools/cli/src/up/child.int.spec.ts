import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child, untilReady } from './child.ts';
import { isAlive } from './lock.ts';

let dir = '';
let child: Child | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-child-'));
});
afterEach(async () => {
  if (child?.running === true) await child.stop(100);
  child = undefined;
  rmSync(dir, { recursive: true, force: true });
});

const run = (script: string, ended: (how: string) => void = () => undefined): Child => {
  const spec = { name: 'probe', command: process.execPath, args: ['-e', script], logFile: join(dir, 'probe.log') };
  child = new Child(spec, { ended: (_name, how) => ended(how) });
  child.start();
  return child;
};
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await sleep(10);
};
const log = (): string => readFileSync(join(dir, 'probe.log'), 'utf8');

describe('a supervised process', () => {
  test('that is killed is started again, and counted', async () => {
    const ends: string[] = [];
    const probe = run('console.log("up " + process.pid); setInterval(() => {}, 1000)', (how) => ends.push(how));
    for (const times of [1, 2]) {
      const pid = probe.pid!;
      await until(() => log().includes(`up ${pid}`));
      process.kill(pid, 'SIGKILL');
      await until(() => probe.restarts === times && probe.pid !== undefined && probe.pid !== pid);
    }
    expect(ends).toEqual(['was ended by SIGKILL', 'was ended by SIGKILL']);
  });

  test('that ends by itself is started again too, with its last words in the log', async () => {
    const probe = run('console.error("no bus"); process.exit(3)');
    await until(() => probe.restarts >= 1);
    expect(log()).toContain('no bus\nportcullis: probe ended with code 3');
  });

  test('that cannot be started is tried again without an unhandled error', async () => {
    const spec = { name: 'probe', command: join(dir, 'nothing'), args: [], logFile: join(dir, 'probe.log') };
    child = new Child(spec);
    child.start();
    await until(() => child!.restarts >= 1);
    await child.stop();
    expect(log()).toContain('cannot be started');
  });

  test('is stopped by SIGTERM and stays stopped', async () => {
    const probe = run(
      'process.on("SIGTERM", () => { console.log("bye"); process.exit(0) }); console.log("up"); setInterval(() => {}, 1000)',
    );
    await until(() => log().includes('up'));
    const pid = probe.pid!;
    await probe.stop();
    expect([isAlive(pid), probe.running, probe.restarts, log().endsWith('bye\n')]).toEqual([false, false, 0, true]);
  });

  test('that does not listen to SIGTERM is killed after the grace', async () => {
    const probe = run('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)');
    await until(() => log().includes('up'));
    const pid = probe.pid!;
    await probe.stop(200);
    expect(isAlive(pid)).toBe(false);
  });

  test('may be stopped while it waits to be started again', async () => {
    const probe = run('process.exit(1)');
    await until(() => !probe.running);
    await probe.stop();
    const { restarts } = probe;
    await sleep(400);
    expect([probe.running, probe.restarts]).toEqual([false, restarts]);
  });

  test('that never gets ready is named, with what it said', async () => {
    const probe = run('console.error("port 4222 is taken"); setInterval(() => {}, 1000)');
    await until(() => log().includes('taken'));
    await expect(untilReady(probe, async () => false, { withinMs: 50 })).rejects.toThrow(
      'probe was not ready within 0.05 s; it said:\nport 4222 is taken',
    );
  });
});
