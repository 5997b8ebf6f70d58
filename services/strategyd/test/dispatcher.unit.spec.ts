import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunPriority, RunProgress, RunRequest } from '@portcullis/contracts';
import { type ObjectStore, openObjectStore } from '@portcullis/objects';
import { eventually } from '@portcullis/testkit';
import { RequestStore } from '../src/outbound/request-store.ts';
import { Dispatcher } from '../src/state/dispatcher.ts';
import { LocalQueue } from '../src/state/local-queue.ts';
import { RunTable } from '../src/state/run-table.ts';
import type { Task } from '../src/state/task-source.ts';

let dir = '';
let store: ObjectStore;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-queue-'));
  store = openObjectStore(`file://${dir}`);
});
afterAll(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const request = (requestId: string, priority: RunPriority, submittedAt = 1): RunRequest => ({
  version: 1,
  requestId,
  priority,
  by: 'test',
  submittedAt,
  task: { kind: 'backtest', request: {} },
});

describe('the queue of an instance without a bus', () => {
  test('survives the end of its process, in order, and counts what ends it', async () => {
    const requests = new RequestStore(store, 'alone-1');
    const first = new LocalQueue(requests);
    for (const [id, priority, at] of [
      ['b', 'normal', 2],
      ['a', 'normal', 1],
      ['l', 'low', 0],
      ['h', 'high', 9],
    ] as const) {
      await first.submit(request(id, priority, at));
    }
    expect(await first.take()).toMatchObject({ request: { requestId: 'h' }, attempt: 1 });
    expect(await first.waiting('normal')).toBe(2);

    // As if it had been killed with the urgent one under way.
    const second = new LocalQueue(requests);
    await second.reopen();
    const again = await second.take();
    expect(again).toMatchObject({ request: { requestId: 'h' }, attempt: 2 });
    await again?.done();
    const a = await second.take();
    expect(a?.request.requestId).toBe('a');
    await a?.release();
    expect(await second.take()).toMatchObject({ request: { requestId: 'a' }, attempt: 1 });

    const third = new LocalQueue(requests);
    await third.reopen();
    const order: (string | undefined)[] = [];
    for (let task = await third.take(); task !== undefined; task = await third.take()) {
      order.push(task.request.requestId);
    }
    expect(order).toEqual(['a', 'b', 'l']);
    const other = new LocalQueue(new RequestStore(store, 'alone-2'));
    await other.reopen();
    expect(await other.take()).toBeUndefined();
  });
});

describe('the dispatcher', () => {
  test('runs as many as it has slots, goes on when one ends, and waits for all at its own end', async () => {
    const queue = new LocalQueue(new RequestStore(store, 'slots'));
    const running: { readonly id: string; end(): void }[] = [];
    const errors: Error[] = [];
    const work = ({ request: { requestId: id } }: Task): Promise<void> =>
      new Promise((end) => {
        running.push({ id, end });
      });
    const dispatcher = new Dispatcher(queue, 2, work, (error) => errors.push(error));
    dispatcher.start();
    for (const id of ['1', '2', '3', '4']) await queue.submit(request(id, 'normal'));
    await eventually('two', () => running.length === 2);
    expect(dispatcher.running).toBe(2);
    running[0]?.end();
    await eventually('a third', () => running.length === 3);
    const closed = dispatcher.close();
    running[1]?.end();
    running[2]?.end();
    await closed;
    expect(running.map(({ id }) => id)).toEqual(['1', '2', '3']);
    expect(errors).toEqual([]);
  });
});

describe('the list', () => {
  const told = (requestId: string, state: RunProgress['state'], at: number, submittedAt = 1): RunProgress => ({
    version: 1,
    requestId,
    kind: 'backtest',
    strategy: 's',
    runId: `rp-${requestId}`,
    sweepId: null,
    priority: 'normal',
    state,
    instance: 'i',
    attempt: 1,
    share: 0,
    events: 0,
    error: null,
    reused: false,
    submittedAt,
    at,
  });

  test('keeps the newest word of each request; an end is undone by another submission alone', () => {
    const table = new RunTable();
    table.note(told('a', 'running', 5));
    table.note(told('a', 'queued', 4));
    expect(table.get('a')?.state).toBe('running');
    table.note(told('a', 'completed', 6));
    table.note(told('a', 'completed', 6));
    table.note(told('a', 'running', 7));
    expect(table.get('a')?.state).toBe('completed');
    expect(table.ends).toEqual({ completed: 1, failed: 0, cancelled: 0 });
    table.note(told('a', 'queued', 8, 8));
    table.note(told('a', 'failed', 9, 1));
    expect(table.ofRun('rp-a')?.state).toBe('queued');
    table.recall(told('b', 'failed', 1));
    expect(table.list().map(({ requestId }) => requestId)).toEqual(['a', 'b']);
    expect(table.ends.failed).toBe(0);
  });

  test('is bounded: the oldest ends make room', () => {
    const table = new RunTable();
    table.note(told('live', 'running', 0));
    for (let at = 1; at <= 10_100; at++) table.note(told(`r${at}`, 'completed', at));
    expect(table.list()).toHaveLength(10_000);
    expect(table.get('live')).toBeDefined();
    expect(table.get('r1')).toBeUndefined();
    expect(table.get('r10100')).toBeDefined();
  });
});
