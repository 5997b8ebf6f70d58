import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DuckDBInstance } from '@duckdb/node-api';
import { ARCHIVE_COLUMNS, ArchiveReader, fileKey, type MergedBatch } from '@portcullis/archive';
import type { MarketKind } from '@portcullis/contracts';
import { openObjectStore } from '@portcullis/objects';
import { type GeneratedDay, generateStore } from './generated-store.ts';
import { peakMb, peakRssMb } from './peak-memory.ts';
import { middleRound, type Ratio, ratioOf } from './run-parts.ts';

const DATE = '2024-03-01';
/** Of the bare scan; the reader has its own default. */
const THREADS = availableParallelism();
const MEMORY_MB = 512;
/** Runs of each reader, in turns; the round in the middle counts. */
const ROUNDS = 7;

/** What a consumer of the merged rows looks at. */
const COLUMNS: Partial<Record<MarketKind, readonly string[]>> = {
  quote: ['tsEvent', 'seq', 'bidPrice', 'bidQuantity', 'askPrice', 'askQuantity'],
  trade: ['tsEvent', 'seq', 'aggressor', 'price', 'quantity'],
  delta: ['tsEvent', 'seq', 'index', 'count', 'side', 'price', 'quantity'],
};
const ASKED = [...new Set(Object.values(COLUMNS).flat())];

type Numbers = ArrayLike<number>;

/** The columns of one chunk by place, with one shape for each kind, so that each load below meets one type of array. */
interface Chunk {
  readonly kind: MarketKind;
  readonly columns: readonly Numbers[];
}

/** Looks at every value in the order of the merge: run by run, for the rows of a run are neighbours. */
function sumBatch({ streams, stream, row, length }: MergedBatch): number {
  const chunks = streams.map(({ stream: { kind }, columns }): Chunk => {
    return { kind, columns: (COLUMNS[kind] ?? []).map((name) => columns[name] as Numbers) };
  });
  let sum = 0;
  for (let at = 0; at < length;) {
    const place = stream[at] as number;
    let end = at + 1;
    while (end < length && stream[end] === place) end++;
    const { kind, columns } = chunks[place] as Chunk;
    const from = row[at] as number;
    const to = from + end - at;
    if (kind === 'quote') sum += sumQuotes(columns, from, to);
    else if (kind === 'trade') sum += sumTrades(columns, from, to);
    else if (kind === 'delta') sum += sumDeltas(columns, from, to);
    at = end;
  }
  return sum;
}

type Six = readonly [Numbers, Numbers, Numbers, Numbers, Numbers, Numbers];

function sumQuotes(columns: readonly Numbers[], from: number, to: number): number {
  const [a, b, c, d, e, f] = [columns[0], columns[1], columns[2], columns[3], columns[4], columns[5]] as unknown as Six;
  let sum = 0;
  for (let row = from; row < to; row++) {
    sum += (a[row] as number) + (b[row] as number) + (c[row] as number) + (d[row] as number);
    sum += (e[row] as number) + (f[row] as number);
  }
  return sum;
}

function sumTrades(columns: readonly Numbers[], from: number, to: number): number {
  const [a, b, c, d, e] = [columns[0], columns[1], columns[2], columns[3], columns[4]] as unknown as Six;
  let sum = 0;
  for (let row = from; row < to; row++) {
    sum += (a[row] as number) + (b[row] as number) + (c[row] as number) + (d[row] as number) + (e[row] as number);
  }
  return sum;
}

function sumDeltas(columns: readonly Numbers[], from: number, to: number): number {
  const [a, b, c, d, e, f] = [columns[0], columns[1], columns[2], columns[3], columns[4], columns[5]] as unknown as Six;
  const g = columns[6] as Numbers;
  let sum = 0;
  for (let row = from; row < to; row++) {
    sum += (a[row] as number) + (b[row] as number) + (c[row] as number) + (d[row] as number);
    sum += (e[row] as number) + (f[row] as number) + (g[row] as number);
  }
  return sum;
}

interface Scan {
  readonly rows: number;
  readonly sum: number;
  readonly seconds: number;
}

function readerOf(root: string, cacheDir: string): ArchiveReader {
  const store = openObjectStore(`file://${root}`);
  return new ArchiveReader({ store, cacheDir, memoryMb: MEMORY_MB });
}

async function readMerged(root: string, cacheDir: string): Promise<Scan> {
  const from = performance.now();
  const reader = readerOf(root, cacheDir);
  let rows = 0;
  let sum = 0;
  for await (const batch of reader.batches({ columns: ASKED })) {
    rows += batch.length;
    sum += sumBatch(batch);
  }
  const seconds = (performance.now() - from) / 1000;
  await reader.close();
  return { rows, sum, seconds };
}

/** The same columns of the same files with nothing around them: one streaming query a file, chunk by chunk. */
async function scanChunks(root: string, days: readonly GeneratedDay[]): Promise<Scan> {
  const from = performance.now();
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(THREADS),
    memory_limit: `${MEMORY_MB}MiB`,
  });
  let rows = 0;
  let sum = 0;
  for (const { partition } of days) {
    const connection = await instance.connect();
    const columns = (COLUMNS[partition.kind] ?? []).map((name) => {
      const type = ARCHIVE_COLUMNS[partition.kind].find((column) => column.name === name)?.type;
      return type === 'BIGINT' ? `CAST("${name}" AS DOUBLE)` : `"${name}"`;
    });
    const path = join(root, fileKey(partition, 'day.parquet'));
    const result = await connection.stream(`SELECT ${columns.join(', ')} FROM read_parquet('${path}')`);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      const length = chunk.rowCount;
      rows += length;
      for (let index = 0; index < columns.length; index++) {
        const { items } = chunk.getColumnVector(index) as unknown as { readonly items: ArrayLike<number> };
        for (let row = 0; row < length; row++) sum += items[row] as number;
      }
    }
    connection.disconnectSync();
  }
  const seconds = (performance.now() - from) / 1000;
  instance.closeSync();
  return { rows, sum, seconds };
}

/** Two instruments with about as much of each kind as a venue sends: an update of the book has some ten levels. */
function speedDays(): GeneratedDay[] {
  return ['BTCUSDT', 'ETHUSDT'].flatMap((symbol): GeneratedDay[] => [
    { partition: { venue: 'binance', kind: 'quote', symbol, date: DATE }, rows: 1_000_000, levels: 1 },
    { partition: { venue: 'binance', kind: 'trade', symbol, date: DATE }, rows: 500_000, levels: 1 },
    { partition: { venue: 'binance', kind: 'delta', symbol, date: DATE }, rows: 2_500_000, levels: 10 },
  ]);
}

async function benchSpeed(dir: string): Promise<Ratio> {
  const days = speedDays();
  const root = join(dir, 'speed');
  await generateStore(root, days);
  const collect = garbageCollector();
  const rounds: Ratio[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    // What one leaves behind is not collected in the other's time.
    collect();
    const scan = await scanChunks(root, days);
    collect();
    const merged = await readMerged(root, join(dir, 'cache'));
    if (scan.rows !== merged.rows || Math.abs(scan.sum / merged.sum - 1) > 1e-9) {
      throw new Error(
        `the reader gave ${merged.rows} rows with sum ${merged.sum}, the scan ${scan.rows} with ${scan.sum}`,
      );
    }
    // The first round warms the files and the compiler.
    if (round === 0) continue;
    rounds.push(ratioOf(merged.rows / merged.seconds, scan.rows / scan.seconds));
  }
  rmSync(root, { recursive: true });
  return middleRound(rounds);
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

async function reportPeak([root = '', venue = '', cacheDir = '']: readonly string[]): Promise<void> {
  const reader = readerOf(root, cacheDir);
  let rows = 0;
  for await (const batch of reader.batches({ venues: [venue] })) {
    rows += batch.length;
    sumBatch(batch);
  }
  await reader.close();
  process.stderr.write(`${venue}: ${rows} rows\n`);
  process.send?.(peakRssMb());
}

async function benchMemory(dir: string): Promise<Ratio> {
  const root = join(dir, 'memory');
  const dates = ['2024-03-01', '2024-03-02', '2024-03-03', '2024-03-04', '2024-03-05'];
  const of = (venue: string, rows: number): GeneratedDay[] =>
    dates.flatMap((date): GeneratedDay[] => [
      { partition: { venue, kind: 'quote', symbol: 'BTCUSDT', date }, rows: rows / 10, levels: 1 },
      { partition: { venue, kind: 'delta', symbol: 'BTCUSDT', date }, rows: rows / 10, levels: 5 },
    ]);
  await generateStore(root, [...of('million', 1_000_000), ...of('fifty', 50_000_000)]);
  const million = await peakMb(import.meta.filename, [root, 'million', join(dir, 'cache')]);
  const fifty = await peakMb(import.meta.filename, [root, 'fifty', join(dir, 'cache')]);
  rmSync(root, { recursive: true });
  return ratioOf(fifty, million);
}

/** How fast merged columns come out of the archive (rows a second), and what it takes of memory. Some 700 MB of disk, for a minute. */
export async function benchRead(): Promise<Record<string, Ratio>> {
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-bench-read-'));
  try {
    return {
      'read merged vs chunk scan': await benchSpeed(dir),
      'read memory 50M vs 1M rows, MB': await benchMemory(dir),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] === '--peak') await reportPeak(process.argv.slice(3));
  else process.stdout.write(`${JSON.stringify(await benchRead())}\n`);
}
