import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startBus, type TestBus } from '@portcullis/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BusConnection } from '../src/connection.ts';
import { Lease } from '../src/lease.ts';
import { PublishRefused } from '../src/publish-errors.ts';

let bus: TestBus;
let first: BusConnection;
let second: BusConnection;

beforeAll(async () => {
  bus = await startBus();
  [first, second] = await Promise.all([bus.connectAs('bridge'), bus.connectAs('bridge')]);
});

afterAll(async () => {
  await bus.stop();
});

test('one holds it and renews it, the next one waits until it is released, with a higher epoch', async () => {
  const lease = await Lease.acquire({ bus: first, key: 'bridge.a', holder: 'one', ttlMs: 1000 });
  const told: string[] = [];
  const waiting = Lease.acquire({
    bus: second,
    key: 'bridge.a',
    holder: 'two',
    ttlMs: 1000,
    onWaiting: (holder) => told.push(holder),
  });
  // Longer than the life without renewal.
  await sleep(2500);
  expect(lease.held).toBe(true);
  expect(told).toEqual(['one']);
  await lease.release();
  expect(lease.held).toBe(false);
  const successor = await waiting;
  expect(successor.held).toBe(true);
  expect(successor.epoch).toBeGreaterThan(lease.epoch);
  await successor.release();
});

test('a holder that is cut off loses it by its own clock before the next one gets it', async () => {
  const lease = await Lease.acquire({ bus: first, key: 'bridge.b', holder: 'one', ttlMs: 1500 });
  await first.nats.close();
  const successor = await Lease.acquire({ bus: second, key: 'bridge.b', holder: 'two', ttlMs: 1500 });
  const heldAtTakeover = lease.held;
  expect(heldAtTakeover).toBe(false);
  expect(await lease.lost).toContain('could not be renewed');
  expect(successor.epoch).toBeGreaterThan(lease.epoch);
  await successor.release();
  first = await bus.connectAs('bridge');
});

test('a short outage of the server is survived, a long one loses it, and epochs still go up', async () => {
  const lease = await Lease.acquire({ bus: second, key: 'bridge.c', holder: 'one', ttlMs: 3000 });
  await bus.server.kill('SIGKILL');
  await bus.server.restart();
  await sleep(4000);
  expect(lease.held).toBe(true);
  await bus.server.kill('SIGKILL');
  expect(await lease.lost).toContain('could not be renewed');
  expect(lease.held).toBe(false);
  await bus.server.restart();
  const again = await Lease.acquire({ bus: first, key: 'bridge.c', holder: 'two', ttlMs: 3000 });
  expect(again.epoch).toBeGreaterThan(lease.epoch);
  await again.release();
});

test('waiting ends when the caller gives up', async () => {
  const lease = await Lease.acquire({ bus: first, key: 'bridge.d', holder: 'one', ttlMs: 1000 });
  const stop = new AbortController();
  const waiting = Lease.acquire({ bus: second, key: 'bridge.d', holder: 'two', ttlMs: 1000, signal: stop.signal });
  setTimeout(() => stop.abort(), 300);
  await expect(waiting).rejects.toThrow();
  await lease.release();
});

test("another role's lease is refused, not waited for", async () => {
  const asked = Lease.acquire({ bus: first, key: 'riskd.main', holder: 'bridge', ttlMs: 1000 });
  await expect(asked).rejects.toThrow(PublishRefused);
});
