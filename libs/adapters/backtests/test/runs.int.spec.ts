import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formatDecimal, SeededRandom } from '@portcullis/kernel';
import { openObjectStore } from '@portcullis/objects';
import {
  type BacktestRequestInput,
  type BacktestResult,
  type BacktestSnapshot,
  type FinishedBacktest,
  loadTape,
  openDataset,
  type PreparedBacktest,
  prepareBacktest,
  recordBacktest,
  runBacktest,
  type RunHooks,
  runInWorker,
  RunStore,
  WorkerPool,
  type WorkerResult,
} from '../src/index.ts';
import { barEvents, DAY, type GeneratedBar, GeneratedStore, MINUTE, walk } from './generated-store.ts';
import { plainSmaCross } from './plain-loop.ts';

const BARS = 3 * 1440;
const bars = walk('runs', BARS);
const others = walk('others', BARS, DAY);
let store: GeneratedStore;
const prepared: PreparedBacktest[] = [];

beforeAll(async () => {
  store = new GeneratedStore();
  await store.write([...barEvents(bars), ...barEvents(others, 'ETHUSDT')]);
});
afterAll(async () => {
  for (const one of prepared) await one.close();
  await store.close();
});

function request(more: Partial<BacktestRequestInput> = {}): BacktestRequestInput {
  return {
    strategy: 'sma-cross',
    parameters: { fast: 5, slow: 20, quantity: '1' },
    data: { url: store.url, symbols: ['BTCUSDT'] },
    fill: 'next-open',
    ...more,
  };
}

async function ready(
  more: Partial<BacktestRequestInput> = {},
  ...rest: Parameters<typeof prepareBacktest> extends [unknown, ...infer R] ? R : never
) {
  const one = await prepareBacktest(request(more), ...rest);
  prepared.push(one);
  return one;
}

async function finished(one: PreparedBacktest, hooks?: RunHooks): Promise<FinishedBacktest> {
  return whole(await runBacktest(one, hooks));
}

function whole(result: BacktestResult | WorkerResult): FinishedBacktest {
  if (result.status !== 'finished') throw new Error('the run is paused');
  return result;
}

describe('a moving average cross', () => {
  test.each([
    [5, 20, '1', 'BTCUSDT', 0, BARS],
    [3, 7, '0.5', 'BTCUSDT', 0, BARS],
    [20, 50, '2', 'ETHUSDT', 0, BARS],
    [1, 2, '1', 'ETHUSDT', 100, 3000],
    [10, 11, '0.001', 'BTCUSDT', 1500, 4000],
    [30, 200, '3', 'ETHUSDT', 1, 4001],
  ])(
    '%i and %i with %s of %s, bars %i to %i, agrees with a plain loop',
    async (fast, slow, quantity, symbol, first, end) => {
      const from = DAY + (first + 1) * MINUTE - 1;
      const to = DAY + (end + 1) * MINUTE - 1;
      const data = { url: store.url, symbols: [symbol], from, to };
      const { summary } = await finished(await ready({ parameters: { fast, slow, quantity }, data }));
      const part: readonly GeneratedBar[] = (symbol === 'BTCUSDT' ? bars : others).slice(first, end);
      const plain = plainSmaCross(part, { fast, slow, lots: Number(quantity) * 1000 });
      // Ticks of 0.01 times lots of 0.001.
      expect(summary).toMatchObject({
        state: 'completed',
        events: end - first,
        roundTrips: plain.roundTrips,
        pnl: formatDecimal(plain.profit, 5),
      });
      expect(plain.roundTrips).toBeGreaterThan(5);
    },
  );

  test('on two instruments at once is refused by a strategy for one, with the field', async () => {
    await expect(ready({ data: { url: store.url } })).rejects.toThrow(/instruments/);
  });
});

describe('the same run', () => {
  let plain: FinishedBacktest;
  let one: PreparedBacktest;
  beforeAll(async () => {
    one = await ready();
    plain = await finished(one);
  });

  test('decides the same, again', async () => {
    const again = await finished(await ready());
    expect(again.summary).toEqual(plain.summary);
    expect(again.statistics).toEqual(plain.statistics);
    expect(again.equity).toEqual(plain.equity);
  });

  test('from a tape', async () => {
    const definitions = one.request.instruments ?? [];
    const tape = await loadTape(one.source, definitions, 1e9);
    const fromTape = await finished(await ready({ instruments: [...definitions] }, { source: tape! }));
    expect(fromTape.summary).toEqual(plain.summary);
  });

  test('in 8 runs at once on one thread', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, async () => finished(await ready())));
    expect(new Set(all.map(({ summary }) => JSON.stringify(summary)))).toEqual(
      new Set([JSON.stringify(plain.summary)]),
    );
  });

  test('in a worker, and in 8 runs of two workers over one tape', async () => {
    const alone = whole(await runInWorker(request()));
    expect(alone.summary).toEqual(plain.summary);
    const definitions = [...(one.request.instruments ?? [])];
    const tape = await loadTape(one.source, definitions, 1e9);
    const pool = new WorkerPool({ workers: 2 });
    try {
      const runs = Array.from({ length: 8 }, () =>
        pool.run(request({ instruments: definitions }), { tape: tape!.content }),
      );
      expect(pool.running).toBe(2);
      const all = (await Promise.all(runs)).map(whole);
      expect(new Set(all.map(({ summary }) => JSON.stringify(summary)))).toEqual(
        new Set([JSON.stringify(plain.summary)]),
      );
    } finally {
      await pool.close();
    }
  }, 120_000);

  test('stopped at any event and gone on with', async () => {
    const random = new SeededRandom('stops');
    for (let round = 0; round < 5; round++) {
      let resume: BacktestSnapshot | undefined;
      const stops = [random.integer(1, BARS / 2), random.integer(BARS / 2 + 1, BARS - 1)];
      for (const stopAfter of stops) {
        const result = await runBacktest(await ready(), { stopAfter, ...(resume && { resume }) });
        if (result.status !== 'paused') throw new Error('the run went on');
        resume = JSON.parse(JSON.stringify(result.snapshot)) as BacktestSnapshot;
        expect(resume.events).toBe(stopAfter);
      }
      const { summary, statistics, equity } = await finished(await ready(), { resume: resume! });
      expect(summary).toEqual(plain.summary);
      expect({ statistics, equity }).toEqual({ statistics: plain.statistics, equity: plain.equity });
    }
  }, 120_000);

  test('with its snapshots taken by the way', async () => {
    const snapshots: number[] = [];
    const onSnapshot = ({ events }: BacktestSnapshot): void => void snapshots.push(events);
    expect((await finished(await ready(), { snapshotEvery: 1000, onSnapshot })).summary).toEqual(plain.summary);
    expect(snapshots).toEqual([1000, 2000, 3000, 4000]);
  });
});

describe('a run that was stopped', () => {
  test('does not go on with other data, configuration or code', async () => {
    const result = await runBacktest(await ready(), { stopAfter: 100 });
    if (result.status !== 'paused') throw new Error('the run went on');
    const { snapshot } = result;
    const other = { ...request().data, to: DAY + 2000 * MINUTE };
    const of = (digest: 'data' | 'config' | 'code') => snapshot.digests[digest];
    const goOn = async (more: Partial<BacktestRequestInput>) => runBacktest(await ready(more), { resume: snapshot });
    await expect(goOn({ data: other })).rejects.toMatchObject({
      trouble: 'other-run',
      message: expect.stringMatching(new RegExp(`its data has digest ${of('data')}, that of this run is [0-9a-f]{64}`)),
    });
    await expect(goOn({ seed: '1' })).rejects.toThrow(`its configuration has digest ${of('config')}`);
    const changed = { ...snapshot, digests: { ...snapshot.digests, code: '0'.repeat(64) } };
    await expect(runBacktest(await ready(), { resume: changed })).rejects.toThrow(
      `its code has digest ${'0'.repeat(64)}`,
    );
  });

  test('goes on with its lists and its report', async () => {
    const runs = new RunStore(openObjectStore(`file://${store.dir}/lab`));
    const fills = async (runId: string) => {
      const found: unknown[] = [];
      for await (const fill of runs.records(runId, 'fills')) found.push(fill);
      return found;
    };
    const straight = await recordBacktest(await ready(), { runs });
    const wanted = await fills(straight.runId);
    expect(wanted.length).toBeGreaterThan(100);
    await runs.delete(straight.runId);
    const paused = await recordBacktest(await ready(), { runs, hooks: { stopAfter: 2500 } });
    if (paused.status !== 'paused') throw new Error('the run went on');
    expect(await runs.manifest(paused.runId)).toBeUndefined();
    const hooks = { resume: (await runs.snapshot(paused.runId))!.snapshot };
    const resumed = await recordBacktest(await ready(), { runs, hooks, report: true });
    expect(await fills(resumed.runId)).toEqual(wanted);
    expect(resumed).toMatchObject({ report: expect.stringContaining('<html') as unknown as string });
    expect(await runs.manifest(resumed.runId)).toMatchObject({
      instrumentsInferred: true,
      summary: { roundTrips: Math.floor(wanted.length / 2) },
      request: { limits: { entries: [{ scope: 'account' }] } },
    });
    const again = await recordBacktest(await ready(), { runs, reuse: true });
    expect(again).toMatchObject({ status: 'finished', reused: true, summary: { runId: resumed.runId } });
  });
});

describe('data', () => {
  test('of which one number is another one decides otherwise', async () => {
    const plain = await finished(await ready());
    const changed = new GeneratedStore();
    try {
      const others = bars.map((bar, index) => (index === 2000 ? { ...bar, volume: bar.volume + 1 } : bar));
      await changed.write(barEvents(others));
      const { summary } = await finished(await ready({ data: { url: changed.url } }));
      expect(summary.pnl).toBe(plain.summary.pnl);
      expect(summary.decisionHash).not.toBe(plain.summary.decisionHash);
    } finally {
      await changed.close();
    }
  });

  test('with events twice ends a strict run, and is counted by one that warns', async () => {
    const twice = new GeneratedStore();
    try {
      await twice.write([...barEvents(bars), ...barEvents(bars.slice(700, 702))]);
      const strict = await finished(await ready({ data: { url: twice.url } }));
      expect(strict.summary).toMatchObject({
        state: 'failed',
        failure: expect.stringMatching(/came twice/) as unknown as string,
      });
      const warned = await finished(await ready({ data: { url: twice.url }, ordering: 'WARN' }));
      expect(warned.summary).toMatchObject({ state: 'completed', duplicates: 2 });
      const plain = await finished(await ready({ ordering: 'WARN' }));
      expect(warned.summary.pnl).toBe(plain.summary.pnl);
    } finally {
      await twice.close();
    }
  });

  test('that does not fit is counted and left out', async () => {
    const odd = new GeneratedStore();
    try {
      const events = barEvents(bars.slice(0, 1000));
      events[100] = { ...events[100]!, low: 0 } as (typeof events)[number];
      events[200] = { ...events[200]!, high: 1 } as (typeof events)[number];
      await odd.write(events);
      const logged: string[] = [];
      const sink = { log: (_: string, message: string) => void logged.push(message) };
      const { summary } = await finished(await ready({ data: { url: odd.url } }), { sink });
      expect(summary).toMatchObject({ state: 'completed', malformed: 2 });
      expect(logged.some((message) => /low 0/.test(message))).toBe(true);
    } finally {
      await odd.close();
    }
  });
});

describe('a request that cannot be meant is refused with the field and what is expected', () => {
  test.each([
    [{ strategy: 'sma' }, /strategy is "sma", expected one of .*sma-cross/],
    [{ parameters: { fast: 5, slow: 20, quantity: '1', colour: 'red' } }, /parameters.*colour/],
    [{ parameters: { fast: 'many', slow: 20, quantity: '1' } }, /parameters.fast is .*many.*, expected/],
    [
      { parameters: { fast: 50, slow: 20, quantity: '1' } },
      /parameters.fast is .*50.*, expected fewer samples than slow/,
    ],
    [{ parameters: { fast: 5, slow: 20, quantity: '0.0000000001' } }, /parameters.quantity/],
    [{ fill: 'close' as 'quotes' }, /fill is "close", expected one of "next-open"/],
    [{ fill: 'quotes' as const }, /fill is "quotes", expected next-open, .*: quotes needs quote events/],
    [{ seeds: 1 } as object, /seeds is "1", expected no such field/],
    [{ fees: [{ volumeFrom: '0', maker: '10', taker: '0' }] }, /fees.0.maker is "10", expected a fraction/],
    [{ fees: [] }, /fees is "\[\]"/],
    [{ latency: { feedMicros: -1 } }, /latency.feedMicros is "-1"/],
    [{ limits: { limitsVersion: 1, entries: [{ scope: 'all', limits: {} }] } }, /limits.entries.0.scope/],
    [{ account: { balances: { USDT: '-5' } } }, /account.balances/],
    [{ account: { currency: 'NONE' } }, /currency/],
  ] as [Partial<BacktestRequestInput>, RegExp][])('%j', async (more, expected) => {
    await expect(ready(more)).rejects.toMatchObject({ trouble: 'input', message: expect.stringMatching(expected) });
  });

  test('instruments that are not those of the data', async () => {
    const dataset = await openDataset(request().data);
    const [definition] = await dataset.instruments();
    await dataset.close();
    await expect(ready({ instruments: [{ ...definition!, symbol: 'XRPUSDT' }] })).rejects.toThrow(
      /instruments is "XRPUSDT.binance-spot", expected also one of BTCUSDT.binance-spot/,
    );
    await expect(ready({ instruments: [{ ...definition!, tickSize: '0' }] })).rejects.toThrow(/tickSize/);
  });
});
