import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { MESSAGE_BYTES_MAX } from '@portcullis/contracts';
import { eventually, startBus, type TestBus } from '@portcullis/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BusConnection } from '../src/connection.ts';
import { MarketPublisher } from '../src/market-publisher.ts';
import { PublishAborted, PublishRefused, SequenceConflict } from '../src/publish-errors.ts';
import { PublishQueue } from '../src/publish-queue.ts';
import { Publisher } from '../src/publisher.ts';

let bus: TestBus;
let run: BusConnection;
let manager: JetStreamManager;

beforeAll(async () => {
  bus = await startBus();
  run = await bus.connectAs('livyd');
  manager = await jetstreamManager((await bus.connectAs('provisioner')).nats, { checkAPI: false });
});

afterAll(async () => {
  await bus.stop();
});

/** Asks again: a question that a crashing server took with it is answered by nobody. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(100);
    }
  }
}

/** Bodies of the messages of a subject, as the stream holds them. */
async function stored(stream: string, subject: string): Promise<unknown[]> {
  const { state } = await answered(() => manager.streams.info(stream));
  const bodies: unknown[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await answered(() => manager.streams.getMessage(stream, { seq }));
    if (message?.subject === subject) bodies.push(message.json());
  }
  return bodies;
}

test('a message is stored with its headers, and a second one with its id is a duplicate of it', async () => {
  const publisher = new Publisher(run);
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const publication = { subject: 'intent.main.a', body: { n: 1 }, messageId: 'a-1', traceparent };
  const first = await publisher.publish(publication);
  expect(first).toEqual({ stream: 'INTENTS', seq: expect.any(Number), duplicate: false });
  expect(await publisher.publish(publication)).toEqual({ ...first, duplicate: true });
  const message = await manager.streams.getMessage('INTENTS', { seq: first.seq });
  expect(message?.header.get('traceparent')).toBe(traceparent);
  expect(await stored('INTENTS', 'intent.main.a')).toEqual([{ n: 1 }]);
});

test('an expectation that does not hold is a conflict that names the last sequence', async () => {
  const publisher = new Publisher(run);
  const first = await publisher.publish({
    subject: 'intent.main.b',
    body: 1,
    messageId: 'b-1',
    expectedLastSubjectSequence: 0,
  });
  await publisher.publish({
    subject: 'intent.main.b',
    body: 2,
    messageId: 'b-2',
    expectedLastSubjectSequence: first.seq,
  });
  const conflict = await publisher
    .publish({ subject: 'intent.main.b', body: 3, messageId: 'b-3', expectedLastSubjectSequence: first.seq })
    .catch((error: unknown) => error);
  expect(conflict).toBeInstanceOf(SequenceConflict);
  expect(conflict).toMatchObject({ actual: first.seq + 1, mayBeOurs: false });
});

test('what will never be taken is refused at once: another writer, a body that is too large', async () => {
  const publisher = new Publisher(run);
  await expect(publisher.publish({ subject: 'verdict.main.a', body: 1, messageId: 'v-1' })).rejects.toThrow(
    PublishRefused,
  );
  await expect(
    publisher.publish({ subject: 'intent.main.a', body: new Uint8Array(MESSAGE_BYTES_MAX + 1), messageId: 'x-1' }),
  ).rejects.toThrow(PublishRefused);
});

test('the queue keeps the order per subject across a crash of the server, and stores nothing twice', async () => {
  const queue = new PublishQueue(run);
  const subjects = ['intent.main.q1', 'intent.main.q2'];
  const sent = Array.from({ length: 60 }, (_, n) =>
    subjects.map((subject) => queue.enqueue({ subject, body: { n }, messageId: `${subject}-${n}` })),
  ).flat();
  expect(queue.depth).toBe(120);
  await Promise.all(sent.slice(0, 10));
  await bus.server.kill('SIGKILL');
  await sleep(100);
  await bus.server.restart();
  await Promise.all(sent);
  expect(queue.depth).toBe(0);
  for (const subject of subjects) {
    expect(await stored('INTENTS', subject)).toEqual(Array.from({ length: 60 }, (_, n) => ({ n })));
  }
});

test('a queue gives up what is left when it is closed without a server, and says so', async () => {
  const failed: string[] = [];
  const queue = new PublishQueue(run, {
    depthMax: 2,
    onFailure: (publication, error) => failed.push(`${publication.messageId} ${error.name}`),
  });
  await bus.server.kill('SIGKILL');
  const waiting = queue.enqueue({ subject: 'intent.main.z', body: 1, messageId: 'z-1' });
  void queue.enqueue({ subject: 'intent.main.z', body: 2, messageId: 'z-2' });
  expect(queue.full).toBe(true);
  expect(() => queue.enqueue({ subject: 'intent.main.z', body: 3, messageId: 'z-3' })).toThrow('full');
  await queue.close(50);
  await expect(waiting).rejects.toThrow(PublishAborted);
  expect(failed).toEqual(['z-1 PublishAborted', 'z-2 PublishAborted']);
  await bus.server.restart();
});

test('market data goes out without waiting; what is outstanding is bounded, what is lost is counted', async () => {
  const market = new MarketPublisher(await bus.connectAs('collector'), { outstandingMax: 500, ackMsMax: 3000 });
  const messages = async (): Promise<number> => (await answered(() => manager.streams.info('MARKET'))).state.messages;
  const before = await messages();
  let taken = 0;
  for (let n = 0; n < 1000; n++) if (market.publish('md.quote.venuesim.BTCUSDT', { n })) taken++;
  expect(taken).toBe(500);
  expect(market.counters).toMatchObject({ outstanding: 500, notSent: 500 });
  await eventually('500 stored messages', () => market.counters.stored >= 500);
  expect(market.counters).toMatchObject({ stored: 500, lost: 0, refused: 0, outstanding: 0 });
  expect(await messages()).toBe(before + 500);
  market.publish('md.quote.venuesim.BTCUSDT', { n: 'last words' });
  await bus.server.kill('SIGKILL');
  await market.close();
  const { stored: kept, lost } = market.counters;
  expect(kept + lost).toBe(501);
  await bus.server.restart();
});
