import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { Controller, type INestMicroservice, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { type DeadLetter, deadLetterSchema } from '@portcullis/contracts';
import { ok } from '@portcullis/kernel';
import { eventually, startBus, type TestBus } from '@portcullis/testkit';
import { z } from 'zod';
import type { BusConnection } from '../src/connection.ts';
import type { Delivered, DeliveryContext } from '../src/delivery.ts';
import { JetStreamBatchHandler, JetStreamHandler, PoisonMessage } from '../src/handlers.ts';
import { JetStreamTransport } from '../src/jetstream-transport.ts';
import { Publisher } from '../src/publisher.ts';

const numbered = z.strictObject({ n: z.int() });
type Numbered = z.infer<typeof numbered>;

/** What the handlers saw and how they behave, shared by the controllers of this file. */
const seen: { n: number; context: DeliveryContext }[] = [];
const kills: string[] = [];
const batches: number[][] = [];
let behave: (n: number, context: DeliveryContext) => Promise<void> | void = () => undefined;
let behaveBatch: (numbers: number[]) => Promise<void> | void = () => undefined;

@Controller()
class GateInbox {
  @JetStreamHandler({ stream: 'INTENTS', schema: numbered })
  async onIntent(@Payload() message: Numbered, @Ctx() context: DeliveryContext): Promise<void> {
    await behave(message.n, context);
    seen.push({ n: message.n, context });
  }

  @JetStreamHandler({
    stream: 'CONTROL',
    subject: 'ctl.kill.>',
    schema: (bytes) => ok(new TextDecoder().decode(bytes)),
  })
  onKill(@Payload() body: string): void {
    kills.push(body);
  }

  @JetStreamBatchHandler({ stream: 'ORDERS', schema: numbered })
  async onOrders(@Payload() batch: readonly Delivered<Numbered>[]): Promise<void> {
    const numbers = batch.map((entry) => entry.message.n);
    await behaveBatch(numbers);
    batches.push(numbers);
  }
}

@Controller()
class RunInbox {
  @JetStreamBatchHandler({ stream: 'MARKET', schema: numbered })
  onMarket(@Payload() batch: readonly Delivered<Numbered>[]): void {
    batches.push(batch.map((entry) => entry.message.n));
  }
}

@Module({ controllers: [GateInbox] })
class GateModule {}

@Module({ controllers: [RunInbox] })
class RunModule {}

let bus: TestBus;
let manager: JetStreamManager;
let gate: BusConnection;
let run: BusConnection;
let exchange: BusConnection;
let app: INestMicroservice | undefined;
let transport: JetStreamTransport;
let letters: DeadLetter[] = [];
let errors: string[] = [];
let next = 0;

async function serve(module: typeof GateModule | typeof RunModule = GateModule, connection = gate): Promise<void> {
  transport = new JetStreamTransport({
    bus: connection,
    onDeadLetter: (letter) => letters.push(letter),
    onHandlerError: (error) => errors.push(error.message),
  });
  app = await NestFactory.createMicroservice(module, { strategy: transport, logger: false });
  await app.listen();
}

const intent = (body: unknown): Promise<unknown> =>
  new Publisher(run).publish({ subject: 'intent.main.r1', body, messageId: `i-${next++}` });
const order = (body: unknown): Promise<unknown> =>
  new Publisher(exchange).publish({ subject: 'order.main.r1', body, messageId: `o-${next++}` });
const pending = async (stream: string, consumer: string): Promise<number> => {
  const { num_pending: waiting, num_ack_pending: unacknowledged } = await manager.consumers.info(stream, consumer);
  return waiting + unacknowledged;
};

beforeAll(async () => {
  bus = await startBus();
  manager = await jetstreamManager((await bus.connectAs('provisioner')).nats, { checkAPI: false });
  [gate, run, exchange] = await Promise.all([bus.connectAs('riskd'), bus.connectAs('livyd'), bus.connectAs('bridge')]);
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  behave = (): void => undefined;
  behaveBatch = (): void => undefined;
  for (const list of [seen, kills, batches]) list.length = 0;
  letters = [];
  errors = [];
});

afterAll(async () => {
  await bus.stop();
});

describe('single messages', () => {
  test('come in order, with their context, and are acknowledged after the handler', async () => {
    await serve();
    for (let n = 0; n < 50; n++) await intent({ n });
    await eventually('fifty messages', () => seen.length === 50);
    expect(seen.map((one) => one.n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    expect(seen[0]?.context).toMatchObject({
      stream: 'INTENTS',
      subject: 'intent.main.r1',
      streamSequence: 1,
      deliveryCount: 1,
    });
    expect(seen[0]?.context.timestampMicros).toBeGreaterThan(1.7e15);
    await eventually('all acknowledged', async () => (await pending('INTENTS', 'riskd')) === 0);
  });

  test('a handler that throws sees the message again, neighbours go on', async () => {
    const failing = new Set([101]);
    behave = (n) => {
      if (failing.delete(n)) throw new Error('not now');
    };
    await serve();
    for (const n of [100, 101, 102]) await intent({ n });
    await eventually('three messages', () => seen.length === 3);
    expect(seen.map((one) => one.n)).toEqual([100, 102, 101]);
    expect(seen[2]?.context.deliveryCount).toBe(2);
    expect(errors).toEqual(['not now']);
  });

  test('what does not parse, does not fit, or is poison becomes a dead letter with its reason and is not delivered again', async () => {
    behave = (n) => {
      if (n === 202) throw new PoisonMessage('nobody can trade this');
    };
    await serve();
    const before = (await manager.streams.info('DEAD')).state.messages;
    await intent(new TextEncoder().encode('{torn'));
    await intent({ n: 'one' });
    await intent({ n: 202 });
    await intent({ n: 203 });
    await eventually('one message and three letters', () => seen.length === 1 && letters.length === 3);
    await eventually('all settled', async () => (await pending('INTENTS', 'riskd')) === 0);
    const { state } = await manager.streams.info('DEAD');
    expect(state.messages).toBe(before + 3);
    const stored = await Promise.all(
      [2, 1, 0].map(async (back) => manager.streams.getMessage('DEAD', { seq: state.last_seq - back })),
    );
    const reasons = stored.map((message) => deadLetterSchema.parse(message?.json()).reason).sort();
    expect(reasons).toEqual([
      expect.stringMatching(/^n: /),
      'nobody can trade this',
      expect.stringMatching(/^not JSON/),
    ]);
    expect(letters[0]).toMatchObject({ service: 'riskd', stream: 'INTENTS', subject: 'intent.main.r1', bodyBytes: 5 });
    expect(transport.counters.get('INTENTS')).toMatchObject({ handled: 1, deadLetters: 3, failed: 1 });
  });

  test('a raw decoder sees every body, and subjects without a handler are passed over', async () => {
    const operator = await bus.connectAs('operator');
    await serve();
    const publisher = new Publisher(operator);
    await publisher.publish({
      subject: 'ctl.kill.all',
      body: new TextEncoder().encode('not json {'),
      messageId: 'k-1',
    });
    await publisher.publish({ subject: 'ctl.run.start', body: {}, messageId: 'k-2' });
    await eventually('the kill', () => kills.length === 1);
    expect(kills).toEqual(['not json {']);
    await eventually('both settled', async () => (await pending('CONTROL', 'riskd')) === 0);
    expect(transport.counters.get('CONTROL')).toMatchObject({ handled: 1, ignored: 1, deadLetters: 0 });
  });

  test('what was not acknowledged before a stop comes first after the start, in order', async () => {
    let release = (): void => undefined;
    behave = async (n) => {
      if (n === 300) await new Promise<void>((resolve) => (release = resolve));
    };
    const doomed = await bus.connectAs('riskd');
    await serve(GateModule, doomed);
    for (const n of [300, 301, 302]) await intent({ n });
    await eventually(
      'three delivered',
      async () => (await manager.consumers.info('INTENTS', 'riskd')).num_ack_pending === 3,
    );
    // A process that dies: nothing is settled.
    const dead = app;
    await doomed.nats.close();
    behave = (): void => undefined;
    await serve();
    await intent({ n: 303 });
    await eventually('four messages', () => seen.length === 4);
    expect(seen.map((one) => one.n)).toEqual([300, 301, 302, 303]);
    release();
    await dead?.close();
  });
});

describe('batches', () => {
  test('hold what has arrived, in order; a malformed entry does not take its neighbours with it', async () => {
    let release = (): void => undefined;
    behaveBatch = async (numbers) => {
      if (numbers.includes(0)) await new Promise<void>((resolve) => (release = resolve));
    };
    await serve();
    await order({ n: 0 });
    for (const body of [{ n: 1 }, { n: 'two' }, { n: 3 }, { n: 4 }]) await order(body);
    await eventually(
      'five delivered',
      async () => (await manager.consumers.info('ORDERS', 'riskd')).num_ack_pending === 5,
    );
    release();
    await eventually('four entries', () => batches.flat().length === 4);
    // The last of them may have been on its way still when the second batch was taken.
    expect(batches[0]).toEqual([0]);
    expect(batches.flat()).toEqual([0, 1, 3, 4]);
    expect(batches.length).toBeLessThan(4);
    expect(letters.map((letter) => letter.reason)).toEqual([expect.stringMatching(/^n: /)]);
    await eventually('all acknowledged', async () => (await pending('ORDERS', 'riskd')) === 0);
  });

  test('that fail are tried entry by entry, and only the poisoned one dies', async () => {
    behaveBatch = (numbers) => {
      if (numbers.includes(11)) throw numbers.length === 1 ? new PoisonMessage('bad entry') : new Error('bad batch');
    };
    await serve();
    for (const n of [10, 11, 12]) await order({ n });
    await eventually('two entries and a letter', () => batches.flat().length === 2 && letters.length === 1);
    expect(batches.flat()).toEqual([10, 12]);
    expect(letters[0]?.reason).toBe('bad entry');
    await eventually('all acknowledged', async () => (await pending('ORDERS', 'riskd')) === 0);
  });

  test('on a durable with ack all the last acknowledgement covers the rest', async () => {
    await serve(RunModule, run);
    const collector = await bus.connectAs('collector');
    const feed = new Publisher(collector);
    await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        feed.publish({ subject: 'md.quote.venuesim.BTCUSDT', body: { n }, messageId: `q-${n}` }),
      ),
    );
    await eventually('five hundred quotes', () => batches.flat().length === 500);
    expect([...batches.flat()].sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(batches.length).toBeLessThan(500);
    await eventually('all acknowledged', async () => (await pending('MARKET', 'livyd')) === 0);
  });
});

test('a crash of the server loses nothing, and consuming goes on soon after it is back', async () => {
  await serve();
  let n = 1000;
  let stop = false;
  const publishing = (async () => {
    while (!stop) await intent({ n: n++ });
  })();
  let resumedMs = 0;
  try {
    await eventually('some messages', () => seen.length > 20);
    await bus.server.kill('SIGKILL');
    const before = seen.length;
    await bus.server.restart();
    const back = Date.now();
    await eventually('messages after the restart', () => seen.length > before + 20);
    resumedMs = Date.now() - back;
  } finally {
    stop = true;
    await publishing;
  }
  await eventually('every message', () => new Set(seen.map((one) => one.n)).size === n - 1000);
  console.log(`consuming went on ${resumedMs} ms after the restart`);
  // Each was handled; some perhaps twice, never one out of its first order.
  const firsts = [...new Set(seen.map((one) => one.n))];
  expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
});
