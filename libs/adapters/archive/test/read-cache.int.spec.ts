import { readdirSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Secret } from '@portcullis/config';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { hasMoto, type Moto, startMoto } from '@portcullis/testkit';
import { FileCache } from '../src/read/file-cache.ts';
import { all, DAY, ReadFixture, trade, type VenueEvent } from './read-fixture.ts';

let fixture: ReadFixture;
let dir: string;
beforeEach(() => {
  fixture = new ReadFixture();
  dir = join(fixture.dir, 'cache');
});
afterEach(() => fixture.close());

const events = (symbol: string): VenueEvent[] => Array.from({ length: 1000 }, (_, i) => trade(symbol, DAY + i, i));
const cached = (): string[] => readdirSync(join(dir, 'files')).sort();
const inUse = (): string[] =>
  readdirSync(join(dir, 'processes')).flatMap((own) => readdirSync(join(dir, 'processes', own)));

describe('the local cache', () => {
  test('fetches a file once, for many at a time, and gives it to another process and later ones', async () => {
    const [{ key, file }] = (await fixture.write(events('A'))) as [{ key: string; file: never }];
    const cache = new FileCache(fixture.store, { dir, bytesMax: 1e9 });
    const leases = await Promise.all([cache.lease(key, file), cache.lease(key, file), cache.lease(key, file)]);
    expect(cache.counters).toMatchObject({ fetched: 1, hits: 2 });
    expect(new Set(leases.map(({ path }) => path)).size).toBe(3);
    for (const lease of leases) await lease.release();
    const other = new FileCache(fixture.store, { dir, bytesMax: 1e9 });
    await (await other.lease(key, file)).release();
    expect(other.counters).toMatchObject({ fetched: 0, hits: 1 });
    await cache.close();
    await other.close();
    expect(inUse()).toEqual([]);
    expect(cached()).toHaveLength(1);
  });

  test('fetches again, and counts, what is there with a wrong content', async () => {
    const [written] = await fixture.write(events('A'));
    const { key, file } = written!;
    const cache = new FileCache(fixture.store, { dir, bytesMax: 1e9 });
    await (await cache.lease(key, file)).release();
    const path = join(dir, 'files', cached()[0]!);
    truncateSync(path, file.bytes - 1);
    await (await cache.lease(key, file)).release();
    expect(cache.counters).toMatchObject({ fetched: 2, wrongDigests: 1 });
    writeFileSync(path, Buffer.alloc(file.bytes));
    const fresh = new FileCache(fixture.store, { dir, bytesMax: 1e9 });
    await (await fresh.lease(key, file)).release();
    expect(fresh.counters).toMatchObject({ fetched: 1, wrongDigests: 1, hits: 0 });
    expect(statSync(path).size).toBe(file.bytes);
  });

  test('refuses what the store has with a wrong content, and keeps nothing of it', async () => {
    const [written] = await fixture.write(events('A'));
    const { key, file } = written!;
    const cache = new FileCache(fixture.store, { dir, bytesMax: 1e9 });
    await fixture.store.put(key, Buffer.from('something else'));
    await expect(cache.lease(key, file)).rejects.toThrow(new RegExp(`${key}: its content has SHA-256`));
    expect(cached()).toEqual([]);
    expect(inUse()).toEqual([]);
    await fixture.store.delete(key);
    await expect(cache.lease(key, file)).rejects.toMatchObject({ trouble: 'missing' });
  });

  test('removes the least recently used files beyond its bound, but none in use by any process', async () => {
    const written = [];
    for (const symbol of ['A', 'B', 'C', 'D']) written.push(...(await fixture.write(events(symbol))));
    const bytes = written[0]!.file.bytes;
    const cache = new FileCache(fixture.store, { dir, bytesMax: 2.5 * bytes });
    const other = new FileCache(fixture.store, { dir, bytesMax: 2.5 * bytes });
    const held = await other.lease(written[0]!.key, written[0]!.file);
    for (const [index, { key, file }] of written.entries()) {
      if (index === 0) continue;
      await (await cache.lease(key, file)).release();
      const used = new Date(Date.now() - 1_000_000 + index * 1000);
      utimesSync(
        join(dir, 'files', `${file.sha256}.parquet`),
        used,
        statSync(join(dir, 'files', `${file.sha256}.parquet`)).mtime,
      );
    }
    const left = [written[0]!, written[3]!].map(({ file }) => `${file.sha256}.parquet`).sort();
    expect(cached()).toEqual(left);
    expect(cache.counters.evicted).toBe(2);
    expect(statSync(held.path).size).toBe(bytes);
    await held.release();
  });
});

const inBucket = (): void => {
  let moto: Moto;
  let store: ObjectStore;
  beforeAll(async () => {
    moto = await startMoto();
    await fetch(`${moto.endpoint}/read`, { method: 'PUT' });
    const credentials = { accessKeyId: 'test', secretAccessKey: new Secret('test') };
    store = openObjectStore('s3://read/archive', { endpoint: moto.endpoint, region: 'us-east-1', credentials });
  });
  afterAll(async () => {
    await store?.close();
    await moto?.stop();
  });

  test('is read through the cache, the second time without fetching', async () => {
    const written = [...events('A'), ...events('B')];
    await fixture.write(written, store);
    const expected = [...written].sort((a, b) => a.tsEvent - b.tsEvent || (a.symbol < b.symbol ? -1 : 1));
    const reader = fixture.reader({ store });
    expect(await all(reader.events({}))).toEqual(expected);
    expect(reader.cacheCounters).toMatchObject({ fetched: 2, hits: 0 });
    expect(await all(reader.events({}))).toEqual(expected);
    expect(reader.cacheCounters).toMatchObject({ fetched: 2, hits: 2 });
  });
};

if (hasMoto()) describe('a store in a bucket', inBucket);
