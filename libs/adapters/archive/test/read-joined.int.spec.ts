import { copyFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ArchiveFile } from '@portcullis/contracts';
import { commitFiles } from '../src/manifest/commit-files.ts';
import { fileKey, partitionOfKey } from '../src/partition.ts';
import { DAY, DAY_MICROS, ReadFixture, type VenueEvent, all, trade } from './read-fixture.ts';

const DAYS = 30;
const PER_DAY = 5;

let fixture: ReadFixture;
let events: VenueEvent[];
let written: { key: string; file: ArchiveFile }[];

const pathOf = (key: string): string => fileURLToPath(new URL(`${fixture.store.url}/${key}`));

beforeEach(async () => {
  fixture = new ReadFixture();
  events = Array.from({ length: DAYS * PER_DAY }, (_, at) =>
    trade('A', DAY + Math.floor(at / PER_DAY) * DAY_MICROS + (at % PER_DAY) * 1000, at, 100 + at),
  );
  written = await fixture.write(events);
});

afterEach(() => fixture.close());

describe('days of a few rows each, which are read together', () => {
  test('come whole and in order, and go on after the cursor of any event', async () => {
    expect(await all(fixture.reader().events({}))).toEqual(events);
    for await (const { events: some, cursorAfter } of fixture.reader().eventBatches({})) {
      const index = Math.floor(some.length / 2);
      const rest = await all(fixture.reader().events({ after: cursorAfter(index) }));
      expect(rest).toEqual(events.slice(events.indexOf(events.find(({ seq }) => seq === some[index]!.seq)!) + 1));
    }
  });

  test('a file that a compaction replaces meanwhile is made up for, wherever it stands among them', async () => {
    const seen: unknown[] = [];
    for await (const { events: some } of fixture.reader().eventBatches({})) {
      if (seen.length === 0) {
        for (const day of [9, 17, 29]) {
          const { key, file } = written[day]!;
          const partition = partitionOfKey(key)!;
          copyFileSync(pathOf(key), pathOf(fileKey(partition, 'day.parquet')));
          await commitFiles(fixture.store, partition, () => [{ ...file, name: 'day.parquet', type: 'day' }]);
          rmSync(pathOf(key));
        }
      }
      seen.push(...some);
    }
    expect(seen).toEqual(events);
  });

  test('a file that is gone for good ends the read, and is named', async () => {
    const { key } = written[20]!;
    rmSync(pathOf(key));
    await expect(all(fixture.reader().events({}))).rejects.toThrow(key);
  });

  test('a file with other rows than its manifest says ends the read', async () => {
    const partition = partitionOfKey(written[12]!.key)!;
    await commitFiles(fixture.store, partition, (files) => files.map((file) => ({ ...file, rows: file.rows + 1 })));
    await expect(all(fixture.reader().events({}))).rejects.toThrow(/rows, its manifest says|its manifest says/);
  });
});
