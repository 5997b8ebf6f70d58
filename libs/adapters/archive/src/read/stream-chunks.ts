import type { ArchiveColumn } from '../columns.ts';
import type { Duck } from '../duck.ts';
import { checkOrder, namedColumns } from './chunk-check.ts';
import { chunkRead } from './chunk-memory.ts';
import type { ColumnsChunk, ReadColumn } from './columns-chunk.ts';
import type { StreamStart } from './cursor.ts';
import { dayRuns, type FilePlaces, type LeasedRun, type LostRun, releaseRun } from './day-runs.ts';
import { readColumns, runSql, type TimeRange } from './file-run.ts';
import { sizeOf } from './local-files.ts';
import { ReadAhead } from './read-ahead.ts';
import { ArchiveReadError } from './read-error.ts';
import type { PlannedStream } from './read-plan.ts';
import type { StreamId } from './stream-id.ts';

export interface StreamQuery {
  readonly planned: PlannedStream;
  /** Columns asked for; undefined: all. */
  readonly columns: readonly string[] | undefined;
  /** What is wanted of a day, ascending and apart. */
  readonly wanted: (date: string) => Promise<readonly TimeRange[]>;
  readonly start: StreamStart | undefined;
}

export interface ChunkPlaces extends FilePlaces {
  readonly duck: Duck;
}

/** The columns of one stream, day by day and file by file; the next files are made ready while one is read. */
export async function* streamChunks(
  places: ChunkPlaces,
  query: StreamQuery,
): AsyncGenerator<ColumnsChunk, void, undefined> {
  const { stream } = query.planned;
  const columns = readColumns(stream.kind, query.columns);
  const position = new StreamPosition(query.start);
  let runs = new ReadAhead(streamRuns(places, query), 1);
  let run: LeasedRun | undefined;
  try {
    while ((run = await runs.next()) !== undefined) {
      try {
        for await (const named of runChunks(places.duck, run, { stream, columns })) {
          const chunk = position.place(named, stream, run);
          if (chunk.start < chunk.length) yield chunk;
        }
        await releaseRun(run);
      } catch (error) {
        // Removed since it was leased, as a compaction does that has replaced it.
        if (!(error instanceof ArchiveReadError) || !error.missing) throw error;
        await releaseRuns([run, ...(await runs.stop())]);
        runs = new ReadAhead(streamRuns(places, query, { ...run, error }), 1);
      }
      run = undefined;
    }
  } finally {
    const left = await runs.stop();
    await releaseRuns(run === undefined ? left : [run, ...left]);
  }
}

async function releaseRuns(runs: readonly LeasedRun[]): Promise<void> {
  for (const run of runs) await releaseRun(run);
}

async function* streamRuns(
  places: FilePlaces,
  query: StreamQuery,
  resumed?: LostRun,
): AsyncGenerator<LeasedRun, void, undefined> {
  const { stream, dates } = query.planned;
  const earliest = query.start?.tsEvent ?? 0;
  for (const date of dates) {
    if (resumed !== undefined && date < resumed.date) continue;
    const ranges = (await query.wanted(date))
      .map(({ from, to }) => ({ from: Math.max(from, earliest), to }))
      .filter(({ from, to }) => from < to);
    const lost = date === resumed?.date ? resumed : undefined;
    if (ranges.length > 0) yield* dayRuns(places, { ...stream, date }, ranges, lost);
  }
}

type Named = Readonly<Record<string, ReadColumn>>;

async function* runChunks(
  duck: Duck,
  run: LeasedRun,
  { stream, columns }: { readonly stream: StreamId; readonly columns: readonly ArchiveColumn[] },
): AsyncGenerator<Named, void, undefined> {
  const paths = run.leases.map(({ path }) => path);
  const sql = runSql({ kind: stream.kind, columns, paths, ranges: run.ranges, after: run.after });
  const chunks = duck.stream(sql);
  let rows = 0;
  try {
    for (;;) {
      const next = await chunks.next().catch(async (cause: unknown) => {
        const missing = rows === 0 && (await anyMissing(paths));
        throw new ArchiveReadError(run.name, `DuckDB cannot read it: ${(cause as Error).message}`, { cause, missing });
      });
      if (next.done === true) break;
      const named = namedColumns(next.value, columns, run);
      rows += next.value.rows;
      chunkRead(next.value.rows * columns.length * Float64Array.BYTES_PER_ELEMENT);
      yield named;
    }
  } finally {
    await chunks.return();
  }
  const expected = run.files.reduce((sum, file) => sum + file.rows, 0);
  if (run.ranges === undefined && run.after === undefined && rows !== expected) {
    throw new ArchiveReadError(run.name, `has ${rows} rows, its manifest says ${expected}`);
  }
}

async function anyMissing(paths: readonly string[]): Promise<boolean> {
  const sizes = await Promise.all(paths.map(sizeOf));
  return sizes.includes(undefined);
}

/** How far a stream has been read: checks its order and finds the first row behind a cursor. */
class StreamPosition {
  #start: StreamStart | undefined;
  #tsEvent = -1;
  #seq = -1;
  /** Rows so far with exactly this `tsEvent` and `seq`. */
  #ties = 0;

  constructor(start: StreamStart | undefined) {
    this.#start = start;
  }

  place(columns: Named, stream: StreamId, run: LeasedRun): ColumnsChunk {
    const { tsEvent, seq } = columns as { readonly tsEvent: Float64Array; readonly seq: Float64Array };
    checkOrder({ tsEvent, seq }, { tsEvent: this.#tsEvent, seq: this.#seq }, run);
    const { length } = tsEvent;
    const before = tsEvent[0] === this.#tsEvent && seq[0] === this.#seq ? this.#ties : 0;
    const start = this.#skip(tsEvent, seq, before);
    this.#tsEvent = tsEvent[length - 1] as number;
    this.#seq = seq[length - 1] as number;
    let first = length - 1;
    while (first > 0 && tsEvent[first - 1] === this.#tsEvent && seq[first - 1] === this.#seq) first--;
    this.#ties = length - first + (first === 0 ? before : 0);
    return { stream, length, columns, tsEvent, seq, start, before, source: run.name };
  }

  #skip(tsEvent: Float64Array, seq: Float64Array, before: number): number {
    const start = this.#start;
    if (start === undefined) return 0;
    let row = 0;
    let ties = tsEvent[0] === start.tsEvent && seq[0] === start.seq ? before : 0;
    for (; row < tsEvent.length; row++) {
      const ts = tsEvent[row] as number;
      const number = seq[row] as number;
      if (ts > start.tsEvent || (ts === start.tsEvent && number > start.seq)) break;
      if (ts === start.tsEvent && number === start.seq && ties++ >= start.rows) break;
    }
    if (row < tsEvent.length) this.#start = undefined;
    return row;
  }
}
