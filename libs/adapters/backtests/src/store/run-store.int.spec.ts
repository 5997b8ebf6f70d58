import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { openObjectStore } from '@portcullis/objects';
import type { FillRecord, ReplaySummary } from '@portcullis/replay';
import type { BacktestSnapshot } from '../run/backtest.ts';
import { compareRuns, type ComparedRun } from './compare-runs.ts';
import { RunStore } from './run-store.ts';
import { type RunRecord, RunWriter } from './run-writer.ts';

const dir = mkdtempSync(join(tmpdir(), 'portcullis-run-store-'));
const store = openObjectStore(`file://${dir}`);
const runs = new RunStore(store);

afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

function fill(order: number, price = '100.5'): FillRecord {
  return {
    ...{ at: order * 1000, order, clientOrderId: `x${order}`, instrument: 'BTCUSDT.binance-spot', side: 'buy', price },
    ...{ quantity: '1', fee: '0', feeCurrency: 'USDT', liquidity: 'taker', position: String(order) },
  };
}

const digest = (of: string): string => of.repeat(64);

function record(runId: string, decisionHash = digest('d')): RunRecord {
  const summary = { runId, strategy: 'mine', state: 'completed', decisionHash, events: 10 } as unknown as ReplaySummary;
  const digests = { data: digest('a'), code: digest('b'), config: digest('c') };
  const timing = { seconds: 1, dataSeconds: 0.5, replaySeconds: 0.5, eventsPerSecond: 20, barsPerSecond: 20 };
  return {
    ...{ runId, createdAt: 1, digests, summary, timing, attributes: {}, quality: [], instrumentsInferred: true },
    ...({ request: {}, config: { seed: '0' }, data: {} } as Pick<RunRecord, 'request' | 'config' | 'data'>),
    finished: {
      summary,
      statistics: { sharpe: 1.5 },
      equity: [{ at: 1, equity: '5', exposure: '0' }],
    } as unknown as RunRecord['finished'],
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function written(runId: string, fills: readonly FillRecord[], decisionHash?: string): Promise<void> {
  const writer = await RunWriter.open(runs, runId);
  for (const one of fills) writer.fill(one);
  await writer.commit(record(runId, decisionHash), '<html></html>');
  await writer.close();
}

describe('a run in a store', () => {
  test('is there once its manifest is', async () => {
    const writer = await RunWriter.open(runs, 'rp-whole');
    const fills = Array.from({ length: 5000 }, (_, index) => fill(index + 1));
    for (const one of fills) writer.fill(one);
    writer.log('warn', 'told', 5);
    expect(await runs.manifest('rp-whole')).toBeUndefined();
    await writer.commit(record('rp-whole'), '<html></html>');
    await writer.close();
    expect(await runs.manifest('rp-whole')).toMatchObject({ runId: 'rp-whole', summary: { events: 10 } });
    expect(await all(runs.records('rp-whole', 'fills'))).toEqual(fills);
    expect(await all(runs.records('rp-whole', 'denials'))).toEqual([]);
    expect(await all(runs.records('rp-whole', 'log'))).toEqual([{ at: 5, level: 'warn', message: 'told' }]);
    expect(await runs.statistics('rp-whole')).toEqual({ sharpe: 1.5 });
    expect(Buffer.from((await runs.report('rp-whole'))!).toString()).toBe('<html></html>');
    expect((await all(runs.list())).map(({ runId }) => runId)).toEqual(['rp-whole']);
  });

  test('waits with its lists while it is paused', async () => {
    const before = await RunWriter.open(runs, 'rp-paused');
    before.fill(fill(1));
    before.fill(fill(2));
    const snapshot = { version: 1, runId: 'rp-paused', events: 7 } as unknown as BacktestSnapshot;
    await before.pause(snapshot);
    await before.close();
    expect(await runs.snapshot('rp-paused')).toMatchObject({ snapshot, records: { fills: 2 } });
    // A pause that was killed between its lists and its snapshot.
    await store.put(
      'runs/rp-paused/paused/fills.ndjson',
      Buffer.from([1, 2, 3, 4].map((n) => `${JSON.stringify(fill(n))}\n`).join('')),
    );
    const other = { ...snapshot, events: 6 };
    await expect(RunWriter.open(runs, 'rp-paused', other)).rejects.toThrow(/after 6 events, but .* after 7 events/);
    await expect(RunWriter.open(runs, 'rp-none', other)).rejects.toThrow(/has nothing of it/);
    const after = await RunWriter.open(runs, 'rp-paused', snapshot);
    expect(await all(after.earlier('fills'))).toEqual([fill(1), fill(2)]);
    after.fill(fill(3));
    await after.commit(record('rp-paused'), undefined);
    await after.close();
    expect(await all(runs.records('rp-paused', 'fills'))).toEqual([fill(1), fill(2), fill(3)]);
    expect(await runs.snapshot('rp-paused')).toBeUndefined();
    expect((await runs.manifest('rp-paused'))?.files.find(({ name }) => name === 'fills.ndjson')).toMatchObject({
      records: 3,
    });
  });

  test('is gone when it is deleted', async () => {
    await written('rp-gone', [fill(1)]);
    await runs.delete('rp-gone');
    expect(await runs.manifest('rp-gone')).toBeUndefined();
    expect(await all(runs.records('rp-gone', 'fills'))).toEqual([]);
  });

  test.each(['../x', '', 'a/b', 'A'])('with the id %j is none', async (id) => {
    await expect(runs.manifest(id)).rejects.toThrow(/run is .*, expected the id of a run/);
  });

  test('whose manifest is something else is told', async () => {
    await store.put('runs/rp-odd/manifest.json', Buffer.from('{"version":1,"runId":"rp-odd"}'));
    await expect(runs.manifest('rp-odd')).rejects.toThrow(
      /runs\/rp-odd\/manifest.json is no manifest of a run: createdAt/,
    );
    await store.put('runs/rp-odd/manifest.json', Buffer.from('{'));
    await expect(runs.manifest('rp-odd')).rejects.toThrow(/it is not JSON/);
    await runs.delete('rp-odd');
  });
});

describe('two runs side by side', () => {
  async function compared(runId: string): Promise<ComparedRun> {
    const manifest = (await runs.manifest(runId))!;
    const { digests, summary, config } = manifest;
    return { name: runId, runId, digests, summary, statistics: await runs.statistics(runId), config, runs };
  }

  test('show where they part', async () => {
    await written('rp-one', [fill(1), fill(2), fill(3)]);
    await written('rp-other', [fill(1), fill(2, '101'), fill(3)], digest('e'));
    const found = await compareRuns(await compared('rp-one'), await compared('rp-other'));
    expect(found).toMatchObject({ sameDecisions: false, digests: [], config: [] });
    expect(found.summary.map(({ field }) => field)).toEqual(['runId', 'decisionHash']);
    expect(found.first).toEqual({ list: 'fills', index: 1, at: 2000, one: fill(2), other: fill(2, '101') });
  });

  test('that are equal part nowhere', async () => {
    const found = await compareRuns(await compared('rp-one'), await compared('rp-one'));
    expect(found).toMatchObject({ sameDecisions: true, digests: [], config: [], summary: [], first: undefined });
  });

  test('of which one goes on longer part at its end', async () => {
    await written('rp-short', [fill(1)]);
    const { first } = await compareRuns(await compared('rp-one'), await compared('rp-short'));
    expect(first).toEqual({ list: 'fills', index: 1, at: 2000, one: fill(2), other: undefined });
  });
});
