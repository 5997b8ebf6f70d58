import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Publisher } from '@portcullis/bus';
import { type RunProgress, type RunRequest, subjects } from '@portcullis/contracts';
import { eventually, RunningProgram, startBus, type TestBus } from '@portcullis/testkit';
import { barStore, type BarStore } from './bar-store.ts';
import { labConfig, LabClient, type RunView, smaRequest, writeStrategy } from './running-lab.ts';

const file = join(import.meta.dirname, '../dist/main.js');
const SLOW = `const end = performance.now() + 0.5; while (performance.now() < end) context.state.n += 1;`;

interface Replica {
  readonly program: RunningProgram;
  readonly lab: LabClient;
}

let bus: TestBus;
let store: BarStore;
const programs: RunningProgram[] = [];

beforeAll(async () => {
  bus = await startBus();
  store = await barStore(6);
});
afterAll(async () => {
  for (const program of programs) await program.end('SIGKILL');
  await bus?.stop();
  store?.remove();
});

async function replica(instance: string, more: Record<string, unknown> = {}): Promise<Replica> {
  const config = labConfig(store, {
    instance,
    workers: 1,
    bus: { servers: bus.servers, seedFile: bus.seedFile('strategyd') },
    ...more,
  });
  writeStrategy(config, 'slow', SLOW);
  const path = join(store.dir, `${instance}.json`);
  writeFileSync(path, JSON.stringify(config));
  const program = new RunningProgram(file, ['--config', path]);
  programs.push(program);
  const ready = await eventually(
    () => `${instance}: ${program.output}`,
    () => program.out.split('\n').find((line) => line.startsWith('{"ready"')),
  );
  return { program, lab: new LabClient((JSON.parse(ready) as { port: number }).port) };
}

/** The same run where nobody disturbs it, in a store of its own. */
async function uninterrupted(request: unknown): Promise<RunView> {
  const calm = await replica('calm', { bus: undefined, store: `file://${store.dir}/calm` });
  const { requestId } = await calm.lab.submit(request);
  const view = await calm.lab.until(requestId);
  await calm.program.end('SIGTERM');
  return view;
}

describe('two replicas', () => {
  test('a run whose replica is killed is done by the other one, with the same decisions', async () => {
    const request = { ...smaRequest(store.url), strategy: 'slow.ts', parameters: {} };
    const first = await replica('one');
    const { requestId } = await first.lab.submit(request);
    await eventually('it is under way', async () => {
      const view = await first.lab.run(requestId);
      return view.state === 'running' && view.share > 0.05 && view.share < 0.9;
    });
    const second = await replica('two');
    await first.program.end('SIGKILL');
    const ended = await second.lab.until(requestId);
    expect(ended).toMatchObject({ state: 'completed', instance: 'two', attempt: 2, reused: false });

    const calm = await uninterrupted(request);
    expect(calm.runId).toBe(ended.runId);
    expect(calm.manifest?.summary).toEqual(ended.manifest?.summary);
    await second.program.end('SIGTERM');
  });

  test('share a sweep, hear of each other, and take back by the bus', async () => {
    const [three, four] = await Promise.all([replica('three', { partRuns: 2 }), replica('four', { partRuns: 2 })]);
    const spec = {
      base: { ...smaRequest(store.url), strategy: 'sma-cross', parameters: { slow: 40, quantity: '1' } },
      space: { kind: 'grid', axes: [{ name: 'fast', from: 2, to: 25, step: 1 }] },
      objective: { statistic: 'pnl' },
    };
    const { body } = await three.lab.ask<RunProgress>('POST', '/v1/sweeps', { spec });
    const swept = await four.lab.untilSwept(body.requestId);
    expect(swept).toMatchObject({ state: 'completed', error: null });
    expect(swept.result?.rows).toHaveLength(24);
    expect((await three.lab.untilSwept(body.requestId)).result?.digest).toBe(swept.result?.digest);

    const operator = await bus.connectAs('operator');
    const request: RunRequest = {
      version: 1,
      requestId: 'by-hand',
      priority: 'high',
      by: 'operator',
      submittedAt: Date.now() * 1000,
      task: {
        kind: 'backtest',
        request: { strategy: 'slow.ts', parameters: { unused: 2 }, data: { url: store.url }, fill: 'next-open' },
      },
    };
    await new Publisher(operator).publish({
      subject: subjects.runRequest('high'),
      body: request,
      messageId: 'by-hand',
    });
    await three.lab.until('by-hand', 'running');
    const cancel = {
      version: 1,
      requestId: 'by-hand',
      by: 'operator',
      reason: 'changed my mind',
      at: Date.now() * 1000,
    };
    operator.nats.publish(subjects.runCancel('by-hand'), JSON.stringify(cancel));
    for (const { lab } of [three, four]) {
      expect(await lab.until('by-hand')).toMatchObject({ state: 'cancelled', error: 'changed my mind (operator)' });
    }
    expect(await three.program.end('SIGTERM')).toBe(0);
    expect(await four.program.end('SIGTERM')).toBe(0);
  });

  test('a replica that stops in order hands its run over, where it stands', async () => {
    const request = { ...smaRequest(store.url), strategy: 'slow.ts', parameters: { unused: 3 } };
    const five = await replica('five');
    const { requestId } = await five.lab.submit(request);
    await eventually('it is under way', async () => (await five.lab.run(requestId)).share > 0.2);
    expect(await five.program.end('SIGTERM')).toBe(0);
    const six = await replica('six');
    const ended = await six.lab.until(requestId);
    expect(ended).toMatchObject({ state: 'completed', instance: 'six', attempt: 2 });
    await six.program.end('SIGTERM');
    expect((await uninterrupted(request)).manifest?.summary).toEqual(ended.manifest?.summary);
  });
});

describe('the process', () => {
  test.each([
    ['an unknown flag', ['--fast'], /usage: --config FILE/],
    ['a missing configuration', ['--config', '/nowhere.json'], /nowhere\.json cannot be read \(ENOENT\)/],
  ])('%s ends it with a sentence', async (_what, args, message) => {
    const program = new RunningProgram(file, args);
    expect(await program.ended).toBe(1);
    expect(program.output).toMatch(message);
  });

  test.each([
    ['an unknown field', { speed: 1 }, /unknown field speed/],
    ['a store that is none', { store: 'http://x' }, /http:\/\/x is no store|http:\/\/ is not known/],
    ['a folder that is not there', { strategiesDir: '/nowhere/at/all' }, /strategiesDir is "\/nowhere\/at\/all"/],
    ['no workers', { workers: 0 }, /workers is 0/],
  ])('%s ends it with a sentence and no stack trace', async (_what, more, message) => {
    const path = join(store.dir, 'wrong.json');
    writeFileSync(
      path,
      JSON.stringify({ instance: 'wrong', healthPort: 0, store: `file://${store.dir}/wrong`, ...more }),
    );
    const program = new RunningProgram(file, ['--config', path]);
    expect(await program.ended).toBe(1);
    expect(program.output).toMatch(message);
    expect(program.output).not.toMatch(/^ {4}at /m);
  });
});
