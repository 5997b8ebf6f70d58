import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { NumberedEvent } from '@portcullis/market';
import { type ObjectStore, ObjectStoreError, openObjectStore } from '@portcullis/objects';
import { ArchiveWriter, compactDay, type CompactReport, verifyArchive } from '../src/index.ts';
import { faultyStore, type StoreOperation } from './faulty-store.ts';
import { archivedRows, DATE, eventOf, linesOf, sortedLines, testPlace, VENUE } from './write-fixture.ts';

const partition = { venue: VENUE, kind: 'delta', symbol: 'BTC/USDT', date: DATE } as const;
const removals: (() => void)[] = [];

afterEach(() => {
  for (const remove of removals.splice(0)) remove();
});

const events = Array.from({ length: 120 }, (_, index) => eventOf('delta', index));

async function write(store: ObjectStore, folder: string, own: readonly NumberedEvent[]): Promise<void> {
  const writer = await ArchiveWriter.open({ store, spoolDir: join(folder, 'spool'), code: 'test', log: false });
  for (const [index, event] of own.entries()) {
    writer.append(VENUE, event);
    if (index % 40 === 39) await writer.flush();
  }
  expect(await writer.drain()).toMatchObject({ complete: true });
  await writer.close();
}

/** A store with segments in `folder/store`. */
async function segments(own = events): Promise<{ folder: string; store: ObjectStore }> {
  const { folder, store, remove } = testPlace();
  removals.push(remove);
  await write(store, folder, own);
  return { folder, store };
}

const rowsOf = async (store: ObjectStore, folder: string): Promise<string[]> =>
  sortedLines(await archivedRows(store, folder));

describe('a compaction that breaks off', () => {
  test('at any step loses nothing, and the next one ends it', async () => {
    const { folder } = await segments();
    const seen: string[] = [];
    let isDone = false;
    for (let point = 0; !isDone; point++) {
      const root = join(folder, `copy-${point}`);
      cpSync(join(folder, 'store'), root, { recursive: true });
      const store = openObjectStore(pathToFileURL(root).href);
      let count = 0;
      const crash = (name: string): void => {
        if (count++ !== point) return;
        seen.push(name);
        throw new Error(`crash at ${name}`);
      };
      const broken = faultyStore(store, (operation, _key, phase) => {
        crash(`${phase} ${operation}`);
      });
      const options = { tmpDir: join(folder, 'tmp'), code: 'test', onProgress: crash };
      const outcome = await compactDay(broken, partition, options).catch((error: unknown) => error as Error);
      isDone = !(outcome instanceof Error);
      // What is there now is whole, whether it is the segments or the day.
      expect(await rowsOf(store, folder)).toEqual(linesOf(events));
      await compactDay(store, partition, { tmpDir: join(folder, 'tmp'), code: 'test' });
      expect(await rowsOf(store, folder)).toEqual(linesOf(events));
      const { findings, files } = await verifyArchive(store, {}, { deep: true, tmpDir: folder });
      expect({ findings, files }).toEqual({ findings: [], files: 1 });
      expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    }
    for (const step of [
      'download',
      'merge',
      'upload',
      'check-upload',
      'commit',
      'delete',
      'after putFile',
      'after put',
      'before delete',
      'after delete',
    ]) {
      expect(seen).toContain(step);
    }
  });
});

describe('two compactions of one day', () => {
  test('at the same time end with one file and all rows', async () => {
    const { folder, store } = await segments();
    const reports = await Promise.all(
      ['a', 'b', 'c'].map((name) => compactDay(store, partition, { tmpDir: join(folder, name), code: 'test' })),
    );
    expect(reports.map(({ state }) => state)).toContain('compacted');
    expect(await rowsOf(store, folder)).toEqual(linesOf(events));
    const { findings, files } = await verifyArchive(store, {}, { deep: true, tmpDir: folder });
    expect({ findings, files }).toEqual({ findings: [], files: 1 });
  });

  test.each(['download', 'merge', 'upload', 'check-upload', 'commit', 'delete'])(
    'of which one runs while the other is before its step %s',
    async (step) => {
      const { folder, store } = await segments();
      const inner: CompactReport[] = [];
      let pending: Promise<void> | undefined;
      // The other one runs to its end before the step does its first operation on the store.
      const waiting = faultyStore(store, () => pending);
      const outer = compactDay(waiting, partition, {
        tmpDir: join(folder, 'a'),
        code: 'test',
        onProgress: (name) => {
          if (name !== step || pending !== undefined) return;
          pending = compactDay(store, partition, { tmpDir: join(folder, 'b'), code: 'test' }).then((report) => {
            inner.push(report);
          });
        },
      });
      const { state } = await outer;
      await pending;
      expect([...inner.map((report) => report.state), state]).toContain(
        step === 'delete' ? 'nothing-to-do' : 'compacted',
      );
      expect(await rowsOf(store, folder)).toEqual(linesOf(events));
      expect((await verifyArchive(store, {}, { deep: true, tmpDir: folder })).findings).toEqual([]);
    },
  );

  test('leave what arrives meanwhile as it is', async () => {
    const { folder, store } = await segments(events.slice(0, 80));
    let pending: Promise<void> | undefined;
    const report = await compactDay(
      faultyStore(store, () => pending),
      partition,
      {
        tmpDir: join(folder, 'a'),
        code: 'test',
        onProgress: (step) => {
          if (step === 'commit') pending = write(store, folder, events.slice(80));
        },
      },
    );
    expect(report).toMatchObject({ state: 'compacted', files: 2 });
    expect(await rowsOf(store, folder)).toEqual(linesOf(events));
    const { findings, files } = await verifyArchive(store, {}, { deep: true, tmpDir: folder });
    expect({ findings, files }).toEqual({ findings: [], files: 2 });
    await compactDay(store, partition, { tmpDir: join(folder, 'a'), code: 'test' });
    expect(await rowsOf(store, folder)).toEqual(linesOf(events));
  });
});

describe('a segment that arrives', () => {
  test('between the commit and the deletions of a compaction stays', async () => {
    const { folder, store } = await segments(events.slice(0, 80));
    let step = '';
    let arrived = false;
    const slow = faultyStore(store, async (operation, key) => {
      if (step !== 'commit' || operation !== 'list' || !key.startsWith('venue=') || arrived) return;
      arrived = true;
      await write(store, folder, events.slice(80));
    });
    const onProgress = (name: string): void => {
      step = name;
    };
    await compactDay(slow, partition, { tmpDir: join(folder, 'tmp'), code: 'test', onProgress });
    expect(arrived).toBe(true);
    expect(await rowsOf(store, folder)).toEqual(linesOf(events));
    const { findings, files } = await verifyArchive(store, {}, { deep: true, tmpDir: folder });
    expect({ findings, files }).toEqual({ findings: [], files: 2 });
  });
});

describe('a segment that is brought again', () => {
  test('after it was compacted away does not come back', async () => {
    const { folder, store } = await segments();
    await compactDay(store, partition, { tmpDir: join(folder, 'tmp'), code: 'test' });
    await write(store, folder, events);
    expect(await rowsOf(store, folder)).toEqual(linesOf(events));
    expect((await verifyArchive(store, {}, { deep: true, tmpDir: folder })).findings).toEqual([]);
  });
});

describe('trouble of the store', () => {
  const failing = (operation: StoreOperation, trouble: 'unavailable' | 'denied'): ((name: StoreOperation) => void) => {
    return (name) => {
      if (name === operation) throw new ObjectStoreError('503 Slow Down', { trouble, outcomeKnown: false });
    };
  };

  test.each(['get', 'getFile', 'putFile', 'sha256', 'put', 'list'] as const)(
    'in %s stops a compaction without harm',
    async (operation) => {
      const { folder, store } = await segments();
      const broken = faultyStore(store, failing(operation, 'unavailable'));
      await expect(compactDay(broken, partition, { tmpDir: join(folder, 'tmp'), code: 'test' })).rejects.toThrow('503');
      expect(await rowsOf(store, folder)).toEqual(linesOf(events));
      await compactDay(store, partition, { tmpDir: join(folder, 'tmp'), code: 'test' });
      expect(await rowsOf(store, folder)).toEqual(linesOf(events));
      expect((await verifyArchive(store, {}, { deep: true, tmpDir: folder })).findings).toEqual([]);
      expect(existsSync(join(folder, 'tmp'))).toBe(true);
    },
  );

  test('a put of the manifest whose answer is lost counts as done', async () => {
    const { folder, store } = await segments();
    let lost = 0;
    const broken = faultyStore(store, (operation, key, phase) => {
      if (operation !== 'put' || phase !== 'after' || !key.startsWith('_manifests/') || lost++ > 0) return;
      throw new ObjectStoreError('connection reset', { trouble: 'unavailable', outcomeKnown: false });
    });
    const report = await compactDay(broken, partition, { tmpDir: join(folder, 'tmp'), code: 'test' });
    expect({ state: report.state, lost }).toEqual({ state: 'compacted', lost: 1 });
    expect((await verifyArchive(store, {}, { deep: true, tmpDir: folder })).findings).toEqual([]);
  });
});
