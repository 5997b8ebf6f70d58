import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SeededRandom } from '@portcullis/kernel';

/** Bars of one minute: microseconds, prices in ticks, volume in lots. */
export interface BarColumns {
  readonly length: number;
  readonly start: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** Quote currency of one tick. */
  readonly tick: number;
  readonly source: 'recorded' | 'generated';
}

const FOLDERS = ['binance-spot-BTCUSDT-1m-ohlcv', 'binance-spot-BTCUSDT-1m'];
const GENERATED_BARS = 1_050_373;
const MINUTE_MICROS = 60_000_000;
const TICKS_PER_UNIT = 100;
const LOTS_PER_UNIT = 100_000;
const MICROS_PER_MS = 1000;

/** The recorded bars of BTCUSDT, 2020 and 2021, or as many made up where they are not there. */
export function benchBars(): BarColumns {
  const root = join(process.env['PORTCULLIS_SHARED'] ?? resolve('../shared/data'), 'candles');
  const files = FOLDERS.map((folder) => join(root, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((file) => file.endsWith('.csv.gz'))
    .sort();
  if (files.length > 0) return recordedBars(files);
  process.stderr.write(`no recorded bars under ${root}: ${GENERATED_BARS} are made up\n`);
  return generatedBars(GENERATED_BARS, 'bench');
}

function emptyBars(length: number): Omit<BarColumns, 'source' | 'tick'> {
  const column = (): Float64Array => new Float64Array(length);
  return { length, start: column(), open: column(), high: column(), low: column(), close: column(), volume: column() };
}

function recordedBars(files: readonly string[]): BarColumns {
  const rows = new Map<number, readonly number[]>();
  for (const file of files) {
    for (const line of gunzipSync(readFileSync(file)).toString('latin1').split('\n')) {
      const [ms, open, high, low, close, volume] = line.split(',').map(Number);
      if (ms === undefined || volume === undefined || !Number.isFinite(ms)) continue;
      const prices = [open, high, low, close].map((price) => Math.round((price ?? 0) * TICKS_PER_UNIT));
      rows.set(ms, [...prices, Math.floor(volume * LOTS_PER_UNIT)]);
    }
  }
  const bars = emptyBars(rows.size);
  [...rows.keys()].sort((a, b) => a - b).forEach((ms, at) => setBar(bars, at, ms * MICROS_PER_MS, rows.get(ms) ?? []));
  return { ...bars, tick: 1 / TICKS_PER_UNIT, source: 'recorded' };
}

function setBar(bars: ReturnType<typeof emptyBars>, at: number, start: number, row: readonly number[]): void {
  const [open = 0, high = 0, low = 0, close = 0, volume = 0] = row;
  bars.start[at] = start;
  bars.open[at] = open;
  bars.high[at] = high;
  bars.low[at] = low;
  bars.close[at] = close;
  bars.volume[at] = volume;
}

/** A random walk with the recorded bars' rate of crossings, about 12 in a thousand for averages of 20 and 50. */
export function generatedBars(length: number, seed: string): BarColumns {
  const random = new SeededRandom(seed);
  const bars = emptyBars(length);
  let price = 3_000_000;
  for (let at = 0; at < length; at++) {
    const open = price;
    const steps = [0, 0, 0].map(() => random.integer(-1000, 1000));
    const close = Math.max(1000, open + (steps[0] ?? 0));
    const high = Math.max(open, close) + Math.abs(steps[1] ?? 0);
    const low = Math.max(1, Math.min(open, close) - Math.abs(steps[2] ?? 0));
    setBar(bars, at, 1_577_836_800_000_000 + at * MINUTE_MICROS, [
      open,
      high,
      low,
      close,
      random.integer(0, 1_000_000),
    ]);
    price = close;
  }
  return { ...bars, tick: 1 / TICKS_PER_UNIT, source: 'generated' };
}
