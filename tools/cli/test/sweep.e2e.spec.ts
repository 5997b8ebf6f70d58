import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SeededRandom } from '@portcullis/kernel';
import { RunningProgram, eventually } from '@portcullis/testkit';

const program = resolve(import.meta.dirname, '../bin/portcullis.mjs');
const MINUTES = 45 * 1440;
const COMBINATIONS = 100;

let folder = '';
const running: RunningProgram[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-sweep-'));
  const file = join(folder, 'candles.csv');
  writeFileSync(file, candles());
  const words = ['data', 'import', '--format', 'binance-klines', '--venue', 'lab', '--symbol', 'BTCUSDT'];
  const imported = portcullis([...words, '--store', `file://${folder}/archive`, file]);
  if ((await imported.ended) !== 0) throw new Error(imported.output);
});
afterAll(async () => {
  for (const one of running) await one.end('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function portcullis(words: readonly string[]): RunningProgram {
  const started = new RunningProgram(program, words);
  running.push(started);
  return started;
}

/** A random walk of minutes. */
function candles(): string {
  const random = new SeededRandom('sweep');
  const start = Date.UTC(2021, 0, 1);
  let price = 20_000;
  const rows: string[] = [];
  for (let minute = 0; minute < MINUTES; minute++) {
    const open = price;
    price = Math.max(1000, open + random.integer(0, 40) - 20);
    const [high, low] = [Math.max(open, price) + random.integer(0, 5), Math.min(open, price) - random.integer(0, 5)];
    rows.push(`${start + minute * 60_000},${open},${high},${low},${price},${random.integer(1, 100)}`);
  }
  return rows.join('\n');
}

function sweep(store: string, more: readonly string[] = []): RunningProgram {
  return portcullis([
    ...['sweep', '--strategy', 'sma-cross', '--quantity', '1', '--fill', 'next-open'],
    ...['--data', `file://${folder}/archive`, '--store', `file://${folder}/${store}`],
    ...['--grid', 'fast=5..50/5', '--grid', 'slow=60..240/20', '--objective', 'pnl', '--workers', '2'],
    ...['--json', '--top', String(COMBINATIONS), ...more],
  ]);
}

interface Outcome {
  readonly computed: number;
  readonly reused: number;
  readonly failed: number;
  readonly digest: string;
  readonly rows: readonly { readonly parameters: unknown; readonly objective: number }[];
  readonly splits: readonly unknown[];
  readonly outOfSample: unknown;
}

async function outcomeOf(started: RunningProgram): Promise<Outcome> {
  const code = await started.ended;
  if (code !== 0) throw new Error(`${code}: ${started.output}`);
  return JSON.parse(started.out.trim().split('\n').at(-1) ?? '') as Outcome;
}

/** Runs that a store has whole. */
function committed(store: string): number {
  const runs = join(folder, store, 'runs');
  if (!existsSync(runs)) return 0;
  return readdirSync(runs).filter((run) => existsSync(join(runs, run, 'manifest.json'))).length;
}

const essence = ({ digest, rows }: Outcome): unknown => [
  digest,
  rows.map(({ parameters, objective }) => [parameters, objective]),
];

describe('a sweep of 100 combinations', () => {
  test('killed half-way and started again computes only what was missing, and equals the uninterrupted one', async () => {
    const whole = await outcomeOf(sweep('whole'));
    expect(whole).toMatchObject({ computed: COMBINATIONS, reused: 0, failed: 0 });
    expect(whole.rows).toHaveLength(COMBINATIONS);

    const killed = sweep('killed');
    await eventually(
      () => `half of the runs; ${committed('killed')} are there: ${killed.output}`,
      () => committed('killed') >= COMBINATIONS / 2,
      { msMax: 50_000 },
    );
    await killed.end('SIGKILL');
    const there = committed('killed');
    expect(there).toBeLessThan(COMBINATIONS);
    const resumed = await outcomeOf(sweep('killed'));
    expect(resumed).toMatchObject({ computed: COMBINATIONS - there, reused: there, failed: 0 });
    expect(essence(resumed)).toEqual(essence(whole));

    // With another number of threads, and nothing left to compute.
    const again = await outcomeOf(sweep('killed', ['--workers', '1']));
    expect(again).toMatchObject({ computed: 0, reused: COMBINATIONS });
    expect(essence(again)).toEqual(essence(whole));
  });

  test('walks forward, and draws at random', async () => {
    const walked = await outcomeOf(sweep('whole', ['--random', '6', '--walk-forward', 'train=20d,test=10d']));
    expect(walked.splits).toHaveLength(2);
    expect(walked).toMatchObject({ computed: 2 * 6 + 2, outOfSample: { splits: 2, tested: 2 } });
    const again = await outcomeOf(sweep('whole', ['--random', '6', '--walk-forward', 'train=20d,test=10d']));
    expect(again).toMatchObject({ computed: 0, reused: 14, digest: walked.digest });
  });
});

describe('wrong usage', () => {
  test.each<[readonly string[], string]>([
    [['--grid', 'fast'], '--grid is "fast"'],
    [['--grid', 'fsat=1,2'], 'sma-cross has no such parameter'],
    [['--grid', 'fast=9..1'], 'expected at least 9'],
    [['--grid', 'fast=1', '--random', 'many'], '--random is "many"'],
    [['--grid', 'fast=1', '--objective', 'luck'], '--objective is "luck"'],
    [['--grid', 'fast=1', '--walk-forward', 'train=5'], '--walk-forward is "train=5"'],
    [[], '--grid is missing'],
  ])('%j is refused by name', async (words, message) => {
    const refused = portcullis([
      'sweep',
      '--strategy',
      'sma-cross',
      '--quantity',
      '1',
      '--fill',
      'next-open',
      '--data',
      'file:///none',
      ...words,
    ]);
    expect(await refused.ended).toBe(2);
    expect(refused.err).toContain(message);
    expect(refused.err).not.toMatch(/^ {4}at /m);
  });
});

test('a reader that has seen enough of a stream ends the replay quietly', () => {
  const words = ['replay', '--strategy', 'sma-cross', '--quantity', '1', '--fill', 'next-open', '--stream'];
  const command = [process.execPath, program, ...words, '--data', `file://${folder}/archive`];
  const line = `${command.map((word) => `'${word}'`).join(' ')} | head -n 1`;
  const { stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8', timeout: 60_000 });
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'fill' });
  expect(stderr).not.toMatch(/EPIPE|^ {4}at /m);
});
