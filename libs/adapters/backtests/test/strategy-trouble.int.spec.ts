import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BacktestRequestInput, runInWorker, WorkerPool } from '../src/index.ts';
import { barEvents, GeneratedStore, walk } from './generated-store.ts';

let store: GeneratedStore;
let pool: WorkerPool;
beforeAll(async () => {
  store = new GeneratedStore();
  await store.write(barEvents(walk('trouble', 600)));
  pool = new WorkerPool({ workers: 2, timeBudgetMs: 4000, memoryMb: 160 });
});
afterAll(async () => {
  await pool.close();
  await store.close();
});

/** A strategy file whose `onBar` does something. */
function strategy(name: string, onBar: string): string {
  const path = join(store.dir, `${name}.ts`);
  const text = `import { defineStrategy, z } from '@portcullis/strategy';

export default defineStrategy({
  name: '${name}',
  parameters: z.strictObject({}),
  state: () => ({ bars: 0, list: [] as unknown[] }),
  onBar(context, bar) {
    const { state } = context;
    state.bars += 1;
    ${onBar}
  },
});
`;
  writeFileSync(path, text);
  return path;
}

function request(file: string, more: Partial<BacktestRequestInput> = {}): BacktestRequestInput {
  return { strategy: file, data: { url: store.url }, fill: 'next-open', ...more };
}

// In a worker, because files are loaded by node itself, which a test's own module loader keeps from this process.
async function summaryOf(file: string, more: Partial<BacktestRequestInput> = {}) {
  const result = await pool.run(request(file, more));
  if (result.status !== 'finished') throw new Error('the run is paused');
  return result.summary;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a strategy that throws', () => {
  test('ends its run, is skipped, or is quarantined', async () => {
    const file = strategy('thrower', `if (state.bars % 100 === 0) throw new Error('at bar ' + String(state.bars));`);
    expect(await summaryOf(file)).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('at bar 100') as unknown as string,
    });
    expect(await summaryOf(file, { errorPolicy: 'SKIP_AND_LOG' })).toMatchObject({ state: 'completed', errors: 6 });
    expect(await summaryOf(file, { errorPolicy: 'SKIP_AND_LOG', errorsMax: 2 })).toMatchObject({
      state: 'quarantined',
    });
    expect(await summaryOf(file, { errorPolicy: 'QUARANTINE' })).toMatchObject({ state: 'quarantined', errors: 1 });
  });
});

describe('a strategy that asks for what cannot be', () => {
  test.each(['Number.NaN', '0.5', '-1', '2 ** 60', 'Infinity', '"1" as never', 'undefined as never'])(
    'a size of %s',
    async (size) => {
      const file = strategy('sizes', `context.submit({ side: 'buy', type: 'market', quantity: (${size}) as never });`);
      expect(await summaryOf(file)).toMatchObject({ state: 'failed', intents: 0, fills: 0 });
      expect(await summaryOf(file, { errorPolicy: 'SKIP_AND_LOG', errorsMax: 1000 })).toMatchObject({
        state: 'completed',
        errors: 600,
        intents: 0,
      });
    },
  );

  test('a million intents are denied, or end the run, and are counted', async () => {
    const file = strategy(
      'flood',
      `for (let i = 0; i < 1700; i++) context.submit({ side: 'buy', type: 'market', quantity: 1 as never });`,
    );
    const limits = {
      limitsVersion: 1,
      entries: [
        {
          scope: 'account',
          limits: {
            ...{
              orderNotionalMax: '1000000000',
              positionMax: '1000000',
              collarBasisPoints: 100,
              spreadBasisPointsMax: 100,
            },
            ...{
              markAgeMillisMax: 86_400_000,
              orderRate: { count: 10, windowMillis: 60_000 },
              reductionRate: { count: 10, windowMillis: 1000 },
            },
          },
        },
      ],
    };
    const summary = await summaryOf(file, { limits, errorPolicy: 'SKIP_AND_LOG', errorsMax: 1_000_000 });
    expect(summary.intents + summary.errors).toBeGreaterThan(0);
    expect(summary.approved).toBeLessThanOrEqual(10 * 600);
    expect(summary.denied).toBe(summary.intents - summary.approved);
  }, 120_000);
});

describe('a strategy that does not come back, or keeps growing', () => {
  test('is ended with a clear error, and the others are unharmed', async () => {
    const loop = strategy('looper', `if (state.bars === 300) for (;;) state.list.length = 0;`);
    const grow = strategy(
      'grower',
      `if (state.bars === 300) { const all: unknown[] = []; for (;;) all.push(new Array(1000).fill(String(all.length))); }`,
    );
    const outside = strategy(
      'outside',
      `if (state.bars === 300) for (;;) state.list.push(new Uint8Array(1 << 24).fill(1));`,
    );
    const abort = strategy('abort', `if (state.bars === 300) process.abort();`);
    const exit = strategy('exit', `if (state.bars === 300) process.exit(0);`);
    const good = strategy(
      'good',
      `if (state.bars % 50 === 0) context.submit({ side: 'buy', type: 'market', quantity: 1000 as never });`,
    );
    const alone = await summaryOf(good);
    expect(alone).toMatchObject({ state: 'completed', fills: 11 });
    const [looped, grown, grownOutside, aborted, exited, ...rest] = await Promise.allSettled([
      pool.run(request(loop)),
      pool.run(request(grow)),
      pool.run(request(outside)),
      pool.run(request(abort)),
      pool.run(request(exit)),
      ...Array.from({ length: 4 }, () => pool.run(request(good))),
    ]);
    expect(looped).toMatchObject({
      status: 'rejected',
      reason: {
        trouble: 'time-budget',
        message: 'the strategy did not come back within its time budget of 4000 ms; the run was ended',
      },
    });
    const tooMuch = {
      status: 'rejected',
      reason: {
        trouble: 'memory',
        message: 'the run needed more than the 160 MiB of memory that it may have; it was ended',
      },
    };
    expect(grown).toMatchObject(tooMuch);
    expect(grownOutside).toMatchObject(tooMuch);
    expect(aborted).toMatchObject({
      reason: { trouble: 'crash', message: 'the worker process ended by SIGABRT' },
    });
    expect(exited).toMatchObject({
      reason: { trouble: 'crash', message: 'the worker process ended with exit code 0' },
    });
    for (const one of rest) {
      expect(one).toMatchObject({ status: 'fulfilled', value: { summary: { decisionHash: alone.decisionHash } } });
    }
  }, 120_000);

  test('that loops does not outlive the process that started it', async () => {
    const loop = strategy('orphan', `if (state.bars === 300) for (;;) state.list.length = 0;`);
    const script = `
      import { BacktestWorker } from '@portcullis/backtests';
      const worker = new BacktestWorker({ timeBudgetMs: 600_000 });
      console.log(worker.pid);
      await worker.run(${JSON.stringify(request(loop))});`;
    const parent = spawn(
      process.execPath,
      ['--conditions=@portcullis/source', '--input-type=module-typescript', '--eval', script],
      { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [told] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
    const pid = Number(told);
    expect(isAlive(pid)).toBe(true);
    // Whatever it is doing at that moment.
    await sleep(2000);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    while (isAlive(pid)) await sleep(50);
  }, 60_000);

  test('a run in a worker is refused, paused and gone on with as any other', async () => {
    const file = strategy(
      'steady',
      `if (state.bars % 50 === 0) context.submit({ side: 'buy', type: 'market', quantity: 1000 as never });`,
    );
    const alone = await summaryOf(file);
    await expect(runInWorker(request('./none.ts'))).rejects.toMatchObject({ trouble: 'input' });
    const paused = await runInWorker(request(file), { stopAfter: 321 });
    if (paused.status !== 'paused') throw new Error('the run went on');
    const resumed = await runInWorker(request(file), { resume: paused.snapshot });
    expect(resumed).toMatchObject({ status: 'finished', summary: alone });
  }, 120_000);
});
