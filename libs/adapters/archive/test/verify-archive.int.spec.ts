import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ArchiveFile } from '@portcullis/contracts';
import type { ObjectStore } from '@portcullis/objects';
import {
  addFiles,
  ArchiveWriter,
  collectOrphans,
  commitFiles,
  compactDay,
  fileKey,
  ManifestError,
  manifestKey,
  readManifest,
  verifyArchive,
} from '../src/index.ts';
import { DATE, eventOf, testPlace, VENUE } from './write-fixture.ts';

const partition = { venue: VENUE, kind: 'trade', symbol: 'BTC/USDT', date: DATE } as const;
let folder: string;
let store: ObjectStore;
let remove: () => void;

beforeEach(async () => {
  ({ folder, store, remove } = testPlace());
  for (const from of [0, 50]) {
    const writer = await ArchiveWriter.open({ store, spoolDir: join(folder, 'spool'), code: 'test', log: false });
    for (let index = from; index < from + 50; index++) writer.append(VENUE, eventOf('trade', index));
    await writer.drain();
    await writer.close();
  }
});

afterEach(() => {
  remove();
});

const findings = async (deep = false): Promise<string[]> =>
  (await verifyArchive(store, {}, { deep, tmpDir: folder })).findings.map(
    ({ kind, key }) => `${kind} ${key.split('/').at(-1)}`,
  );

const files = async (): Promise<readonly ArchiveFile[]> => (await readManifest(store, partition))?.files ?? [];
const pathOf = (key: string): string => join(folder, 'store', key);
const first = async (): Promise<{ name: string; path: string }> => {
  const [file] = await files();
  return { name: file!.name, path: pathOf(fileKey(partition, file!.name)) };
};

describe('verify', () => {
  test('finds nothing in a sound archive, and counts it', async () => {
    expect(await verifyArchive(store, {}, { deep: true })).toMatchObject({
      partitions: 1,
      files: 2,
      rows: 100,
      findings: [],
    });
  });

  test('finds a manifest without its file; a compaction refuses and a reader is told', async () => {
    const { name, path } = await first();
    rmSync(path);
    expect(await findings()).toEqual([`manifest-without-file ${name}`]);
    await expect(compactDay(store, partition, { tmpDir: folder, code: 'test' })).rejects.toMatchObject({
      reason: 'input-missing',
    });
    expect(await files()).toHaveLength(2);
  });

  test('finds a file without a manifest, which goes once it is known for long enough', async () => {
    await store.put(fileKey(partition, '1-abc.parquet'), Buffer.from('x'));
    expect(await findings()).toEqual(['file-without-manifest 1-abc.parquet']);
    let now = 1_000_000;
    const collect = (dryRun = false): ReturnType<typeof collectOrphans> =>
      collectOrphans(store, { ageMin: 500, dryRun, clock: () => now });
    expect(await collect()).toMatchObject({ deleted: [], kept: [{ age: 0 }] });
    now += 499;
    expect(await collect()).toMatchObject({ deleted: [], kept: [{ age: 499 }] });
    now += 1;
    expect(await collect(true)).toMatchObject({ deleted: [{ age: 500 }] });
    expect(await findings()).toHaveLength(1);
    expect(await collect()).toMatchObject({ deleted: [{ age: 500 }], kept: [] });
    expect(await findings(true)).toEqual([]);
  });

  test('finds other bytes and another size', async () => {
    const { name, path } = await first();
    const bytes = readFileSync(path);
    bytes[100]! ^= 1;
    writeFileSync(path, bytes);
    expect(await findings()).toEqual([`sha256-differs ${name}`]);
    await expect(compactDay(store, partition, { tmpDir: folder, code: 'test' })).rejects.toMatchObject({
      reason: 'input-differs',
    });
    appendFileSync(path, 'x');
    expect(await findings()).toEqual([`size-differs ${name}`]);
  });

  test.each([
    [{ rows: 51 }, ['rows-differ']],
    [{ rowsHash: '7' }, ['rows-hash-differs']],
    [{ seqMin: 1 }, ['span-differs']],
  ] as const)('with deep finds what a manifest says wrongly of rows: %j', async (wrong, kinds) => {
    await commitFiles(store, partition, ([one, ...rest]) => [{ ...one!, ...wrong }, ...rest]);
    expect(await findings()).toEqual([]);
    const { name } = await first();
    expect(await findings(true)).toEqual(kinds.map((kind) => `${kind} ${name}`));
    const compacted = compactDay(store, partition, { tmpDir: folder, code: 'test' }).then(
      ({ state }) => state,
      (error: { reason: string }) => error.reason,
    );
    // The span of sequences is no promise about the rows that go in.
    expect(await compacted).toBe('seqMin' in wrong ? 'compacted' : 'not-equal');
  });

  test('finds a manifest that is no manifest, one that does not follow, and one that is missing', async () => {
    const second = pathOf(manifestKey(partition, 2));
    const good = readFileSync(second, 'utf8');
    writeFileSync(second, good.replace(/"previous":"...../, '"previous":"00000'));
    expect(await findings()).toEqual(['chain-broken 00000002.json']);
    await expect(commitFiles(store, partition, () => [])).rejects.toThrow(
      /00000002.json, field previous: is not the digest/,
    );
    writeFileSync(second, good.replace('"rows":50', '"rows":"many"'));
    expect(await findings()).toEqual(['manifest-unreadable 00000002.json']);
    await expect(readManifest(store, partition)).rejects.toThrow(/00000002\.json, field files\.0\.rows: /);
    writeFileSync(second, '{"half":');
    await expect(readManifest(store, partition)).rejects.toThrow(ManifestError);
    writeFileSync(second, good);
    rmSync(pathOf(manifestKey(partition, 1)));
    expect(await findings()).toEqual(['chain-broken 00000002.json']);
  });
});

describe('commits', () => {
  test('of the same file twice are one', async () => {
    const [file] = await files();
    const { written, manifest } = await commitFiles(store, partition, addFiles([file!]));
    expect({ written, generation: manifest.generation }).toEqual({ written: false, generation: 2 });
  });

  test('of many at once all take place', async () => {
    const [file] = await files();
    const names = Array.from({ length: 12 }, (_, index) => `9${index}-a.parquet`);
    await Promise.all(names.map((name) => commitFiles(store, partition, addFiles([{ ...file!, name }]))));
    const manifest = await readManifest(store, partition);
    expect(manifest?.files.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    expect(manifest?.generation).toBe(14);
    expect((await findings()).filter((finding) => !finding.startsWith('manifest-without-file'))).toEqual([]);
  });

  test.each([
    [{ tsEventMin: 5 }, /field files\.0\.tsEventMin: is before 2024-03-09/],
    [{ rows: 0 }, /field files\.0\.rows: /],
    [{ name: '../up.parquet' }, /field files\.0\.name: /],
  ])('of a file that no reader would take are refused: %j', async (wrong, message) => {
    await expect(commitFiles(store, partition, ([one]) => [{ ...one!, ...wrong }])).rejects.toThrow(message);
  });
});
