import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { MarketKind } from '@portcullis/contracts';
import type { NumberedEvent } from '@portcullis/market';
import type { ObjectStore } from '@portcullis/objects';
import {
  ArchiveWriter,
  compactAll,
  compactDay,
  type CompactReport,
  listPartitions,
  verifyArchive,
} from '../src/index.ts';
import { archivedRows, DATE, eventOf, linesOf, sortedLines, testPlace, VENUE } from './write-fixture.ts';

const removals: (() => void)[] = [];

afterEach(() => {
  for (const remove of removals.splice(0)) remove();
});

interface Place {
  readonly folder: string;
  readonly store: ObjectStore;
}

/** A store in which each list of events is one segment. */
async function stored(...segments: (readonly NumberedEvent[])[]): Promise<Place> {
  const { folder, store, remove } = testPlace();
  removals.push(remove);
  for (const events of segments) {
    const writer = await ArchiveWriter.open({ store, spoolDir: join(folder, 'spool'), code: 'test', log: false });
    for (const event of events) writer.append(VENUE, event);
    expect(await writer.drain()).toMatchObject({ complete: true });
    await writer.close();
  }
  return { folder, store };
}

const compact = (place: Place, kind: MarketKind): Promise<CompactReport> =>
  compactDay(
    place.store,
    { venue: VENUE, kind, symbol: 'BTC/USDT', date: DATE },
    { tmpDir: join(place.folder, 'tmp'), code: 'test' },
  );

async function expectRows({ store, folder }: Place, events: readonly NumberedEvent[]): Promise<void> {
  expect(sortedLines(await archivedRows(store, folder))).toEqual(linesOf(events));
  expect((await verifyArchive(store, {}, { deep: true, tmpDir: folder })).findings).toEqual([]);
}

const many = (kind: MarketKind, from: number, to: number): NumberedEvent[] =>
  Array.from({ length: to - from }, (_, index) => eventOf(kind, from + index));

describe('duplicates', () => {
  test.each(['quote', 'delta', 'snapshot', 'mark', 'funding', 'gap', 'trade', 'bar'] as const)(
    'of kind %s that stand in two segments are removed and counted',
    async (kind) => {
      const events = many(kind, 0, 60);
      const place = await stored(events.slice(0, 40), events.slice(20));
      const twice = linesOf(events.slice(20, 40)).length;
      expect(await compact(place, kind)).toMatchObject({ state: 'compacted', duplicates: twice, conflicts: 0 });
      await expectRows(place, events);
      for await (const { manifest } of listPartitions(place.store)) {
        expect(manifest.files[0]).toMatchObject({ type: 'day', duplicatesRemoved: twice });
      }
    },
  );

  test('of trades go by id, whatever else differs: the first one stays, and it is told when they do not agree', async () => {
    const events = many('trade', 0, 30);
    const again = { ...events[7]!, seq: 900_000, tsInit: events[7]!.tsInit + 5 };
    const other = { ...(events[9] as NumberedEvent & { kind: 'trade' }), seq: 900_001, price: 1, priceScale: 0 };
    const place = await stored(events, [again, other]);
    expect(await compact(place, 'trade')).toMatchObject({ duplicates: 2, conflicts: 1, rowsIn: 32, rowsOut: 30 });
    await expectRows(place, events);
  });

  test('are no trades without an id that only look alike', async () => {
    const blank = (event: NumberedEvent): NumberedEvent => ({ ...event, tradeId: '' }) as NumberedEvent;
    const events = many('trade', 0, 10).map(blank);
    const place = await stored(events, [events[3]!]);
    expect(await compact(place, 'trade')).toMatchObject({ duplicates: 1, rowsOut: 10 });
    await expectRows(place, events);
  });

  test('are no levels of different events at one moment', async () => {
    const events = many('delta', 0, 10);
    const twin = { ...events[4]!, seq: events[4]!.seq + 1 };
    const place = await stored(events, [twin]);
    expect(await compact(place, 'delta')).toMatchObject({ duplicates: 0 });
    await expectRows(place, [...events, twin]);
  });

  test('of bars are equal whatever the scale and the source; bars that contradict each other are refused', async () => {
    const bar = eventOf('bar', 1) as NumberedEvent & { kind: 'bar' };
    const plain = {
      ...bar,
      open: 150,
      high: 160,
      low: 140,
      close: 155,
      volume: 20,
      takerVolume: 10,
      priceScale: 2,
      quantityScale: 1,
    };
    const finer = {
      ...plain,
      open: 1500,
      high: 1600,
      low: 1400,
      close: 1550,
      volume: 200,
      takerVolume: 100,
      priceScale: 3,
      quantityScale: 2,
      seq: 99_999,
      tsInit: plain.tsInit + 1,
    };
    const place = await stored([plain], [finer]);
    expect(await compact(place, 'bar')).toMatchObject({ duplicates: 1 });
    await expectRows(place, [plain]);

    const wrong = { ...finer, close: 1551 };
    const refused = await stored([plain], [wrong]);
    await expect(compact(refused, 'bar')).rejects.toMatchObject({
      reason: 'bars-conflict',
      message: expect.stringMatching(/1 bars contradict.*2024-03-0/),
    });
    await expectRows(refused, [plain, wrong]);
    const { failures } = await compactAll(refused.store, {}, { tmpDir: join(refused.folder, 'tmp'), code: 'test' });
    expect(failures).toMatchObject([{ reason: 'bars-conflict' }]);
  });
});

describe('segments', () => {
  test('that overlap in time are sorted into one another, and a later one into the day', async () => {
    const events = many('delta', 0, 90);
    const place = await stored(
      events.filter((_, index) => index < 60 && index % 2 === 0),
      events.filter((_, index) => index < 60 && index % 2 === 1),
    );
    await compact(place, 'delta');
    const writer = await ArchiveWriter.open({
      store: place.store,
      spoolDir: join(place.folder, 'spool'),
      code: 'test',
    });
    for (const event of events.slice(60)) writer.append(VENUE, event);
    await writer.drain();
    await writer.close();
    expect(await compact(place, 'delta')).toMatchObject({ state: 'compacted', files: 2 });
    await expectRows(place, events);
    expect(await compact(place, 'delta')).toMatchObject({ state: 'nothing-to-do' });
  });

  test('make the same day file, byte for byte, however they were cut', async () => {
    const events = many('trade', 0, 60);
    const digests = new Set<string>();
    for (const at of [10, 30, 59]) {
      const place = await stored(events.slice(at), events.slice(0, at));
      digests.add((await compact(place, 'trade')).file?.sha256 ?? '');
    }
    expect([...digests]).toHaveLength(1);
  });
});
