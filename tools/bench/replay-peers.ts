import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BarColumns } from './replay-bars-data.ts';

/** What an engine made of the bars: long only, one unit, in and out at the open of the bar after a crossing. */
export interface Outcome {
  readonly roundTrips: number;
  /** In quote currency. */
  readonly profit: number;
  readonly seconds: number;
}

const GRADEMARK = { grademark: '0.3.0', chai: '4.5.0' } as const;
const FOLDER = resolve('.cache/peers/grademark');

/** SMA crossover as bare as it can be written: sums, a comparison, two prices. No orders, gate, fees, guard or hash. */
export function plainLoop(bars: BarColumns, fast: number, slow: number): Outcome {
  const from = performance.now();
  const { open, close, length } = bars;
  let [fastSum, slowSum, sign, position, pending, entry, cash, roundTrips] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let at = 0; at < length; at++) {
    if (pending > 0 && position === 0) {
      position = 1;
      entry = open[at] as number;
    } else if (pending < 0 && position === 1) {
      position = 0;
      cash += (open[at] as number) - entry;
      roundTrips++;
    }
    pending = 0;
    fastSum += close[at] as number;
    slowSum += close[at] as number;
    if (at >= fast) fastSum -= close[at - fast] as number;
    if (at >= slow) slowSum -= close[at - slow] as number;
    if (at < slow - 1) continue;
    const difference = fastSum * slow - slowSum * fast;
    const next = difference > 0 ? 1 : difference < 0 ? -1 : sign;
    if (sign !== 0 && next !== sign) pending = next;
    sign = next;
  }
  return { roundTrips, profit: cash * bars.tick, seconds: (performance.now() - from) / 1000 };
}

/**
 * grademark, the backtesting library of npm, in a process of its own, on the same bars with the crossings worked out
 * before its clock starts. Fetched into the cache at its first use; undefined where it cannot be had.
 */
export function grademark(bars: BarColumns, fast: number, slow: number): Outcome | undefined {
  if (!installed()) return undefined;
  const file = join(FOLDER, 'bars.json');
  const { start, open, high, low, close, length, tick } = bars;
  const columns = [start, open, high, low, close].map((column) => Array.from(column.subarray(0, length)));
  writeFileSync(file, JSON.stringify({ columns, tick, fast, slow }));
  writeFileSync(join(FOLDER, 'run.cjs'), PROGRAM);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--max-old-space-size=8000', 'run.cjs', file], {
    cwd: FOLDER,
    encoding: 'utf8',
    maxBuffer: 1 << 20,
  });
  if (status === 0) return JSON.parse(stdout) as Outcome;
  process.stderr.write(`grademark ended with ${status}: ${stderr.slice(0, 500)}\n`);
  return undefined;
}

function installed(): boolean {
  if (existsSync(join(FOLDER, 'node_modules/grademark/package.json'))) return true;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify({ private: true, dependencies: GRADEMARK }));
  const { status, stderr } = spawnSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stderr.write(`grademark cannot be fetched, its ratio is left out: ${stderr.slice(0, 300)}\n`);
  }
  return status === 0;
}

/** Runs three times and tells the fastest. */
const PROGRAM = `
const { readFileSync } = require('node:fs');
const { DataFrame } = require('data-forge');
const { backtest } = require('grademark');
const { columns: [start, open, high, low, close], tick, fast, slow } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const rows = [];
let [fastSum, slowSum, sign] = [0, 0, 0];
for (let at = 0; at < start.length; at++) {
  const row = { time: new Date(start[at] / 1000), open: open[at] * tick, high: high[at] * tick, low: low[at] * tick, close: close[at] * tick, signal: 0 };
  rows.push(row);
  fastSum += close[at];
  slowSum += close[at];
  if (at >= fast) fastSum -= close[at - fast];
  if (at >= slow) slowSum -= close[at - slow];
  if (at < slow - 1) continue;
  const difference = fastSum * slow - slowSum * fast;
  const next = difference > 0 ? 1 : difference < 0 ? -1 : sign;
  if (sign !== 0 && next !== sign) row.signal = next;
  sign = next;
}
const strategy = {
  entryRule: (enter, { bar }) => { if (bar.signal > 0) enter(); },
  exitRule: (exit, { bar }) => { if (bar.signal < 0) exit(); },
};
let best;
for (let round = 0; round < 3; round++) {
  const from = performance.now();
  const trades = backtest(strategy, new DataFrame(rows));
  const seconds = (performance.now() - from) / 1000;
  const outcome = { roundTrips: trades.length, profit: trades.reduce((sum, { profit }) => sum + profit, 0), seconds };
  if (best === undefined || seconds < best.seconds) best = outcome;
}
process.stdout.write(JSON.stringify(best));
`;
