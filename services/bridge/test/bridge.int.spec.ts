import 'reflect-metadata';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { signStatement, signVerdict } from '@portcullis/authority';
import { orderEventSchema, reconSnapshotSchema, subjects } from '@portcullis/contracts';
import { eventually, newSigner } from '@portcullis/testkit';
import { bridgeConfigSchema } from '../src/bridge.config.ts';
import { type BridgeStatus, serve } from '../src/serve.ts';
import { Bench, idOf } from './bench.ts';

let bench: Bench;
let bridge: Running;
let dirs = 0;

class Running {
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #failure: Error | undefined;
  status: BridgeStatus | undefined;

  constructor(dataDir: string) {
    const config = bridgeConfigSchema.parse(bench.config(dataDir));
    this.#ended = serve(config, { signal: this.#stop.signal, onStatus: (status) => (this.status = status) }).catch(
      (error: unknown) => {
        this.#failure = error as Error;
      },
    );
  }

  async ready(): Promise<this> {
    await eventually('the bridge to trade', () => {
      if (this.#failure !== undefined) throw this.#failure;
      const { status } = this;
      if (status === undefined || status.notReady() !== undefined || bench.venue.listeners === 0) return false;
      return status.shell.core.permitAllows(bench.permitMode !== 'FULL', status.shell.clock());
    });
    return this;
  }

  async get(path: string, init: RequestInit = {}): Promise<{ status: number; body: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.status?.healthPort ?? 0}${path}`, init);
    return { status: answer.status, body: await answer.text() };
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    if (this.#failure !== undefined) throw this.#failure;
  }
}

beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(async () => bench.stop());
beforeEach(async () => {
  bench.permitMode = 'FULL';
  await bench.newVenue();
  bridge = await new Running(`data-${++dirs}`).ready();
});
afterEach(async () => bridge.stop());

const refusals = (reason: string): number => bridge.status?.shell.core.counters.get(reason) ?? 0;
const placed = (name: string): number =>
  bench.venue.orders.filter(({ clientOrderId }) => clientOrderId === idOf(name)).length;

describe('an approved order', () => {
  test('goes out once, is filled, and its story is on the bus', async () => {
    const name = 'filled';
    await bench.approve(name);
    await bench.story(name, 'accepted');
    bench.venue.fill(idOf(name));
    expect(await bench.story(name, 'fill')).toEqual(['submitted', 'accepted', 'fill']);
    const events = await bench.events(name);
    for (const event of events) expect(orderEventSchema.safeParse(event).success).toBe(true);
    expect(events.at(-1)).toMatchObject({ state: 'filled', quantity: '0.1', price: '100', liquidity: 'maker' });
    const verdict = bench.verdict(name);
    await bench.publishVerdict(signVerdict(bench.gate, verdict), 'again');
    await eventually('the replay to be refused', () => refusals('replayed') > 0);
    expect(placed(name)).toBe(1);
  });

  test('is cancelled when its run asks, without any permit', async () => {
    await bench.approve('cancelled');
    await bench.story('cancelled', 'accepted');
    bench.permitMode = 'none';
    await bench.cancel('cancelled');
    expect(await bench.story('cancelled', 'canceled')).toEqual(['submitted', 'accepted', 'canceled']);
  });

  test('F1: taken without an answer is unresolved, then found; it is not sent again', async () => {
    bench.venue.mood = 'silent';
    await bench.approve('silent');
    expect(await bench.story('silent', 'accepted')).toEqual(['submitted', 'unresolved', 'accepted']);
    expect(placed('silent')).toBe(1);
  });

  test('F1: lost on the way ends after two negative look-ups behind the window; it is not sent again', async () => {
    bench.venue.mood = 'deaf';
    const before = bench.venue.posts;
    await bench.approve('deaf');
    expect(await bench.story('deaf', 'expired')).toEqual(['submitted', 'unresolved', 'expired']);
    expect(bench.venue.posts).toBe(before + 1);
  });

  test('F11: a fill that the stream keeps quiet is found by the sweep of a reconnect', async () => {
    await bench.approve('quiet');
    await bench.story('quiet', 'accepted');
    bench.venue.fill(idOf('quiet'), { quiet: true });
    bench.venue.dropStreams();
    expect(await bench.story('quiet', 'fill')).toEqual(['submitted', 'accepted', 'fill']);
    const snapshots = await eventually('a reconnect snapshot', async () => {
      const found = await bench.snapshots();
      return found.some(({ reason }) => reason === 'reconnect') && found;
    });
    for (const snapshot of snapshots) expect(reconSnapshotSchema.safeParse(snapshot).success).toBe(true);
    expect(snapshots.flatMap(({ breaks }) => breaks)).toEqual([]);
  });
});

describe('what is not the gate’s word', () => {
  test('reaches no venue: forged, altered, expired, for another epoch, without a permit', async () => {
    const before = bench.venue.posts;
    const stranger = newSigner();
    const verdict = bench.verdict('forged');
    await bench.publishVerdict(signVerdict(stranger, { ...verdict, keyId: stranger.keyId }), 'f1');
    await bench.publishVerdict({ ...signVerdict(bench.gate, verdict), verdict: { ...verdict, reduces: true } }, 'f2');
    await bench.approve('late', { expiresAt: 1 });
    await bench.approve('elsewhere', { audience: { account: 'main', bridgeEpoch: 1 } });
    await bench.story('late', 'lapsed');
    await bench.story('elsewhere', 'lapsed');
    expect([refusals('bad-signature'), refusals('expired'), refusals('superseded-bridge')]).toEqual([2, 1, 1]);
    bench.permitMode = 'none';
    await eventually(
      'the permit to end',
      () => bridge.status?.shell.core.permitRemainingMicros(bridge.status.shell.clock()) === 0,
    );
    await bench.approve('unpermitted');
    await bench.story('unpermitted', 'lapsed');
    expect(bench.venue.posts).toBe(before);
    expect(await bench.events('forged')).toEqual([]);
  });

  test('S19: that is no verdict at all becomes a dead letter, and its neighbours go on', async () => {
    const before = (await bench.deadLetters()).length;
    await bench.publishVerdict({ nonsense: true }, 'n');
    await bench.approve('neighbour');
    await bench.story('neighbour', 'accepted');
    await eventually('the dead letter', async () => (await bench.deadLetters()).length > before);
    expect((await bridge.get('/metrics')).body).toMatch(
      /portcullis_bridge_dead_letters_total\{.*stream="VERDICTS".*\} 1/,
    );
  });
});

describe('a kill', () => {
  test('over the bus cancels what works and lets nothing new out until two people clear it', async () => {
    await bench.approve('killed');
    await bench.story('killed', 'accepted');
    await bench.control(subjects.kill('account.main'), { reason: 'drill', by: 'ann' });
    await bench.story('killed', 'canceled');
    await bench.approve('after');
    expect(await bench.events('after').then(() => bench.story('after', 'lapsed'))).toEqual(['lapsed']);
    await eventually('the confirmation', () => bridge.status?.shell.core.latches.every((latch) => latch.confirmed));
    const now = Date.now() * 1000;
    const statement = {
      version: 1,
      kind: 'clear',
      account: 'main',
      scope: 'account.main',
      killEpoch: 1,
      reason: 'done',
      issuedAt: now,
      expiresAt: now + 60_000_000,
    } as const;
    await bench.control(subjects.clearDocument(), {
      version: 1,
      statement,
      signatures: bench.approvers.map((key) => signStatement(key, statement)),
    });
    await eventually('the clear', () => bridge.status?.shell.core.latches.length === 0);
    await bench.approve('again');
    await bench.story('again', 'accepted');
  });

  test('by a file works without a gate', async () => {
    await bench.approve('file');
    await bench.story('file', 'accepted');
    const file = join(bench.config(`data-${dirs}`).dataDir, 'KILL');
    writeFileSync(file, '');
    await bench.story('file', 'canceled');
    expect(existsSync(file)).toBe(true);
    rmSync(file);
  });

  test('by HTTP needs the token, works while the bus is down, and survives a restart', async () => {
    await bench.approve('http');
    await bench.story('http', 'accepted');
    await bench.bus.server.kill('SIGKILL');
    const post = (token: string) =>
      bridge.get('/kill', { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: '{"by":"ann"}' });
    expect((await post('wrong')).status).toBe(401);
    expect(await post('let-me-kill')).toMatchObject({ status: 202, body: '{"latched":"all"}' });
    await eventually(
      'the cancel at the venue',
      () => bench.venue.orders.find(({ clientOrderId }) => clientOrderId === idOf('http'))?.status === 'CANCELED',
    );
    await bench.bus.server.restart();
    await bench.story('http', 'canceled');
    await bridge.stop();
    bridge = await new Running(`data-${dirs}`).ready();
    await bench.approve('too-late');
    expect(await bench.story('too-late', 'lapsed')).toEqual(['lapsed']);
  });
});

test('a second bridge on the same folder does not start', async () => {
  const second = new Running(`data-${dirs}`);
  await expect(second.ready()).rejects.toThrow(/another bridge works on/);
});

test('health, metrics and logs hold no secrets', async () => {
  expect((await bridge.get('/health/ready')).status).toBe(200);
  const { body } = await bridge.get('/metrics');
  expect(body).toMatch(/portcullis_bridge_permit_remaining_seconds/);
  expect(body).not.toMatch(/of-the-account|let-me-kill/);
});
