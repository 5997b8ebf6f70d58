// Part of npm run bench:data. Measures how fast rows get from typed columns in memory through segments and compaction,
// with all proofs, into a file store, against one bare COPY … ORDER BY of the same rows from a DuckDB table.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  addFiles,
  ARCHIVE_COLUMNS,
  boundsOf,
  commitFiles,
  compactDay,
  type Duck,
  EventColumns,
  fileKey,
  openDuck,
  type Partition,
  type SegmentFile,
  sqlText,
  writeSegment,
} from '@portcullis/archive';
import { SeededRandom } from '@portcullis/kernel';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import type { Ratio } from './run-parts.ts';

const DATE = '2024-03-09';
/** The archive writer's own default. */
const SEGMENT_ROWS = 500_000;
const TRADES = 1_000_000;
const DELTAS = 150_000;
const LEVELS_MAX = 10;
const ROUNDS = 3;
const THREADS = 2;
const MEMORY_MB = 4096;

type Kind = 'trade' | 'delta';

/** Events of one stream in the order of their arrival, cut into segments as the archive writer cuts them. */
function segmentsOf(kind: Kind, events: number): EventColumns[] {
  const random = SeededRandom.stream('bench:data-write', kind);
  const { from } = boundsOf(DATE);
  const step = Math.floor(86_400_000_000 / events);
  const segments: EventColumns[] = [];
  let columns = new EventColumns(kind);
  for (let index = 0; index < events; index++) {
    if (columns.rows === 0 || columns.rows >= SEGMENT_ROWS) {
      columns = new EventColumns(kind);
      segments.push(columns);
    }
    const tsEvent = from + index * step + random.integer(0, step - 1);
    columns.append(eventOf(kind, index, { tsEvent, random }));
  }
  return segments;
}

function eventOf(
  kind: Kind,
  index: number,
  { tsEvent, random }: { tsEvent: number; random: SeededRandom },
): Parameters<EventColumns['append']>[0] {
  const common = {
    symbol: 'BTCUSDT',
    tsEvent,
    tsEventNanos: 0,
    seq: index * 2,
    tsInit: tsEvent + 3000 + random.integer(0, 900),
    priceScale: 2,
    quantityScale: 5,
  };
  const price = 6_000_000 + random.integer(0, 2000);
  const quantity = random.integer(1, 1_000_000);
  if (kind === 'trade') {
    return {
      ...common,
      kind,
      tradeId: String(300_000_000 + index),
      price,
      quantity,
      aggressor: random.chance(0.5) ? 'buy' : 'sell',
    };
  }
  const side = (direction: number): number[] =>
    Array.from({ length: random.integer(1, LEVELS_MAX) }, () => [
      price + direction * random.integer(1, 500),
      random.integer(0, 1_000_000),
    ]).flat();
  return {
    ...common,
    kind,
    firstSequence: index * 3,
    lastSequence: index * 3 + 2,
    previousSequence: -1,
    bids: side(-1),
    asks: side(1),
  };
}

interface Stream {
  readonly partition: Partition;
  readonly segments: readonly EventColumns[];
  readonly rows: number;
}

/** The same rows by hand: a table that is there already, one statement. */
async function bareCopy(duck: Duck, stream: Stream, folder: string): Promise<number> {
  const began = performance.now();
  await duck.run(
    `COPY (SELECT * FROM ${stream.partition.kind} ORDER BY "tsEvent", seq) TO ${sqlText(join(folder, 'bare.parquet'))} (FORMAT parquet, COMPRESSION zstd)`,
  );
  return performance.now() - began;
}

/** Segments, uploads with digests, manifests, and a compaction with all of its proofs. */
async function archive(store: ObjectStore, stream: Stream, folder: string): Promise<number> {
  const { partition, segments } = stream;
  const began = performance.now();
  const duck = await openDuck({ memoryMb: MEMORY_MB, threads: 1, tmpDir: join(folder, 'tmp') });
  const upload = async ({ file, path }: SegmentFile): Promise<void> => {
    const key = fileKey(partition, file.name);
    await store.putFile(key, path);
    if ((await store.sha256(key)) !== file.sha256) throw new Error(`${key} differs in the store`);
    await commitFiles(store, partition, addFiles([file]));
    rmSync(path);
  };
  const uploads: Promise<void>[] = [];
  // As the archive writer does it: two are written at a time, on one thread each, and those that are written go up.
  const lanes = [0, 1].map(async (lane) => {
    for (let index = lane; index < segments.length; index += 2) {
      uploads.push(
        upload(await writeSegment(duck, segments[index] as EventColumns, { partition, folder, code: 'bench' })),
      );
    }
  });
  await Promise.all(lanes);
  await Promise.all(uploads);
  duck.close();
  const wrote = performance.now();
  const report = await compactDay(store, partition, {
    tmpDir: join(folder, 'tmp'),
    code: 'bench',
    memoryMb: MEMORY_MB,
    threads: THREADS,
  });
  if (report.state !== 'compacted' || report.rowsOut !== stream.rows) {
    throw new Error('the compaction did not do its work');
  }
  const ended = performance.now();
  process.stderr.write(
    `  ${partition.kind}: segments ${Math.round(wrote - began)} ms, compaction ${Math.round(ended - wrote)} ms\n`,
  );
  return ended - began;
}

async function tableOf(duck: Duck, { partition, segments }: Stream): Promise<void> {
  const { kind } = partition;
  const columns = ARCHIVE_COLUMNS[kind].map(({ name, type }) => `"${name}" ${type}`);
  await duck.run(`CREATE TABLE ${kind} (${columns.join(', ')})`);
  for (const segment of segments) await duck.appendColumns(kind, segment.views(), segment.rows);
}

/** Rows per second, the best of three rounds of each; a round does both streams. */
export async function benchWrite(): Promise<{ 'write+compact': Ratio }> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-data-write-'));
  const streams = (['trade', 'delta'] as const).map((kind): Stream => {
    const segments = segmentsOf(kind, kind === 'trade' ? TRADES : DELTAS);
    return {
      partition: { venue: 'bench', kind, symbol: 'BTCUSDT', date: DATE },
      segments,
      rows: segments.reduce((sum, { rows }) => sum + rows, 0),
    };
  });
  const rows = streams.reduce((sum, stream) => sum + stream.rows, 0);
  const ours: number[] = [];
  const other: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const own = join(folder, String(round));
      mkdirSync(own);
      const duck = await openDuck({ memoryMb: MEMORY_MB, threads: THREADS, tmpDir: join(own, 'tmp') });
      for (const stream of streams) await tableOf(duck, stream);
      other.push((await bareCopy(duck, streams[0] as Stream, own)) + (await bareCopy(duck, streams[1] as Stream, own)));
      duck.close();
      const store = openObjectStore(pathToFileURL(join(own, 'store')).href);
      ours.push((await archive(store, streams[0] as Stream, own)) + (await archive(store, streams[1] as Stream, own)));
      await store.close();
      rmSync(own, { recursive: true, force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const rate = (times: readonly number[]): number => Math.round((rows * 1000) / Math.min(...times));
  const ratio = Math.round((Math.min(...other) / Math.min(...ours)) * 1000) / 1000;
  return { 'write+compact': { ours: rate(ours), other: rate(other), ratio } };
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await benchWrite())}\n`);
