import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { ARCHIVE_COLUMNS, fileKey } from '@portcullis/archive';
import { type BacktestTiming, prepareBacktest, runBacktest } from '@portcullis/backtests';
import { type GeneratedDay, generateStore } from './generated-store.ts';
import { peakMb, peakRssMb } from './peak-memory.ts';
import { BENCH_INSTRUMENT } from './replay-bars.ts';
import { middleRound, type Ratio, ratioOf } from './run-parts.ts';

const ROUNDS = 3;
const QUOTES = 20_000_000;
const MILLION = 1_000_000;
const DAYS_MEMORY = 10;
const THREADS = availableParallelism();

/** What a replay reads of quotes. */
const COLUMNS = [
  ...['tsEvent', 'seq', 'tsInit', 'priceScale', 'quantityScale'],
  ...['bidPrice', 'bidQuantity', 'askPrice', 'askQuantity'],
];

function days(venue: string, rows: number, count: number): GeneratedDay[] {
  return Array.from({ length: count }, (_, at) => ({
    partition: { venue, kind: 'quote' as const, symbol: 'BTCUSDT', date: `2024-03-${String(at + 1).padStart(2, '0')}` },
    rows: rows / count,
    levels: 1,
  }));
}

/** An SMA cross on sampled quotes, against the best prices, with a fee. */
async function replayQuotes(root: string, venue: string): Promise<BacktestTiming & { readonly events: number }> {
  const prepared = await prepareBacktest({
    strategy: 'sma-cross',
    parameters: { fast: 20, slow: 50, quantity: '0.01' },
    data: { url: `file://${root}`, venues: [venue] },
    instruments: [{ ...BENCH_INSTRUMENT, venue }],
    fill: 'quotes',
    fees: [{ volumeFrom: '0', maker: '0.0002', taker: '0.0005' }],
  });
  try {
    const result = await runBacktest(prepared);
    if (result.status !== 'finished' || result.summary.state !== 'completed') {
      throw new Error(`the run ended as ${JSON.stringify(result).slice(0, 500)}`);
    }
    if (result.summary.fills === 0) throw new Error('the strategy did not trade, which measures nothing');
    return { ...result.timing, events: result.summary.events };
  } finally {
    await prepared.close();
  }
}

/** The same columns of the same files with nothing around them. Seconds. */
async function scan(root: string, parts: readonly GeneratedDay[]): Promise<number> {
  const from = performance.now();
  const instance = await DuckDBInstance.create(':memory:', { threads: String(THREADS) });
  let sum = 0;
  for (const { partition } of parts) {
    const connection = await instance.connect();
    const columns = COLUMNS.map((name) => {
      const type = ARCHIVE_COLUMNS.quote.find((column) => column.name === name)?.type;
      return type === 'BIGINT' ? `CAST("${name}" AS DOUBLE)` : `"${name}"`;
    });
    const path = join(root, fileKey(partition, 'day.parquet'));
    const result = await connection.stream(`SELECT ${columns.join(', ')} FROM read_parquet('${path}')`);
    for (;;) {
      const chunk = await result.fetchChunk();
      const rows = chunk?.rowCount ?? 0;
      if (chunk === null || rows === 0) break;
      for (let index = 0; index < columns.length; index++) {
        const { items } = chunk.getColumnVector(index) as unknown as { readonly items: ArrayLike<number> };
        for (let row = 0; row < rows; row++) sum += items[row] as number;
      }
    }
    connection.disconnectSync();
  }
  instance.closeSync();
  if (!(sum > 0)) throw new Error('the scan read nothing');
  return (performance.now() - from) / 1000;
}

async function benchSpeed(dir: string): Promise<Ratio> {
  const root = join(dir, 'speed');
  const parts = days('million', QUOTES, 1);
  await generateStore(root, parts);
  const rounds: Ratio[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const scanned = await scan(root, parts);
    const { seconds, replaySeconds, events } = await replayQuotes(root, 'million');
    process.stderr.write(`  round ${round}: ${seconds} s, ${replaySeconds} s of it in the replay\n`);
    // The first round warms the files and the compiler.
    if (round === 0) continue;
    rounds.push(ratioOf(events / seconds, QUOTES / scanned));
  }
  rmSync(root, { recursive: true });
  return middleRound(rounds);
}

async function benchMemory(dir: string): Promise<Ratio> {
  const root = join(dir, 'memory');
  await generateStore(root, days('one', MILLION, DAYS_MEMORY));
  const one = await peakMb(import.meta.filename, [root, 'one']);
  await generateStore(root, days('hundred', 100 * MILLION, DAYS_MEMORY));
  const hundred = await peakMb(import.meta.filename, [root, 'hundred']);
  rmSync(root, { recursive: true });
  return ratioOf(hundred, one);
}

/** Quotes from Parquet through strategy and fill model. Some 2 GB of disk, for a few minutes. */
export async function benchQuotesReplay(): Promise<Record<string, Ratio>> {
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-bench-replay-'));
  try {
    return { 'quotes from Parquet vs bare scan': await benchSpeed(dir) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export async function benchMemoryReplay(): Promise<Record<string, Ratio>> {
  const dir = mkdtempSync(join(tmpdir(), 'portcullis-bench-memory-'));
  try {
    return { 'peak memory 100M vs 1M quotes, MB': await benchMemory(dir) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename && process.argv[2] === '--peak') {
  const [root = '', venue = ''] = process.argv.slice(3);
  const { events, seconds } = await replayQuotes(root, venue);
  process.stderr.write(`  ${venue}: ${events} events in ${seconds} s, ${Math.round(peakRssMb())} MB\n`);
  process.send?.(peakRssMb());
}
