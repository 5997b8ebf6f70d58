import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { all } from '../../test/read-fixture.ts';
import type { ColumnsChunk } from './columns-chunk.ts';
import type { Cursor } from './cursor.ts';
import { mergeStreams } from './merge.ts';
import { ReadAhead } from './read-ahead.ts';
import { streamId } from './stream-id.ts';

type Row = readonly [tsEvent: number, seq: number, stream: number, row: number];

const keyed = fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 2 }));
/** Rows of one stream with many ties, cut into chunks. */
const rows = fc.array(keyed, { maxLength: 40 }).map((list) => list.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
const streams = fc.array(fc.record({ rows, chunk: fc.integer({ min: 1, max: 9 }), waits: fc.boolean() }), {
  minLength: 1,
  maxLength: 6,
});

const ids = ['A', 'B', 'C', 'D', 'E', 'F'].map((symbol) => streamId({ venue: 'v', kind: 'trade', symbol }));

async function* chunks(
  stream: number,
  { rows: all, chunk, waits }: { readonly rows: readonly (readonly [number, number])[]; chunk: number; waits: boolean },
): AsyncGenerator<ColumnsChunk> {
  for (let from = 0; from < all.length; from += chunk) {
    const part = all.slice(from, from + chunk);
    const [tsEvent, seq] = [Float64Array.from(part, ([ts]) => ts), Float64Array.from(part, ([, number]) => number)];
    const before = all.slice(0, from).filter(([ts, number]) => ts === tsEvent[0] && number === seq[0]).length;
    const columns = { tsEvent, seq, place: Float64Array.from(part, (_, index) => from + index) };
    if (waits) await new Promise((resolve) => setImmediate(resolve));
    yield { stream: ids[stream]!, length: part.length, columns, tsEvent, seq, start: 0, before, source: '' };
  }
}

async function merged(
  given: readonly { readonly rows: [number, number][]; chunk: number; waits: boolean }[],
): Promise<{ rows: Row[]; cursors: [number, Cursor][] }> {
  const found: Row[] = [];
  const cursors: [number, Cursor][] = [];
  const sources = given.map((one, index) => new ReadAhead(chunks(index, one), 2));
  for await (const { streams: parts, stream, row, length, cursor } of mergeStreams(sources)) {
    for (let at = 0; at < length; at++) {
      const { stream: id, columns } = parts[stream[at]!]!;
      const cell = (name: string): number => columns[name]![row[at]!] as number;
      found.push([cell('tsEvent'), cell('seq'), ids.indexOf(id), cell('place')]);
    }
    cursors.push([found.length, cursor]);
  }
  return { rows: found, cursors };
}

describe('the merge of sorted streams', () => {
  test('has every row once, in the order (tsEvent, seq, stream, place)', async () => {
    await fc.assert(
      fc.asyncProperty(streams, async (given) => {
        const every: Row[] = given.flatMap((one, stream) =>
          one.rows.map(([ts, seq], place): Row => [ts, seq, stream, place]),
        );
        every.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]);
        const found = await merged(given);
        expect(found.rows).toEqual(every);
        for (const [rowsBefore, cursor] of found.cursors) {
          const [ts, seq, stream, place] = every[rowsBefore - 1]!;
          const index = every.filter(
            (row) => row[0] === ts && row[1] === seq && row[2] === stream && row[3] < place,
          ).length;
          expect(cursor).toEqual({ tsEvent: ts, seq, stream: ids[stream]!.key, index });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('long runs of one stream and rows one by one come in batches of a bounded size', async () => {
    const alone = {
      rows: Array.from({ length: 50_000 }, (_, i): [number, number] => [i, 0]),
      chunk: 2048,
      waits: false,
    };
    const late = { rows: [[49_000, 0]] as [number, number][], chunk: 1, waits: false };
    const { rows: found, cursors } = await merged([alone, late]);
    expect(found).toHaveLength(50_001);
    expect(found.findIndex(([, , stream]) => stream === 1)).toBe(49_001);
    expect(Math.max(...cursors.map(([end], index) => end - (cursors[index - 1]?.[0] ?? 0)))).toBeLessThanOrEqual(
      16_384,
    );
  });

  test('an error of a stream comes out of it', async () => {
    const broken = (async function* (): AsyncGenerator<ColumnsChunk> {
      yield* chunks(0, { rows: [[1, 1]], chunk: 1, waits: false });
      throw new Error('the disk is gone');
    })();
    const merge = mergeStreams([new ReadAhead(broken, 2)]);
    await expect(all(merge)).rejects.toThrow('the disk is gone');
  });
});
