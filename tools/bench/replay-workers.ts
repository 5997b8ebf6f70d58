import { WorkerPool } from '@portcullis/backtests';
import { middleRound, type Ratio } from './run-parts.ts';
import { BARS_REQUEST, barsTape } from './replay-bars.ts';

const RUNS = 16;
const ROUNDS = 3;

/** Runs of the bars benchmark on one worker against two, each over the same tape; they share nothing. */
export async function benchWorkers(): Promise<Record<string, Ratio>> {
  const tape = await barsTape();
  const pools = [1, 2].map((workers) => new WorkerPool({ workers }));
  const ratios: Ratio[] = [];
  const hashes = new Set<string>();
  for (let round = 0; round <= ROUNDS; round++) {
    const [one = 0, two = 0] = await timesOf(pools, async (pool) => {
      const results = await Promise.all(Array.from({ length: RUNS }, () => pool.run(BARS_REQUEST, { tape })));
      for (const result of results) if (result.status === 'finished') hashes.add(result.summary.decisionHash);
    });
    if (round === 0) continue;
    const rate = (seconds: number) => Number((RUNS / seconds).toFixed(2));
    ratios.push({ ours: rate(two), other: rate(one), ratio: Number((one / two).toFixed(3)) });
  }
  await Promise.all(pools.map((pool) => pool.close()));
  if (hashes.size !== 1) throw new Error(`the runs have ${hashes.size} decision hashes`);
  return { 'two workers vs one, runs/s': middleRound(ratios) };
}

async function timesOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<number[]> {
  const seconds: number[] = [];
  for (const item of items) {
    const from = performance.now();
    await work(item);
    seconds.push((performance.now() - from) / 1000);
  }
  return seconds;
}
