import {
  type DataInfo,
  type EventSource,
  type FinishedBacktest,
  type InputBatch,
  loadStrategy,
  loadTape,
  prepareBacktest,
  runBacktest,
  type TapeContent,
} from '@portcullis/backtests';
import { priceTicks, quantityLots } from '@portcullis/kernel';
import type { BarInput } from '@portcullis/market';
import { btcusdt } from '@portcullis/testkit/instrument';
import { type BarColumns, benchBars } from './replay-bars-data.ts';
import { type Outcome, grademark, plainLoop } from './replay-peers.ts';
import type { Ratio } from './run-parts.ts';

const FAST = 20;
const SLOW = 50;
const ROUNDS = 5;
const MINUTE_MICROS = 60_000_000;
const BATCH_BARS = 8192;
const TAPE_BYTES_MAX = 512 * 1024 * 1024;

export const BENCH_INSTRUMENT = btcusdt({ venue: 'binance-spot', priceMax: '10000000', notionalMin: '0' });

/** Bars that lie in memory as the events that a kernel takes, as the peer's rows lie in memory too. */
class BarsInMemory implements EventSource {
  readonly info: DataInfo;
  readonly #batches: readonly InputBatch[];

  constructor(bars: BarColumns) {
    const events = Array.from({ length: bars.length }, (_, at) => barAt(bars, at));
    const batches: InputBatch[] = [];
    for (let from = 0; from < events.length; from += BATCH_BARS) {
      const own = events.slice(from, from + BATCH_BARS);
      const cursorAfter = (index: number) => cursorOf(own[index] as BarInput);
      batches.push({ events: own, cursorAfter });
    }
    this.#batches = batches;
    const { venue, symbol } = BENCH_INSTRUMENT;
    this.info = {
      ...{ url: 'memory:', digest: '0'.repeat(64), kinds: ['bar'], instruments: [{ venue, symbol }], streams: [] },
      ...{ rows: events.length, from: events[0]?.tsEvent ?? 0, to: events.at(-1)?.tsEvent ?? 0 },
    };
  }

  async *batches(): AsyncGenerator<InputBatch, void, undefined> {
    yield* this.#batches;
  }

  async quality(): Promise<[]> {
    return [];
  }
}

const cursorOf = ({ tsEvent, seq }: BarInput) => ({ tsEvent, seq, stream: 'bars', index: 0 });

function barAt({ start, open, high, low, close, volume }: BarColumns, at: number): BarInput {
  const from = start[at] as number;
  const end = from + MINUTE_MICROS;
  return {
    ...{ kind: 'bar', slot: 0, seq: at + 1, tsEvent: end - 1, tsInit: end },
    ...{ start: from, end, open: priceTicks(open[at] as number), high: priceTicks(high[at] as number) },
    ...{ low: priceTicks(low[at] as number), close: priceTicks(close[at] as number) },
    ...{ volume: quantityLots(volume[at] as number), count: 1 },
  };
}

/** The request of the benchmark and of the Show: one unit, long only, no fees, at the next open. */
export const BARS_REQUEST = {
  strategy: 'sma-cross',
  parameters: { fast: FAST, slow: SLOW, quantity: '1' },
  data: { url: 'memory:' },
  instruments: [BENCH_INSTRUMENT],
  fill: 'next-open',
} as const;

/** The bars in memory, for workers. */
export async function barsTape(): Promise<TapeContent> {
  const tape = await loadTape(new BarsInMemory(benchBars()), [BENCH_INSTRUMENT], TAPE_BYTES_MAX);
  if (tape === undefined) throw new Error('the bars do not fit');
  return tape.content;
}

async function ours(source: EventSource): Promise<FinishedBacktest> {
  const strategy = await loadStrategy(BARS_REQUEST.strategy);
  const prepared = await prepareBacktest(BARS_REQUEST, { source, strategy });
  const result = await runBacktest(prepared);
  if (result.status !== 'finished') throw new Error('the run did not finish');
  return result;
}

const middle = (seconds: readonly number[]): number =>
  [...seconds].sort((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? Number.NaN;

function ratio(bars: number, own: number, other: number): Ratio {
  return { ours: Math.round(bars / own), other: Math.round(bars / other), ratio: Number((other / own).toFixed(3)) };
}

/**
 * SMA 20/50 over the bars with gate, ordering guard and decision hash on: bars a second against the plain loop and
 * against grademark, all over rows that lie in memory. The rounds of ours and of the plain loop take turns; the middle one counts.
 */
export async function benchBarsReplay(): Promise<Record<string, Ratio>> {
  const bars = benchBars();
  const source = new BarsInMemory(bars);
  const seconds: number[] = [];
  const plain: Outcome[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const { summary, timing } = await ours(source);
    const loop = plainLoop(bars, FAST, SLOW);
    if (summary.roundTrips !== loop.roundTrips || Math.abs(Number(summary.pnl) - loop.profit) > 0.005) {
      throw new Error(`${summary.roundTrips} round trips, ${summary.pnl}; the loop has ${JSON.stringify(loop)}`);
    }
    process.stderr.write(`  round ${round}: ${timing.barsPerSecond} bars/s, ${summary.decisionHash.slice(0, 16)}\n`);
    // The first round warms the compiler.
    if (round === 0) continue;
    seconds.push(timing.replaySeconds);
    plain.push(loop);
  }
  const own = middle(seconds);
  const label = `${bars.length} ${bars.source} bars`;
  const peer = grademark(bars, FAST, SLOW);
  return {
    [`${label} vs plain loop`]: ratio(bars.length, own, middle(plain.map((loop) => loop.seconds))),
    ...(peer && { [`${label} vs grademark (no gate, fees, orders)`]: ratio(bars.length, own, peer.seconds) }),
  };
}
