import type { ObjectStore } from '@portcullis/objects';
import type { ArchiveColumn } from '../columns.ts';
import type { Duck } from '../duck.ts';
import { readManifest } from '../manifest/read-manifest.ts';
import { checkOrder, namedColumns } from './chunk-check.ts';
import { chunkRead } from './chunk-memory.ts';
import type { ColumnsChunk, ReadColumn } from './columns-chunk.ts';
import type { StreamStart } from './cursor.ts';
import { dayRuns, type FilePlaces, type LeasedRun, type LostRun, releaseRun } from './day-runs.ts';
import { JoinedPlace, type JoinedRuns, joinedRuns, whole } from './joined-runs.ts';
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
  let runs = new ReadAhead(joinedRuns(streamRuns(places, query)), 1);
  let joined: JoinedRuns | undefined;
  try {
    while ((joined = await runs.next()) !== undefined) {
      const place = new JoinedPlace(joined);
      try {
        for await (const named of runChunks(places.duck, joined, { stream, columns })) {
          const chunk = position.place(named, stream, place.take((named['tsEvent'] as Float64Array).length));
          if (chunk.start < chunk.length) yield chunk;
        }
        await releaseRuns(joined);
      } catch (error) {
        const run = place.next;
        // Removed since it was leased, as a compaction does that has replaced it.
        if (!(error instanceof ArchiveReadError) || !error.missing || run === undefined) throw error;
        // Of several the one that is gone may be another than the next: that one has to have been replaced.
        if (joined.length > 1 && !(await isReplaced(places.store, stream, joined))) throw error;
        await releaseRuns([...joined, ...(await runs.stop()).flat()]);
        const generation = joined.length > 1 ? NO_GENERATION : run.generation;
        runs = new ReadAhead(joinedRuns(streamRuns(places, query, { ...run, generation, error })), 1);
      }
      joined = undefined;
    }
  } finally {
    const left = (await runs.stop()).flat();
    await releaseRuns(joined === undefined ? left : [...joined, ...left]);
  }
}

/** No manifest has it: a day that goes on after it takes the newest one, whichever that is. */
const NO_GENERATION = -1;

/** Whether each of the runs whose file is gone has a newer manifest by now. */
async function isReplaced(store: ObjectStore, stream: StreamId, joined: JoinedRuns): Promise<boolean> {
  for (const run of joined) {
    if (!(await anyMissing(run.leases.map(({ path }) => path)))) continue;
    const manifest = await readManifest(store, { ...stream, date: run.date });
    if (manifest?.generation === run.generation) return false;
  }
  return true;
}

async function releaseRuns(runs: readonly LeasedRun[]): Promise<void> {
  for (const run of runs) await releaseRun(run);
}

/** Days whose manifests are read at once: reading one is a few waits for the store. */
const DAYS_AHEAD = 4;

async function* streamRuns(
  places: FilePlaces,
  query: StreamQuery,
  resumed?: LostRun,
): AsyncGenerator<LeasedRun, void, undefined> {
  const dates = query.planned.dates.filter((date) => resumed === undefined || date >= resumed.date);
  const days: ReadAhead<LeasedRun>[] = [];
  let next = 0;
  try {
    for (;;) {
      for (; next < dates.length && days.length < DAYS_AHEAD; next++) {
        days.push(new ReadAhead(dayOf(places, query, dates[next] as string, resumed), 1));
      }
      const [day] = days;
      if (day === undefined) return;
      for (let run = await day.next(); run !== undefined; run = await day.next()) yield run;
      days.shift();
    }
  } finally {
    for (const day of days) await releaseRuns(await day.stop());
  }
}

async function* dayOf(
  places: FilePlaces,
  query: StreamQuery,
  date: string,
  resumed: LostRun | undefined,
): AsyncGenerator<LeasedRun, void, undefined> {
  const earliest = query.start?.tsEvent ?? 0;
  const ranges = (await query.wanted(date))
    .map(({ from, to }) => ({ from: Math.max(from, earliest), to }))
    .filter(({ from, to }) => from < to);
  const lost = date === resumed?.date ? resumed : undefined;
  if (ranges.length > 0) yield* dayRuns(places, { ...query.planned.stream, date }, ranges, lost);
}

type Named = Readonly<Record<string, ReadColumn>>;

async function* runChunks(
  duck: Duck,
  joined: JoinedRuns,
  { stream, columns }: { readonly stream: StreamId; readonly columns: readonly ArchiveColumn[] },
): AsyncGenerator<Named, void, undefined> {
  const run = whole(joined);
  const paths = run.leases.map(({ path }) => path);
  const { ranges, after } = run;
  const sql = runSql({ kind: stream.kind, columns, paths, ranges, after, apart: joined.length > 1 });
  const chunks = duck.stream(sql);
  let rows = 0;
  try {
    for (;;) {
      const next = await chunks.next().catch(async (cause: unknown) => {
        const missing = (rows === 0 || joined.length > 1) && (await anyMissing(paths));
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
  if (ranges === undefined && after === undefined && rows !== expected) {
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
