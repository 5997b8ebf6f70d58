import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { subjects } from '@portcullis/contracts';
import { RunningProgram, eventually, startBus } from '@portcullis/testkit';
import type { VenuesimConfigInput } from '../src/venuesim.config.ts';
import { Scratch, account, client, market } from './fixture.ts';

// The service as a process of its own, started from its source.

const scratch = new Scratch();
const programs: RunningProgram[] = [];
const main = join(import.meta.dirname, '../src/main.ts');

afterAll(async () => {
  await Promise.all(programs.map((program) => program.end('SIGKILL')));
  scratch.remove();
});

let count = 0;
function run(config: unknown, ...more: string[]): RunningProgram {
  const file = scratch.path(`config-${count++}.json`);
  writeFileSync(file, JSON.stringify(config));
  const program = new RunningProgram(main, ['--config', file, ...more], ['--conditions=@portcullis/source']);
  programs.push(program);
  return program;
}

async function ready(program: RunningProgram): Promise<{ url: string; port: number; healthPort?: number }> {
  const line = await eventually('the line that says it is ready', () => /^(\{"ready".*)\n/m.exec(program.out)?.[1]);
  return JSON.parse(line);
}

const base = (): VenuesimConfigInput => ({
  ledgerDir: scratch.path('ledger'),
  accounts: [account('main')],
  markets: [market('BTCUSDT', { kind: 'generated' })],
});

describe('the venue as a process', () => {
  test('serves, tells its health and metrics, ends on SIGTERM, and goes on after SIGKILL', async () => {
    const first = run({ ...base(), healthPort: 0 });
    const at = await ready(first);
    const exchange = await client(at, 'main');
    await exchange.loadMarkets();
    const order = await exchange.createOrder('BTC/USDT', 'limit', 'buy', 0.1, 30_000);
    const health = `http://127.0.0.1:${at.healthPort}`;
    expect((await fetch(`${health}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${health}/health/ready`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${health}/metrics`)).text()).toMatch(/venuesim_orders_accepted\{[^}]*\} 1/);
    await first.end('SIGKILL');

    const second = run(base());
    const again = await client(await ready(second), 'main');
    await again.loadMarkets();
    expect((await again.fetchOpenOrders('BTC/USDT')).map(({ id }) => id)).toEqual([order.id]);
    expect((await again.fetchBalance()).USDT).toMatchObject({ used: 3000 });

    const third = run(base());
    expect(await third.ended).toBe(1);
    expect(third.err).toContain(`in use by process ${second.pid}`);

    expect(await second.end('SIGTERM')).toBe(0);
    expect(first.output + second.output).not.toMatch(/test-only|api-key-of/);
    await Promise.all([exchange.close(), again.close()]);
  });

  test.each([
    ['an unknown field', { ...base(), sped: 1 }, /unknown field sped/],
    ['a wrong value', { ...base(), port: 'x' }, /port is "x"/],
    [
      'no instrument',
      { ...base(), markets: [{ flow: { kind: 'generated' } }] },
      /markets\.0\.instrument is missing: expected an instrument/,
    ],
    [
      'no such capture',
      { ...base(), markets: [{ flow: { kind: 'recorded', file: '/none.gz' } }] },
      /\/none\.gz cannot be read \(ENOENT\)/,
    ],
    [
      'a secret in two places',
      {
        ...base(),
        accounts: [{ ...account('main'), keys: [{ id: 'a', apiKey: 'b', secret: 'hush-hush', secretFile: '/f' }] }],
      },
      /^(?!.*hush)error: .*secretFile is "\/f": expected either secretFile or secret/,
    ],
    ['an unknown flag', base(), /--fast/, '--fast'],
  ])('%s ends it with a word on what is wrong, and no stack trace', async (_name, config, words, ...flags) => {
    const program = run(config, ...(flags as string[]));
    expect(await program.ended).toBe(1);
    const text = program.err.replace(/^.*Warning.*\n/gm, '');
    expect(text).toMatch(words);
    expect(text).not.toMatch(/^ +at /m);
  });

  test('beats on the bus', async () => {
    const bus = await startBus();
    try {
      const observer = await bus.connectAs('observer');
      const beats: unknown[] = [];
      observer.nats.subscribe(subjects.heartbeat('venuesim', 'sim-9'), {
        callback: (_error, message) => void beats.push(JSON.parse(message.string())),
      });
      const connection = { servers: bus.servers, seedFile: bus.seedFile('venuesim') };
      const program = run({ ...base(), instance: 'sim-9', ledgerDir: scratch.path('bus'), bus: connection });
      await ready(program);
      await eventually('a heartbeat', () => beats.length > 0);
      expect(beats[0]).toMatchObject({ service: 'venuesim', state: 'ready', counters: { corruptLines: 0 } });
      expect(await program.end('SIGTERM')).toBe(0);
    } finally {
      await bus.stop();
    }
  });
});
