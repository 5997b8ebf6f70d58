import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { buckets, identities, streams } from '@portcullis/contracts';
import { UserError } from '@portcullis/config';
import { eventually, freePort, startBus, type TestBus } from '@portcullis/testkit';
import { join } from 'node:path';
import { connectBus } from '../src/connection.ts';
import { ensureKeys, seedFileOf } from '../src/keys.ts';
import { provision } from '../src/provision.ts';
import { answerServiceInfo, findServices } from '../src/service-info.ts';

let bus: TestBus;

beforeAll(async () => {
  // The other spelling of ack subjects, which a later server will use by itself.
  bus = await startBus({ extraConf: 'feature_flags { js_ack_fc_v2: true }\n' });
});

afterAll(async () => {
  await bus.stop();
});

test('makes every stream, durable and bucket of the tables; doing it again changes nothing', async () => {
  const provisioner = await bus.connectAs('provisioner');
  const manager = await jetstreamManager(provisioner.nats, { checkAPI: false });
  const names: string[] = [];
  for await (const stream of manager.streams.list()) names.push(stream.config.name);
  expect(names.sort()).toEqual(
    [...streams.map((stream) => stream.name), ...buckets.map((bucket) => `KV_${bucket.name}`)].sort(),
  );
  expect(await provision(provisioner)).toEqual({ created: [], updated: [] });
});

test('brings back what was changed or removed', async () => {
  const provisioner = await bus.connectAs('provisioner');
  const manager = await jetstreamManager(provisioner.nats, { checkAPI: false });
  await manager.streams.update('CANCELS', { max_bytes: 1024 * 1024 });
  await manager.consumers.delete('INTENTS', 'riskd');
  expect(await provision(provisioner)).toEqual({ created: ['INTENTS.riskd'], updated: ['CANCELS'] });
});

test('a permanent stream cannot be purged, not even by the provisioner', async () => {
  const manager = await jetstreamManager((await bus.connectAs('provisioner')).nats, { checkAPI: false });
  await expect(manager.streams.purge('VERDICTS')).rejects.toThrow();
  await expect(manager.streams.purge('AUDIT')).rejects.toThrow();
});

test('AUDIT copies the streams of the money path', async () => {
  const manager = await jetstreamManager((await bus.connectAs('provisioner')).nats, { checkAPI: false });
  const run = await bus.connectAs('livyd');
  await run.jetstream.publish('intent.main.r1', 'for the record');
  await eventually('a copy', async () => (await manager.streams.info('AUDIT')).state.messages > 0);
  const copy = await manager.streams.getMessage('AUDIT', { seq: 1 });
  expect(copy?.string()).toBe('for the record');
});

test('acknowledgements in the newer spelling arrive from behind an account border', async () => {
  const run = await bus.connectAs('livyd');
  const gate = await bus.connectAs('riskd');
  await run.jetstream.publish('cancel.main.r1', 'x');
  const message = await (await gate.jetstream.consumers.get('CANCELS', 'riskd')).next({ expires: 2000 });
  expect(message).toMatchObject({ reply: expect.stringMatching(/^\$JS\.ACK\.[^.]+\.[^.]+\.CANCELS\.riskd\./) });
  expect(await message?.ackAck({ timeout: 2000 })).toBe(true);
});

test('one question lists every service that answers', async () => {
  const answering = identities.filter((identity) => identity.answers === true);
  for (const { name } of answering) {
    answerServiceInfo(await bus.connectAs(name), {
      name: name === 'riskdctl' ? 'riskd' : name,
      version: '0.1.0',
      description: name,
      id: `${name}-1`,
    });
  }
  const operator = await bus.connectAs('operator');
  await Promise.all(
    (await Promise.all(answering.map(({ name }) => bus.connectAs(name)))).map((connection) => connection.nats.flush()),
  );
  const expected = answering.map(({ name }) => (name === 'riskdctl' ? 'riskd' : name)).sort();
  expect((await findServices(operator)).map(({ name }) => name).sort()).toEqual(expected);
  // observer does not hear its own question.
  const others = (await findServices(await bus.connectAs('observer'))).map(({ name }) => name).sort();
  expect(others).toEqual(expected.filter((name) => name !== 'observer'));
  const info = await operator.nats.request('$SRV.INFO.bridge.bridge-1', '', { timeout: 2000 });
  expect(info.json()).toMatchObject({
    type: 'io.nats.micro.v1.info_response',
    name: 'bridge',
    version: '0.1.0',
    id: 'bridge-1',
  });
});

test('a key that the server does not know, and a server that is not there, are errors with a remedy', async () => {
  const strange = join(bus.server.dir, 'strange-keys');
  ensureKeys(strange);
  const wrongKey = connectBus({ servers: bus.servers, identity: 'riskd', seedFile: seedFileOf(strange, 'riskd') });
  await expect(wrongKey).rejects.toThrow('the bus refuses identity riskd');
  const nobody = [`nats://127.0.0.1:${await freePort()}`];
  const noServer = connectBus({
    servers: nobody,
    identity: 'riskd',
    seedFile: bus.seedFile('riskd'),
    firstConnectMs: 300,
  });
  await expect(noServer).rejects.toThrow(UserError);
});
