import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@portcullis/config';
import { hasMoto, type Moto, startMoto } from '@portcullis/testkit';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ObjectStore, ObjectStoreError, openObjectStore, type S3Options } from './index.ts';

const MIB = 1024 * 1024;
const bytes = (text: string): Uint8Array => Buffer.from(text);
const textOf = (body: Uint8Array): string => Buffer.from(body).toString();
const sha256 = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

interface Kind {
  open(name: string): Promise<ObjectStore>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

function folderKind(): Kind {
  let dir = '';
  return {
    start: async () => {
      dir = mkdtempSync(join(tmpdir(), 'portcullis-objects-'));
    },
    open: async (name) => openObjectStore(`file://${dir}/${name}`),
    stop: async () => {
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function bucketKind(): Kind {
  let moto: Moto;
  const options = (): S3Options => ({
    endpoint: moto.endpoint,
    credentials: { accessKeyId: 'key', secretAccessKey: new Secret('secret') },
    partBytes: 5 * MIB,
  });
  return {
    start: async () => {
      moto = await startMoto();
      const answer = await fetch(`${moto.endpoint}/contract`, { method: 'PUT' });
      expect(answer.status).toBe(200);
    },
    open: async (name) => openObjectStore(`s3://contract/${name}`, options()),
    stop: async () => {
      await moto.stop();
    },
  };
}

const kinds: [string, () => Kind][] = [['file', folderKind]];
if (hasMoto()) kinds.push(['s3', bucketKind]);

async function troubleOf(work: Promise<unknown>): Promise<{ trouble: string; outcomeKnown: boolean }> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    return { trouble: error.trouble, outcomeKnown: error.outcomeKnown };
  }
  throw new Error('it went well');
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const keysOf = async (store: ObjectStore, prefix: string): Promise<string[]> =>
  (await all(store.list(prefix))).map(({ key }) => key);

describe.each(kinds)('an object store, %s', (_name, kindOf) => {
  const kind = kindOf();
  let dir: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'portcullis-contract-'));
    await kind.start();
  });
  afterAll(async () => {
    await kind.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('gives back what was put, whole and in parts', async () => {
    const store = await kind.open('basic');
    const put = await store.put('a/b/c.txt', bytes('hello world'));
    expect(put).toEqual({ key: 'a/b/c.txt', size: 11, etag: expect.any(String) });
    expect(textOf(await store.get('a/b/c.txt'))).toBe('hello world');
    expect(textOf(await store.get('a/b/c.txt', { offset: 2, length: 4 }))).toBe('llo ');
    expect(textOf(await store.get('a/b/c.txt', { offset: 7, length: 4 }))).toBe('orld');
    expect(textOf(await store.get('a/b/c.txt', { offset: 0, length: 11 }))).toBe('hello world');
    expect((await store.get('a/b/c.txt', { offset: 11, length: 0 })).length).toBe(0);
    expect(await store.head('a/b/c.txt')).toEqual(put);
    expect(await store.read('a/b/c.txt')).toEqual({ body: Buffer.from('hello world'), info: put });
    await store.close();
  });

  test.each([
    ['over the end', { offset: 2, length: 4 }],
    ['after the end', { offset: 9, length: 1 }],
    ['of nothing after the end', { offset: 9, length: 0 }],
  ])('refuses a range %s', async (_what, range) => {
    const store = await kind.open('range');
    await store.put('five', bytes('12345'));
    expect(await troubleOf(store.get('five', range))).toEqual({ trouble: 'refused', outcomeKnown: true });
    await store.close();
  });

  test('replaces an object, and an empty one is one', async () => {
    const store = await kind.open('replace');
    const first = await store.put('key', bytes('one'));
    const second = await store.put('key', bytes('two'));
    expect(second.etag).not.toBe(first.etag);
    expect(textOf(await store.get('key'))).toBe('two');
    await store.put('key', new Uint8Array(0));
    expect(await store.head('key')).toMatchObject({ size: 0 });
    expect((await store.get('key')).length).toBe(0);
    expect(await store.sha256('key')).toBe(sha256(new Uint8Array(0)));
    await store.close();
  });

  test('says what is missing', async () => {
    const store = await kind.open('missing');
    const missing = { trouble: 'missing', outcomeKnown: true };
    expect(await store.head('no/such')).toBeUndefined();
    expect(await troubleOf(store.get('no/such'))).toEqual(missing);
    expect(await troubleOf(store.get('no/such', { offset: 0, length: 1 }))).toEqual(missing);
    expect(await troubleOf(store.get('no/such', { offset: 0, length: 0 }))).toEqual(missing);
    expect(await troubleOf(store.read('no/such'))).toEqual(missing);
    expect(await troubleOf(store.sha256('no/such'))).toEqual(missing);
    expect(await troubleOf(store.getFile('no/such', join(dir, 'none')))).toEqual(missing);
    expect(await keysOf(store, '')).toEqual([]);
    expect(await all(store.folders(''))).toEqual([]);
    await store.close();
  });

  test('deletes, also what is not there, and the folders with it', async () => {
    const store = await kind.open('delete');
    await store.put('x/y/z', bytes('1'));
    await store.put('x/w', bytes('2'));
    await store.delete('x/y/z');
    await store.delete('x/y/z');
    await store.delete('never/was');
    expect(await store.head('x/y/z')).toBeUndefined();
    expect(await all(store.folders('x/'))).toEqual([]);
    expect(await keysOf(store, '')).toEqual(['x/w']);
    await store.close();
  });

  test('of 20 puts of the same absent key exactly one wins', async () => {
    const store = await kind.open('absent');
    const tries = Array.from({ length: 20 }, (_, index) =>
      store.put('manifest/1', bytes(`writer ${index}`), { absent: true }).then(
        () => index,
        (error: unknown) => error,
      ),
    );
    const ends = await Promise.all(tries);
    const winners = ends.filter((end) => typeof end === 'number');
    expect(winners).toHaveLength(1);
    expect(textOf(await store.get('manifest/1'))).toBe(`writer ${String(winners[0])}`);
    const losers = ends.filter((end) => end instanceof ObjectStoreError);
    expect(losers.map(({ trouble, outcomeKnown }) => `${trouble} ${outcomeKnown}`)).toEqual(
      Array.from({ length: 19 }, () => 'conflict true'),
    );
    await store.close();
  });

  test('of 20 puts under the same etag exactly one wins, and 20 read-and-put loops lose no update', async () => {
    const store = await kind.open('etag');
    const { etag } = await store.put('count', bytes('0'));
    const tries = Array.from({ length: 20 }, () => store.put('count', bytes('0!'), { etag }));
    const ends = await Promise.allSettled(tries);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);

    await store.put('count', bytes('0'));
    const increment = async (): Promise<void> => {
      for (;;) {
        const { body, info } = await store.read('count');
        const next = bytes(String(Number(textOf(body)) + 1));
        const end = await store.put('count', next, { etag: info.etag }).catch((error: unknown) => error);
        if (!(end instanceof ObjectStoreError)) return;
        expect(end).toMatchObject({ trouble: 'conflict', outcomeKnown: true });
      }
    };
    await Promise.all(Array.from({ length: 20 }, increment));
    expect(textOf(await store.get('count'))).toBe('20');
    await store.close();
  });

  test('a put under an etag needs the object', async () => {
    const store = await kind.open('etag-gone');
    const { etag } = await store.put('key', bytes('1'));
    await store.delete('key');
    expect(await troubleOf(store.put('key', bytes('2'), { etag }))).toEqual({
      trouble: 'conflict',
      outcomeKnown: true,
    });
    expect(await store.head('key')).toBeUndefined();
    await store.close();
  });

  test('takes and gives files of any size, and knows the SHA-256 of what it holds', async () => {
    const store = await kind.open('files');
    for (const size of [0, 1, 5 * MIB, 12 * MIB + 345]) {
      const content = randomBytes(size);
      writeFileSync(join(dir, 'up'), content);
      const info = await store.putFile('files/big.parquet', join(dir, 'up'));
      expect(info).toEqual({ key: 'files/big.parquet', size, etag: expect.any(String) });
      expect(await store.head('files/big.parquet')).toEqual(info);
      expect(await store.sha256('files/big.parquet')).toBe(sha256(content));
      expect(await store.getFile('files/big.parquet', join(dir, 'down'))).toEqual(info);
      expect(readFileSync(join(dir, 'down')).equals(content)).toBe(true);
      if (size > 4) {
        expect(await store.get('files/big.parquet', { offset: size - 4, length: 4 })).toEqual(content.subarray(-4));
      }
    }
    expect(readdirSync(dir).sort()).toEqual(['down', 'up']);
    await store.close();
  });

  test.each([1000, 11 * MIB])('of 5 racing files of %d bytes exactly one wins, conditions hold', async (size) => {
    const store = await kind.open(`racing-files-${size}`);
    writeFileSync(join(dir, 'racer'), randomBytes(size));
    const tries = Array.from({ length: 5 }, () => store.putFile('one', join(dir, 'racer'), { absent: true }));
    const ends = await Promise.allSettled(tries);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const conflict = { trouble: 'conflict', outcomeKnown: true };
    expect(await troubleOf(store.putFile('one', join(dir, 'racer'), { absent: true }))).toEqual(conflict);
    const info = await store.head('one');
    await store.putFile('one', join(dir, 'racer'), { etag: info?.etag ?? '' });
    await store.put('one', bytes('other'));
    expect(await troubleOf(store.putFile('one', join(dir, 'racer'), { etag: info?.etag ?? '' }))).toEqual(conflict);
    await store.close();
  });

  test('a source that cannot be read is no missing object', async () => {
    const store = await kind.open('source');
    const refused = { trouble: 'refused', outcomeKnown: true };
    expect(await troubleOf(store.putFile('key', join(dir, 'not-there')))).toEqual(refused);
    await store.put('key', bytes('1'));
    expect(await troubleOf(store.getFile('key', join(dir, 'no-folder/file')))).toEqual(refused);
    await store.close();
  });

  test('lists in the order of UTF-8 bytes, by any beginning of a key', async () => {
    const store = await kind.open('order');
    // 😀 comes before ﬀ in UTF-16 and after it in UTF-8; - and . come before /.
    const keys = ['a', 'a-b/c', 'a.b', 'b/1', 'b/10', 'b/2', 'b-', 'é', 'ﬀ', '😀', 'B', 'b/2x/y'];
    for (const key of keys) await store.put(key, bytes(key));
    const sorted = [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
    expect(await keysOf(store, '')).toEqual(sorted);
    expect(await keysOf(store, 'b/1')).toEqual(['b/1', 'b/10']);
    expect(await keysOf(store, 'b/2')).toEqual(['b/2', 'b/2x/y']);
    expect(await keysOf(store, 'b/')).toEqual(['b/1', 'b/10', 'b/2', 'b/2x/y']);
    expect(await keysOf(store, 'nothing')).toEqual([]);
    expect(await all(store.folders(''))).toEqual(['a-b', 'b']);
    expect(await all(store.folders('b/'))).toEqual(['2x']);
    for await (const info of store.list('')) expect(await store.head(info.key)).toEqual(info);
    await store.close();
  });

  test('lists more than a page', async () => {
    const store = await kind.open('pages');
    const keys = Array.from({ length: 1100 }, (_, index) => `day=${String(index).padStart(4, '0')}/part.json`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, bytes('x'))));
    }
    expect(await keysOf(store, '')).toEqual(keys);
    expect(await all(store.folders(''))).toEqual(keys.map((key) => key.slice(0, 8)));
    await store.close();
  });

  test('keeps any key that both kinds can hold', async () => {
    const store = await kind.open('keys');
    const keys = [
      'venue=V/kind=trade/symbol=BTC%2FUSDT/date=2024-01-01/a.parquet',
      'a b+c&d;e,f@g:h!i~j\'k(l)*m[n]{o}|p^q`r"s<t>u\\v#w?x$y',
      '%2e%2e/%00/100%',
      '...',
      '.hidden/..name',
      'ünïcödé/日本語/😀',
      'x'.repeat(255),
      Array.from({ length: 8 }, () => 'y'.repeat(90)).join('/'),
    ];
    for (const key of keys) {
      await store.put(key, bytes(key));
      expect(textOf(await store.get(key))).toBe(key);
      expect(await keysOf(store, key)).toEqual([key]);
    }
    await store.close();
  });

  test.each([
    ...['', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../b', 'a/./b', 'a\0b', 'a\nb', '\ud800'],
    ...['.portcullis-store/x', 'x'.repeat(256), 'é'.repeat(128), 'ab/'.repeat(300)],
  ])('refuses the key %j', async (key) => {
    const store = await kind.open('refused');
    mkdirSync(join(dir, 'bait'), { recursive: true });
    const refused = { trouble: 'refused', outcomeKnown: true };
    for (const work of [
      () => store.put(key, bytes('1')),
      () => store.putFile(key, join(dir, 'bait')),
      () => store.get(key),
      () => store.head(key),
      () => store.delete(key),
      () => store.sha256(key),
      () => store.getFile(key, join(dir, 'out')),
    ]) {
      expect(await troubleOf(work())).toEqual(refused);
    }
    await store.close();
  });

  test('refuses prefixes that are not the beginning of a key', async () => {
    const store = await kind.open('prefixes');
    const refused = { trouble: 'refused', outcomeKnown: true };
    for (const prefix of ['../', '/', 'a//', 'a/../']) {
      expect(await troubleOf(keysOf(store, prefix))).toEqual(refused);
      expect(await troubleOf(all(store.folders(prefix)))).toEqual(refused);
    }
    expect(await troubleOf(all(store.folders('a')))).toEqual(refused);
    await store.close();
  });

  test('keeps to its own prefix', async () => {
    const outer = await kind.open('nest');
    const inner = await kind.open('nest/inner');
    await inner.put('key', bytes('1'));
    expect(await keysOf(outer, 'inner/key')).toEqual(['inner/key']);
    expect(await keysOf(inner, '')).toEqual(['key']);
    await outer.close();
    await inner.close();
  });
});
