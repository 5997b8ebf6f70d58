import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { headers, type Msg } from '@nats-io/transport-node';
import { buckets, durablesOf, identities, type Identity, identityNamed, streams } from '@portcullis/contracts';
import { startBus, type TestBus } from '@portcullis/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BusConnection } from '../src/connection.ts';
import { answerServiceInfo, findServices } from '../src/service-info.ts';
import { ackSubjects, isStored } from '../src/grants.ts';
import { covers } from '../src/subject-pattern.ts';
import {
  allowedRequests,
  apiCalls,
  instanceOf,
  mayPublish,
  otherInboxes,
  overheard,
  protectedPatterns,
} from './authorization-targets.ts';

/** Enough for every trick that pulls from a durable to find something there. */
const SEEDS_PER_PATTERN = 12;
const SETTLE_MS = 400;
const LEGIT = 'legit';
const services = identities.filter((identity) => identity.provisions !== true);
const storeNames = [...streams.map((stream) => stream.name), ...buckets.map((bucket) => `KV_${bucket.name}`)];

let bus: TestBus;
let manager: JetStreamManager;
const as = new Map<string, BusConnection>();
/** Heard by an identity through what it may subscribe to. */
const heard: { readonly by: Identity; readonly subject: string; readonly body: string }[] = [];
/** Heard by an identity through what it may not. */
const spied: string[] = [];
/** Identities whose connection broke. */
const cut: string[] = [];
const tally = { tried: 0, broken: [] as string[], allowed: 0, worked: 0, failures: [] as string[] };

const connectionOf = (identity: Identity): BusConnection => as.get(identity.name)!;
const flushAll = async (): Promise<void> => {
  await Promise.all([...as.values()].map((connection) => connection.nats.flush()));
  await sleep(SETTLE_MS);
  await Promise.all([...as.values()].map((connection) => connection.nats.flush()));
};
const attempt = (count: number, broken: readonly string[]): void => {
  tally.tried += count;
  tally.broken.push(...broken);
};
const allowed = (what: string, works: boolean): void => {
  tally.allowed++;
  if (works) tally.worked++;
  else tally.failures.push(what);
};

const durablesOfIdentity = (identity: Identity) =>
  identity.consume.flatMap((stream) => durablesOf(stream, identity.name).map((durable) => ({ stream, ...durable })));

/** For a failure's text. */
const told = (outcome: unknown): string => (outcome instanceof Error ? outcome.message : typeof outcome);

interface Stored {
  readonly stream: string;
  readonly subject: string;
  readonly body: string;
}

/** Everything that the streams hold, as the provisioner reads it. */
async function everythingStored(): Promise<Stored[]> {
  const found: Stored[] = [];
  for (const stream of storeNames) {
    const { state } = await manager.streams.info(stream);
    const numbers = Array.from({ length: state.last_seq - state.first_seq + 1 }, (_, i) => state.first_seq + i);
    const read = await Promise.all(numbers.map((seq) => manager.streams.getMessage(stream, { seq }).catch(() => null)));
    for (const message of read) {
      if (message !== null) found.push({ stream, subject: message.subject, body: message.string() });
    }
  }
  return found;
}

/** What an administrator's call would change: configurations, consumers, floors. */
async function setting(): Promise<string> {
  const lines: string[] = [];
  for await (const stream of manager.streams.list()) {
    const { first_seq: first, num_deleted: deleted } = stream.state;
    lines.push(JSON.stringify([stream.config, first, deleted ?? 0]));
    for await (const {
      name,
      config,
      ack_floor: floor,
      num_ack_pending: pending,
      paused,
      delivered,
    } of manager.consumers.list(stream.config.name)) {
      lines.push(
        JSON.stringify([stream.config.name, name, config, floor, pending, paused ?? false, delivered.stream_seq]),
      );
    }
  }
  return lines.sort().join('\n');
}

beforeAll(async () => {
  bus = await startBus();
  manager = await jetstreamManager((await bus.connectAs('provisioner')).nats, { checkAPI: false });
  for (const { name } of services) {
    const connection = await bus.connectAs(name);
    as.set(name, connection);
    connection.link.onReconnect(() => cut.push(name));
  }
  for (const identity of services) {
    for (const pattern of identity.subscribe) {
      connectionOf(identity).nats.subscribe(pattern, {
        callback: (error, message) =>
          void (error === null && heard.push({ by: identity, subject: message.subject, body: message.string() })),
      });
    }
    if (identity.answers === true) {
      answerServiceInfo(connectionOf(identity), { name: identity.name, version: '1.0.0', description: identity.name });
    }
    for (const pattern of overheard(identity)) {
      connectionOf(identity).nats.subscribe(pattern, {
        callback: (error, message) =>
          void (error === null && spied.push(`${identity.name} heard ${message.subject} through ${pattern}`)),
      });
      tally.tried++;
    }
  }
  await flushAll();
});

afterAll(async () => {
  await bus?.stop();
});

test('what is allowed works', async () => {
  for (const identity of services) {
    const connection = connectionOf(identity);
    for (const pattern of identity.publish) {
      const subject = instanceOf(pattern, 'legit');
      if (!isStored(subject)) {
        connection.nats.publish(subject, LEGIT);
        await flushAll();
        const listeners = services.filter((other) => other.subscribe.some((one) => covers(one, subject)));
        const missing = listeners.filter(
          (listener) => !heard.some((one) => one.by === listener && one.subject === subject),
        );
        allowed(
          `${identity.name} announces ${subject}, unheard by ${missing.map((one) => one.name).join()}`,
          missing.length === 0,
        );
        continue;
      }
      const acks = await Promise.all(
        Array.from({ length: SEEDS_PER_PATTERN }, () =>
          connection.jetstream.publish(subject, LEGIT).catch((error: Error) => error),
        ),
      );
      allowed(
        `${identity.name} publishes ${subject}: ${told(acks[0])}`,
        acks.every((ack) => !(ack instanceof Error)),
      );
    }
  }
  for (const identity of services) {
    const connection = connectionOf(identity);
    for (const key of identity.readKeys) {
      const [bucket, ...rest] = instanceOf(key, 'legit').split('.');
      const answer = await connection.nats
        .request(`${connection.apiPrefix}.DIRECT.GET.KV_${bucket}.$KV.${bucket}.${rest.join('.')}`, '', {
          timeout: 2000,
        })
        .catch((error: Error) => error);
      allowed(
        `${identity.name} reads ${key}: ${told(answer)}`,
        !(answer instanceof Error) && answer.string() === LEGIT,
      );
    }
    for (const pattern of identity.subscribe) {
      allowed(
        `${identity.name} hears ${pattern}`,
        heard.some((one) => one.by === identity && covers(pattern, one.subject)),
      );
    }
    if (identity.asks === true) {
      const names = (await findServices(connection)).map(({ name }) => name);
      const expected = services.filter((one) => one.answers === true && one !== identity);
      allowed(
        `${identity.name} asks everybody, answered by ${names.join()}`,
        expected.every((one) => names.includes(one.name)) && names.length <= expected.length,
      );
    }
  }
  for (const identity of services) {
    const connection = connectionOf(identity);
    for (const { stream, name, ack } of durablesOfIdentity(identity)) {
      const message = await connection.jetstream.consumers
        .get(stream, name)
        .then((consumer) => consumer.next({ expires: 2000 }))
        .catch((error: Error) => error);
      const got = message !== null && !(message instanceof Error) && message.string() === LEGIT;
      const settled = got && (ack === 'none' || (await message.ackAck({ timeout: 2000 }).catch(() => false)));
      allowed(`${identity.name} consumes ${stream}/${name}: ${told(message)}`, settled);
      if (identity.resets !== true) continue;
      const answer = await connection.nats
        .request(`${connection.apiPrefix}.CONSUMER.RESET.${stream}.${name}`, '', { timeout: 2000 })
        .catch((error: Error) => error);
      allowed(
        `${identity.name} rewinds ${stream}: ${answer instanceof Error ? answer.message : answer.string()}`,
        !(answer instanceof Error) && !answer.string().includes('"error"'),
      );
    }
  }
  expect(tally.failures).toEqual([]);
});

describe('what is forbidden changes nothing', () => {
  test('publishing', async () => {
    const before = (await everythingStored()).length;
    let count = 0;
    for (const identity of [...services, identityNamed('provisioner')]) {
      const { nats } = identity.provisions === true ? await bus.connectAs('provisioner') : connectionOf(identity);
      const targets = protectedPatterns().map((pattern) => instanceOf(pattern, `by-${identity.name}`));
      for (const subject of [
        ...targets,
        ...otherInboxes(identity),
        '_R_.stolen.1',
        '$SYS.REQ.SERVER.PING',
        '$JS.FC.stolen',
      ]) {
        if (mayPublish(identity, subject)) continue;
        nats.publish(subject, `forged by ${identity.name}`);
        count++;
      }
    }
    await flushAll();
    const stored = await everythingStored();
    const forged = [...stored, ...heard]
      .filter(({ body }) => body.startsWith('forged'))
      .map(({ subject, body }) => `${subject}: ${body}`);
    attempt(count, forged);
    expect(forged).toEqual([]);
    expect(stored).toHaveLength(before);
  });

  test("the server's API and others' acknowledgements", async () => {
    const pending = await leaveSomethingPending();
    const before = await setting();
    const answers: string[] = [];
    let count = 0;
    for (const identity of services) {
      const { nats, apiPrefix } = connectionOf(identity);
      const inbox = `_INBOX_${identity.name}.api`;
      const ask = (subject: string, body: string): void => {
        if (mayPublish(identity, subject)) return;
        nats.publish(subject, body, { reply: `${inbox}.${count}` });
        count++;
      };
      const seen = (error: Error | null, message: Msg): void =>
        void (
          error === null &&
          message.headers?.code !== 503 &&
          !message.string().includes('"error"') &&
          answers.push(`${identity.name} ${message.string().slice(0, 80)}`)
        );
      nats.subscribe(`${inbox}.*`, { callback: seen });
      for (const prefix of new Set(['$JS.API', apiPrefix, 'LOG.API'])) {
        for (const { rest, body } of apiCalls()) ask(`${prefix}.${rest}`, body);
      }
      for (const subject of pending) for (const verb of ['+ACK', '+TERM', '-NAK', '+WPI', '+NXT']) ask(subject, verb);
    }
    await flushAll();
    const changed = (await setting()) === before ? [] : ['something changed'];
    attempt(count, [...answers, ...changed]);
    expect(answers).toEqual([]);
    expect(await setting()).toBe(before);
  });

  test('reply subjects, trace destinations and roll-ups', async () => {
    heard.length = 0;
    const stored = (await everythingStored()).length;
    const rolledBefore = await Promise.all(
      storeNames.map(async (name) => (await manager.streams.info(name)).state.messages),
    );
    let count = 0;
    let carriers = 0;
    for (const identity of services) {
      const { nats } = connectionOf(identity);
      const mark = `laundered-by-${identity.name}`;
      const targets = [
        ...protectedPatterns().map((pattern) => instanceOf(pattern, mark)),
        ...otherInboxes(identity),
      ].filter((subject) => !mayPublish(identity, subject));
      for (const request of allowedRequests(identity, 'carrier')) {
        for (const target of targets) {
          nats.publish(request.subject, request.body, { reply: target });
          const traced = headers();
          traced.set('Nats-Trace-Dest', target);
          nats.publish(request.subject, request.body, { headers: traced });
          count += 2;
          if (isStored(request.subject)) carriers += 2;
        }
        for (const scope of ['all', 'sub']) {
          const rolling = headers();
          rolling.set('Nats-Rollup', scope);
          nats.publish(request.subject, request.body, { headers: rolling });
          count++;
        }
      }
      await nats.flush();
    }
    await flushAll();
    expect(carriers).toBeGreaterThan(0);
    const after = await everythingStored();
    const strange = after
      .filter(({ body, subject }) => (body !== LEGIT && body !== 'carrier') || subject.includes('laundered'))
      .map(({ stream, subject, body }) => `${stream} ${subject}: ${body.slice(0, 60)}`);
    const overheardReplies = heard
      .filter(({ by, subject }) => subject.includes('laundered') && !subject.endsWith(`-by-${by.name}`))
      .map(({ by, subject, body }) => `${by.name} heard ${subject}: ${body.slice(0, 60)}`);
    const rolled: string[] = [];
    for (const [i, name] of storeNames.entries()) {
      if ((await manager.streams.info(name)).state.messages < rolledBefore[i]!) rolled.push(`${name} was rolled up`);
    }
    const dead = after
      .filter(({ stream, body }) => stream === 'DEAD' && body.startsWith('{'))
      .map(({ subject }) => `${subject} holds an answer`);
    attempt(count, [...strange, ...overheardReplies, ...rolled, ...dead]);
    expect([...new Set([...strange, ...overheardReplies, ...rolled, ...dead])]).toEqual([]);
    expect(after.length).toBeGreaterThanOrEqual(stored);
  });

  test('overhearing', async () => {
    await flushAll();
    tally.broken.push(...spied);
    expect([...new Set(spied)]).toEqual([]);
  });

  test('the count', () => {
    console.log(
      `authorization: ${tally.tried} pairs tried, ${tally.tried - tally.broken.length} refused; allowed ${tally.worked} of ${tally.allowed} worked`,
    );
    expect(tally.broken).toEqual([]);
    expect(tally.worked).toBe(tally.allowed);
    // A connection that the server had cut would have tried nothing after that.
    expect(cut).toEqual([]);
  });
});

/** Pulls one message with every durable and leaves it without an answer; returns the ack subjects of these, in both spellings. */
async function leaveSomethingPending(): Promise<string[]> {
  const subjects: string[] = [];
  for (const identity of services) {
    for (const { stream, name } of durablesOfIdentity(identity)) {
      const consumer = await connectionOf(identity).jetstream.consumers.get(stream, name);
      const message = await consumer.next({ expires: 1000 });
      if (message === null) continue;
      const { streamSequence: sequence, deliverySequence, timestampNanos } = message.info;
      const tail = `1.${sequence}.${deliverySequence}.${timestampNanos}.0`;
      subjects.push(...ackSubjects(stream, name).map((pattern) => pattern.replace('*.*', '_.HASH').replace('>', tail)));
    }
  }
  expect(subjects.length).toBeGreaterThan(0);
  return subjects;
}
