import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RunRequest, type RunPriority, runRequestSchema, subjects } from '@portcullis/contracts';
import { eventually, startBus, type TestBus } from '@portcullis/testkit';
import type { BusConnection } from '../src/connection.ts';
import { Publisher } from '../src/publisher.ts';
import { WorkQueue } from '../src/work-queue.ts';

let bus: TestBus;
let operator: Publisher;
const queues: WorkQueue<RunRequest>[] = [];

beforeAll(async () => {
  // The other spelling of ack subjects, which a later server will use by itself.
  bus = await startBus({ extraConf: 'feature_flags { js_ack_fc_v2: true }\n' });
  operator = new Publisher(await bus.connectAs('operator'));
});
afterAll(async () => {
  for (const queue of queues) queue.close();
  await bus.stop();
});

async function replica(): Promise<{ readonly queue: WorkQueue<RunRequest>; readonly connection: BusConnection }> {
  const connection = await bus.connectAs('strategyd');
  const queue = new WorkQueue({ bus: connection, stream: 'RUNS', schema: runRequestSchema });
  queues.push(queue);
  return { queue, connection };
}

async function ask(requestId: string, priority: RunPriority): Promise<void> {
  const body: RunRequest = {
    version: 1,
    requestId,
    priority,
    by: 'test',
    submittedAt: 1,
    task: { kind: 'backtest', request: {} },
  };
  await operator.publish({ subject: subjects.runRequest(priority), body, messageId: requestId });
}

test('hands each piece to one taker, the urgent first, and forgets what is done', async () => {
  const { queue } = await replica();
  const { queue: other } = await replica();
  await ask('a-low', 'low');
  await ask('b-normal', 'normal');
  await ask('c-high', 'high');
  expect(await queue.waiting()).toEqual({ 'strategyd-high': 1, 'strategyd-normal': 1, 'strategyd-low': 1 });
  const taken = [await queue.take(), await other.take(), await queue.take()];
  expect(taken.map((item) => item?.message.requestId)).toEqual(['c-high', 'b-normal', 'a-low']);
  expect(taken.map((item) => item?.deliveryCount)).toEqual([1, 1, 1]);
  expect(await other.take()).toBeUndefined();
  for (const item of taken) expect(await item?.done()).toBe(true);
  expect(await bus.readAll('RUNS').catch(() => [])).toEqual([]);
});

test('what is given back, and what was with a taker who went away, comes again with its count', async () => {
  const { queue } = await replica();
  const { queue: gone, connection } = await replica();
  await ask('back', 'normal');
  (await queue.take())?.release();
  const again = await eventually('it comes again', () => gone.take());
  expect(again).toMatchObject({ message: { requestId: 'back' }, deliveryCount: 2 });
  // As a crash: nobody says that the work goes on.
  await connection.nats.close();
  const third = await eventually('another delivery after the ack wait', () => queue.take(), { msMax: 40_000 });
  expect(third).toMatchObject({ message: { requestId: 'back' }, deliveryCount: 3 });
  expect(await third.done()).toBe(true);
});

test('long work stays with its taker, longer than the ack wait', async () => {
  const { queue } = await replica();
  const { queue: other } = await replica();
  await ask('long', 'normal');
  const item = await queue.take();
  await new Promise((resolve) => setTimeout(resolve, 13_000));
  expect(await other.take()).toBeUndefined();
  expect(await item?.done()).toBe(true);
});

test('a message that is no request becomes a dead letter, and its neighbours are handed out', async () => {
  const { queue } = await replica();
  await operator.publish({ subject: subjects.runRequest('high'), body: { nonsense: 1 }, messageId: 'nonsense' });
  await ask('after-nonsense', 'high');
  const item = await queue.take();
  expect(item?.message.requestId).toBe('after-nonsense');
  await item?.done();
  const letters = await eventually('the letter', async () => {
    const found = await bus.readAll<{ service: string; stream: string; reason: string }>('DEAD');
    return found.length > 0 && found;
  });
  expect(letters).toEqual([
    expect.objectContaining({ service: 'strategyd', stream: 'RUNS', subject: 'run.request.high' }),
  ]);
  expect(await queue.take()).toBeUndefined();
});

test('without a server there is nothing to take and nobody to say how much waits', async () => {
  const { queue } = await replica();
  await bus.server.kill('SIGTERM');
  await eventually('the loss is noticed', async () => (await queue.waiting())['strategyd-high'] === undefined);
  expect(await queue.take()).toBeUndefined();
  await bus.server.restart();
  await eventually('it is back', async () => (await queue.waiting())['strategyd-high'] === 0);
});
