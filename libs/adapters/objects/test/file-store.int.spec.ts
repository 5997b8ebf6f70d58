import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fileTrouble } from '../src/file/file-trouble.ts';
import { type ObjectStore, ObjectStoreError, openObjectStore } from '../src/index.ts';

const ONE = Buffer.from('one');
let dir: string;
let store: ObjectStore;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-file-store-'));
  store = openObjectStore(`file://${dir}`);
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

async function failed(work: Promise<unknown>): Promise<{ trouble: string; outcomeKnown: boolean }> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ObjectStoreError)) throw new Error(`no trouble but ${String(error)}`);
  return { trouble: error.trouble, outcomeKnown: error.outcomeKnown };
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
}

const own = (...parts: string[]): string => join(dir, '.portcullis-store', ...parts);
const lockOf = (key: string): string => own('locks', createHash('sha256').update(key).digest('hex'));

describe('processes at once', () => {
  function racer(times: number): { child: ChildProcess; end: Promise<number>; said: () => number } {
    const script = join(import.meta.dirname, 'file-racer.ts');
    const child = spawn(
      process.execPath,
      [
        '--conditions=@portcullis/source',
        '--disable-warning=ExperimentalWarning',
        script,
        `file://${dir}`,
        String(times),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = 0;
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.length));
    const end = once(child, 'close').then(([code]) => (code as number | null) ?? -1);
    return { child, end, said: () => said };
  }

  const count = async (): Promise<number> =>
    (JSON.parse(Buffer.from(await store.get('count')).toString()) as { count: number }).count;

  test('lose no update', async () => {
    await store.put('count', Buffer.from('{"count":0}'));
    const racers = [racer(25), racer(25), racer(25)];
    expect(await Promise.all(racers.map(({ end }) => end))).toEqual([0, 0, 0]);
    expect(await count()).toBe(75);
    expect(readdirSync(own('locks'))).toEqual([]);
    expect(readdirSync(own('unfinished'))).toEqual([]);
  });

  test('killed at any moment leave whole objects and no lock that holds', async () => {
    await store.put('count', Buffer.from('{"count":0}'));
    let told = 0;
    for (let round = 0; round < 5; round += 1) {
      const { child, end, said } = racer(1_000_000);
      while (said() < 3 + 7 * round) await once(child.stdout!, 'data');
      child.kill('SIGKILL');
      await end;
      told += said();
      // At most one put was carried out that could not be told any more.
      expect(await count()).toBeGreaterThanOrEqual(told);
      expect(await count()).toBeLessThanOrEqual(told + round + 1);
    }
    const { info } = await store.read('count');
    await store.put('count', ONE, { etag: info.etag });
    expect(existsSync(lockOf('count'))).toBe(false);
  });
});

describe('what others left behind', () => {
  test('a lock without content, after a power cut, is taken over', async () => {
    await store.put('key', ONE);
    writeFileSync(lockOf('key'), '');
    await store.put('key', Buffer.from('two'));
    expect(existsSync(lockOf('key'))).toBe(false);
  });

  test('a lock of a process that is gone is taken over, also when its taker is gone too', async () => {
    await store.put('key', ONE);
    const gone = (token: string): string => [token, '999999999', '1', 'realm'].join('\n');
    const { realm, started } = await ownLock();
    writeFileSync(lockOf('key'), gone('dead').replace('realm', realm));
    writeFileSync(
      own('locks', 'claim-dead'),
      ['taker', String(process.pid), `${Number(started) + 1}`, realm].join('\n'),
    );
    await store.put('key', Buffer.from('two'));
    expect(readdirSync(own('locks'))).toEqual([]);
  });

  /** What this process writes into its locks, seen from inside one. */
  async function ownLock(): Promise<{ started: string; realm: string }> {
    const { FileLocks } = await import('../src/file/file-lock.ts');
    const { readFileSync } = await import('node:fs');
    const text = await new FileLocks(own('locks')).holding('probe', async () =>
      readFileSync(own('locks', 'probe'), 'utf8'),
    );
    const [, , started = '', ...realm] = text.split('\n');
    return { started, realm: realm.join('\n') };
  }

  test('unfinished files are no objects, and old ones are removed', async () => {
    mkdirSync(own('unfinished'), { recursive: true });
    for (const name of ['old', 'young']) writeFileSync(own('unfinished', name), 'half');
    const yesterday = Date.now() / 1000 - 86_500;
    utimesSync(own('unfinished', 'old'), yesterday, yesterday);
    expect(await keys()).toEqual([]);
    await store.put('key', ONE);
    expect(readdirSync(own('unfinished'))).toEqual(['young']);
    expect(await keys()).toEqual(['key']);
  });
});

describe('what is no object', () => {
  test('links, and names that no key has', async () => {
    await store.put('key', ONE);
    symlinkSync(join(dir, 'key'), join(dir, 'link'));
    symlinkSync(dir, join(dir, 'around'));
    writeFileSync(join(dir, 'new\nline'), '');
    mkdirSync(join(dir, 'empty/folder'), { recursive: true });
    expect(await keys()).toEqual(['key']);
    expect(await store.head('link')).toBeUndefined();
    expect(await failed(store.get('link'))).toEqual({ trouble: 'missing', outcomeKnown: true });
    expect(await failed(store.get('empty'))).toEqual({ trouble: 'missing', outcomeKnown: true });
    const folders: string[] = [];
    for await (const name of store.folders('')) folders.push(name);
    expect(folders).toEqual([]);
  });

  test('a key below another one', async () => {
    await store.put('a', ONE);
    await store.put('b/c', ONE);
    const refused = { trouble: 'refused', outcomeKnown: true };
    for (const condition of [undefined, { absent: true } as const]) {
      expect(await failed(store.put('a/b', ONE, condition))).toEqual(refused);
      expect(await failed(store.put('b', ONE, condition))).toEqual(refused);
    }
    expect(await store.head('a/b')).toBeUndefined();
    await store.delete('a/b');
    expect(await keys()).toEqual(['a', 'b/c']);
    expect(readdirSync(own('unfinished'))).toEqual([]);
  });
});

describe('trouble of the disk', () => {
  test('where nobody may write it is denied', async () => {
    const kernel = openObjectStore('file:///sys/kernel/portcullis');
    expect(await failed(kernel.put('key', ONE))).toEqual({ trouble: 'denied', outcomeKnown: true });
    expect(await kernel.head('key')).toBeUndefined();
  });

  test.each([
    ['ENOSPC', 'full'],
    ['EDQUOT', 'full'],
    ['EACCES', 'denied'],
    ['EROFS', 'denied'],
    ['EIO', 'unavailable'],
    ['EMFILE', 'unavailable'],
    ['EXDEV', 'refused'],
  ])('%s is %s', (code, trouble) => {
    const error = Object.assign(new Error(`${code}: as the system says it`), { code });
    expect(fileTrouble('put key', error)).toMatchObject({ trouble, outcomeKnown: true });
    expect(fileTrouble('put key', error, false)).toMatchObject({ trouble, outcomeKnown: false });
  });

  test('a broken assumption of our own is not dressed up', () => {
    const bug = new Error('a bug');
    expect(fileTrouble('put key', bug)).toBe(bug);
  });
});

test('an object has an etag of its own although inode, size and moment may come again', async () => {
  const etags = new Set<string>();
  for (let index = 0; index < 200; index += 1) etags.add((await store.put('key', ONE)).etag);
  expect(etags.size).toBe(200);
});
