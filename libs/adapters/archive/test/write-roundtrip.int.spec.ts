import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MARKET_KINDS } from '@portcullis/contracts';
import fc from 'fast-check';
import { ArchiveWriter, compactAll, listPartitions, openDuck, verifyArchive } from '../src/index.ts';
import { EventColumns } from '../src/write/event-columns.ts';
import { writeSegment } from '../src/write/write-segment.ts';
import { archivedRows, DATE, DAY, eventOf, linesOf, sortedLines, testPlace, VENUE } from './write-fixture.ts';

const removals: (() => void)[] = [];
const place = (): ReturnType<typeof testPlace> => {
  const made = testPlace();
  removals.push(made.remove);
  return made;
};

afterEach(() => {
  for (const remove of removals.splice(0)) remove();
});

describe('rows of all kinds', () => {
  test('read back by plain DuckDB are row for row what was appended, before and after compaction', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 40 }), async (seed, count) => {
        const { folder, store } = place();
        const events = MARKET_KINDS.flatMap((kind) =>
          Array.from({ length: count }, (_, index) => eventOf(kind, index, String(seed))),
        );
        const writer = await ArchiveWriter.open({
          store,
          spoolDir: join(folder, 'spool'),
          code: 'test',
          segmentRowsMax: 25,
        });
        for (const event of events) expect(writer.append(VENUE, event)).toBe(true);
        expect(await writer.drain()).toMatchObject({ complete: true });
        await writer.close();
        expect(sortedLines(await archivedRows(store, folder))).toEqual(linesOf(events));
        expect((await verifyArchive(store, {}, { deep: true, tmpDir: folder })).findings).toEqual([]);
        const { days, failures } = await compactAll(store, {}, { tmpDir: folder, code: 'test' });
        expect({ days: days.length, failures }).toEqual({ days: 8, failures: [] });
        expect(sortedLines(await archivedRows(store, folder))).toEqual(linesOf(events));
        expect((await verifyArchive(store, {}, { deep: true, tmpDir: folder })).findings).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });

  test('come in the order of time, number and level, whatever the order they were appended in', async () => {
    const { folder, store } = place();
    const events = Array.from({ length: 200 }, (_, index) => eventOf('delta', index));
    const writer = await ArchiveWriter.open({ store, spoolDir: join(folder, 'spool'), code: 'test' });
    for (const event of events.toReversed()) writer.append(VENUE, event);
    await writer.drain();
    await writer.close();
    const expected = events.flatMap(({ seq, ...event }) =>
      Array.from(
        { length: Math.max(1, 'bids' in event ? (event.bids.length + event.asks.length) / 2 : 1) },
        (_, index) => [seq, index],
      ),
    );
    expect((await archivedRows(store, folder)).map((row) => [row['seq'], row['index']])).toEqual(expected);
  });
});

describe('a segment', () => {
  test.each([true, false])(
    'has the same bytes for the same rows, on any number of threads (in order: %s)',
    async (inOrder) => {
      const { folder } = place();
      const columns = new EventColumns('trade');
      const count = 130_000;
      for (let index = 0; index < count; index++) columns.append(eventOfFast(inOrder ? index : (index * 7919) % count));
      const digests = new Set<string>();
      for (const threads of [1, 2, 4]) {
        const duck = await openDuck({ memoryMb: 300 * threads, threads, tmpDir: join(folder, 'tmp') });
        const partition = { venue: VENUE, kind: 'trade', symbol: 'X', date: DATE } as const;
        const { file } = await writeSegment(duck, columns, { partition, folder, code: 'test' });
        duck.close();
        digests.add(`${file.sha256} ${file.rowsHash}`);
      }
      expect([...digests]).toHaveLength(1);
      expect(columns.sorted).toBe(inOrder);
    },
  );

  test('has a hash of its rows that this version of DuckDB shares with those before it', async () => {
    const { folder } = place();
    const columns = new EventColumns('trade');
    for (let index = 0; index < 10; index++) columns.append(eventOfFast(index));
    const duck = await openDuck({ memoryMb: 200, threads: 1, tmpDir: join(folder, 'tmp') });
    const partition = { venue: VENUE, kind: 'trade', symbol: 'X', date: DATE } as const;
    const { file } = await writeSegment(duck, columns, { partition, folder, code: 'test' });
    duck.close();
    // Manifests keep these sums: a DuckDB that hashes otherwise would find every archive broken.
    expect(file.rowsHash).toBe('105219831765892672600');
  });

  test('carries what it is in its metadata', async () => {
    const { folder } = place();
    const columns = new EventColumns('trade');
    columns.append(eventOfFast(1));
    const duck = await openDuck({ memoryMb: 200, threads: 1, tmpDir: join(folder, 'tmp') });
    const partition = { venue: VENUE, kind: 'trade', symbol: "O'X", date: DATE } as const;
    const { path } = await writeSegment(duck, columns, { partition, folder, code: 'v1' });
    const rows = await duck.rows(
      `SELECT decode(key) AS name, decode(value) AS value FROM parquet_kv_metadata('${path}')`,
    );
    duck.close();
    const pairs = Object.fromEntries(rows.map((row) => [row['name'], row['value']]));
    expect(pairs).toMatchObject({
      venue: VENUE,
      kind: 'trade',
      symbol: "O'X",
      date: DATE,
      schemaVersion: '1',
      code: 'v1',
    });
  });
});

describe('days', () => {
  test('are those of the events, also for an event that comes late', async () => {
    const { folder, store } = place();
    const writer = await ArchiveWriter.open({ store, spoolDir: join(folder, 'spool'), code: 'test' });
    const last = { ...eventOf('trade', 1), tsEvent: DAY - 1, seq: 1 };
    const first = { ...eventOf('trade', 2), tsEvent: DAY, seq: 2 };
    const late = { ...eventOf('trade', 3), tsEvent: DAY - 1, seq: 3 };
    for (const event of [last, first, late]) writer.append(VENUE, event);
    await writer.drain();
    await writer.close();
    const rows: string[] = [];
    for await (const { partition, manifest } of listPartitions(store)) {
      rows.push(`${partition.date} ${manifest.files.reduce((sum, file) => sum + file.rows, 0)}`);
    }
    expect(rows).toEqual(['2024-03-08 2', '2024-03-09 1']);
    expect(readdirSync(join(folder, 'spool', 'log'))).toEqual([]);
    expect(readdirSync(join(folder, 'spool', 'segments'))).toEqual([]);
  });
});

function eventOfFast(index: number): ReturnType<typeof eventOf> {
  return {
    kind: 'trade',
    symbol: 'X',
    tsEvent: DAY + index * 100,
    tsEventNanos: 0,
    seq: index,
    tsInit: DAY + index * 100 + 50,
    priceScale: 2,
    quantityScale: 3,
    tradeId: String(index),
    price: 100_000 + (index % 977),
    quantity: 1 + (index % 31),
    aggressor: 'buy',
  };
}
