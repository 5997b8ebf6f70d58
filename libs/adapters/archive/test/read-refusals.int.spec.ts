import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { commitFiles } from '../src/manifest/commit-files.ts';
import { partitionOfKey } from '../src/partition.ts';
import type { ReadRequest } from '../src/read/read-request.ts';
import { all, book, DAY, DAY_MICROS, ReadFixture, rowsOf, trade } from './read-fixture.ts';

let fixture: ReadFixture;
beforeEach(() => {
  fixture = new ReadFixture();
});
afterEach(() => fixture.close());

const read = async (request: ReadRequest = {}) => rowsOf(await all(fixture.reader().batches(request)));
const pathOf = (key: string): string => join(fixture.dir, 'store', key);
const partition = { venue: 'kraken', kind: 'mark', symbol: 'A', date: '2024-03-01' } as const;
/** Rows of mark prices; `fields` replaces a column's SQL. */
const marks = (rows: number, fields: Record<string, string> = {}): string => {
  const columns = { tsEvent: `${DAY} + i`, seq: 'i', tsInit: '0', price: '5', index: '-1', ...fields };
  const long = Object.entries(columns).map(([name, sql]) => `(${sql})::BIGINT AS "${name}"`);
  return `SELECT ${[...long, '0::SMALLINT AS "tsEventNanos"', '1::TINYINT AS "priceScale"'].join(', ')} FROM range(${rows}) t(i)`;
};

describe('a request is refused', () => {
  test.each<[string, object, RegExp]>([
    ['a fraction of a microsecond', { from: 1.5 }, /from is "1.5", expected whole microseconds/],
    ['a time before 1970', { to: -1 }, /to is "-1"/],
    ['an end before the start', { from: 5, to: 4 }, /to is "4", expected at least from \(5\)/],
    ['a kind that there is not', { kinds: ['trades'] }, /kinds is "trades", expected one of quote, trade/],
    ['an empty list', { venues: [] }, /venues is "\[\]", expected at least one/],
    ['an impossible symbol', { symbols: ['a b'] }, /symbols is "a b"/],
    [
      'an unknown column',
      { kinds: ['trade'], columns: ['bidPrice'] },
      /columns is "bidPrice", expected one of tsEvent/,
    ],
    ['gaps asked for and refused', { kinds: ['gap'], gaps: false }, /gaps is "false"/],
    ['a broken cursor', { after: { tsEvent: 1, seq: 0, stream: '', index: -1 } }, /after.index is "-1"/],
    ['a quality that there is not', { quality: { least: 'BAD' } }, /quality.least is "BAD", expected GOOD or DEGRADED/],
    [
      'a venue that is not there',
      { venues: ['okx'] },
      /venues is "okx", expected one of venue=kraken\/kind=trade\/symbol=A/,
    ],
    ['a symbol that is not there', { symbols: ['A', 'B'] }, /symbols is "B"/],
    ['a kind that is not there', { kinds: ['quote'] }, /kinds is "quote"/],
    [
      'a cursor of another stream',
      { after: { tsEvent: 1, seq: 0, stream: 'venue=x/kind=trade/symbol=A', index: 0 } },
      /after.stream is "venue=x.*expected a stream of this request: venue=kraken/,
    ],
  ])('with %s', async (_, request, message) => {
    await fixture.write([trade('A', DAY, 1)]);
    await expect(read(request)).rejects.toThrow(message);
  });

  test('for everything that is wrong with it at once', async () => {
    await expect(read({ from: -1, to: 0.5 })).rejects.toMatchObject({ errors: [{ field: 'from' }, { field: 'to' }] });
  });

  test('of an empty store that names something; one that names nothing is empty', async () => {
    await expect(read({ venues: ['kraken'] })).rejects.toThrow(/which is empty/);
    expect(await read()).toEqual([]);
  });

  test('for events with columns, and for events after a cursor inside of a book event', async () => {
    await fixture.write([book('snapshot', 'A', { tsEvent: DAY, seq: 1 }, { bids: [1, 2, 3, 4], asks: [] })]);
    await expect(all(fixture.reader().events({ columns: ['price'] }))).rejects.toThrow(/events have all columns/);
    const after = { tsEvent: DAY, seq: 1, stream: 'venue=kraken/kind=snapshot/symbol=A', index: 0 };
    await expect(all(fixture.reader().events({ after }))).rejects.toThrow(/inside of a book event/);
    expect(await read({ after })).toHaveLength(1);
  });
});

describe('a read ends with the name of the object', () => {
  test('whose manifest is there but not the file', async () => {
    const [written] = await fixture.write([trade('A', DAY, 1)]);
    await fixture.store.delete(written!.key);
    const message = new RegExp(`^${written!.key}: it is not there, but _manifests/.*/00000001.json names it`);
    await expect(read()).rejects.toThrow(message);
  });

  test('that has another size, or with digests asked for another content', async () => {
    const [written] = await fixture.write(Array.from({ length: 100 }, (_, i) => trade('A', DAY + i, i)));
    const path = pathOf(written!.key);
    const body = Buffer.from(await fixture.store.get(written!.key));
    const flipped = body.fill((body[60] ?? 0) ^ 1, 60, 61);
    writeFileSync(path, flipped);
    await expect(all(fixture.reader({ digests: true }).batches({}))).rejects.toThrow(
      /its content has SHA-256 .* manifest says/,
    );
    appendFileSync(path, 'x');
    await expect(read()).rejects.toThrow(
      new RegExp(`${written!.key}: has ${body.length + 1} bytes, its manifest says ${body.length}`),
    );
  });

  test('that is no Parquet file', async () => {
    const [written] = await fixture.write([trade('A', DAY, 1)]);
    writeFileSync(pathOf(written!.key), Buffer.alloc(written!.file.bytes, 7));
    await expect(read()).rejects.toThrow(new RegExp(`${written!.key}: DuckDB cannot read it`));
  });

  test.each<[string, string, object, RegExp]>([
    [
      'has a number beyond 2^53 - 1',
      marks(3, { price: '9007199254740993' }),
      { rows: 3 },
      /column price: has 9007199254740992 or near it/,
    ],
    [
      'has one below -(2^53 - 1)',
      marks(3, { index: '-9007199254740992' }),
      { rows: 3 },
      /column index: has -9007199254740992/,
    ],
    ['has a null', marks(3, { price: 'nullif(i, 1)' }), { rows: 3 }, /column price: has a null/],
    ['has no such column', `SELECT * EXCLUDE (price) FROM (${marks(1)})`, {}, /cannot read it: .*price/],
    [
      'has a column of another type',
      `SELECT * REPLACE ('1' AS "priceScale") FROM (${marks(1)})`,
      {},
      /column priceScale: is not of the type TINYINT/,
    ],
    ['has other rows than said', marks(3), { rows: 4 }, /has 3 rows, its manifest says 4/],
    ['is not sorted', marks(3, { tsEvent: `${DAY} + 5 - i` }), { rows: 3 }, /is not sorted: \(\d+, 1\) comes after/],
    ['is not sorted in seq', marks(3, { tsEvent: String(DAY), seq: '9 - i' }), { rows: 3 }, /is not sorted/],
    [
      'has other times than said',
      marks(3),
      { rows: 3, tsEventMin: DAY + 1 },
      /column tsEvent: has \d+, its manifest says/,
    ],
  ])('that %s', async (_, sql, facts, message) => {
    const key = await fixture.writeRows(partition, sql, facts);
    await expect(read()).rejects.toThrow(message);
    await expect(read()).rejects.toThrow(key);
  });

  test('whose book event is not whole', async () => {
    const levels = (count: number, index: string): string =>
      `SELECT ${DAY}::BIGINT AS "tsEvent", 1::BIGINT AS seq, 0::BIGINT AS "tsInit", 0::SMALLINT AS "tsEventNanos", 1::BIGINT AS sequence, (${index})::INTEGER AS "index", 3::INTEGER AS count, 1::TINYINT AS side, 1::BIGINT AS price, 1::BIGINT AS quantity, 0::TINYINT AS "priceScale", 0::TINYINT AS "quantityScale" FROM range(${count}) t(i)`;
    await fixture.writeRows({ ...partition, kind: 'snapshot' }, levels(2, 'i'), { rows: 2 });
    await expect(all(fixture.reader().events({ kinds: ['snapshot'] }))).rejects.toThrow(/ends after 2 of 3 levels/);
    await fixture.writeRows({ ...partition, kind: 'snapshot', symbol: 'B' }, levels(2, 'i + 1'), { rows: 2 });
    await expect(all(fixture.reader().events({ symbols: ['B'] }))).rejects.toThrow(/begins with level 1/);
  });
});

describe('what the manifests do not say', () => {
  test('does not exist: a file without a manifest', async () => {
    const [written] = await fixture.write([trade('A', DAY, 1)]);
    await fixture.store.put(written!.key.replace(/[^/]+$/, 'stray.parquet'), Buffer.from('no parquet'));
    await fixture.store.put('venue=okx/kind=trade/symbol=B/date=2024-03-01/stray.parquet', Buffer.from('no'));
    expect(await read()).toHaveLength(1);
    await expect(read({ venues: ['okx'] })).rejects.toThrow(/venues is "okx"/);
  });

  test('a file that a compaction replaces while its day is read is made up for by the next generation', async () => {
    const events = Array.from({ length: 60_000 }, (_, i) => trade('A', DAY + i, i));
    const written = [];
    for (let part = 0; part < 6; part++) {
      written.push(...(await fixture.write(events.slice(part * 10_000, (part + 1) * 10_000))));
    }
    const seen: unknown[] = [];
    for await (const { events: some } of fixture.reader().eventBatches({})) {
      if (seen.length === 0) {
        const [compacted] = await fixture.write(events);
        await commitFiles(fixture.store, partitionOfKey(compacted!.key)!, () => [{ ...compacted!.file, type: 'day' }]);
        for (const { key } of written) rmSync(pathOf(key));
      }
      seen.push(...some);
    }
    expect(seen).toEqual(events);
  });

  test('days outside of the request are not even opened', async () => {
    const [first] = await fixture.write([trade('A', DAY, 1)]);
    await fixture.write([trade('A', DAY + DAY_MICROS, 2)]);
    await fixture.store.delete(first!.key);
    expect(await read({ from: DAY + DAY_MICROS })).toHaveLength(1);
    expect(await read({ from: DAY + 2 * DAY_MICROS })).toEqual([]);
  });
});
