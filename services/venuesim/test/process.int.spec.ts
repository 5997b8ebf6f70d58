import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, test } from '@jest/globals';
import { subjects } from '@portcullis/contracts';
import { startBus } from '@portcullis/testkit';
import type { VenuesimConfigInput } from '../src/venuesim.config.ts';
import { Scratch, account, client, market, until } from './fixture.ts';

// The service as a process of its own, started from its source.

const scratch = new Scratch();
const children: ChildProcess[] = [];
const main = join(import.meta.dirname, '../src/main.ts');

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  scratch.remove();
});

let count = 0;
function run(config: unknown, ...more: string[]): { child: ChildProcess; lines: string[]; errors: string[] } {
  const file = scratch.path(`config-${count++}.json`);
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, ['--conditions=@portcullis/source', main, '--config', file, ...more]);
  children.push(child);
  const [lines, errors]: [string[], string[]] = [[], []];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  return { child, lines, errors };
}

async function ready(lines: readonly string[]): Promise<{ url: string; port: number; healthPort?: number }> {
  const line = await until(() => lines.find((one) => one.startsWith('{"ready"')));
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
    const at = await ready(first.lines);
    const exchange = await client(at, 'main');
    await exchange.loadMarkets();
    const order = await exchange.createOrder('BTC/USDT', 'limit', 'buy', 0.1, 30_000);
    const health = `http://127.0.0.1:${at.healthPort}`;
    expect((await fetch(`${health}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${health}/health/ready`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${health}/metrics`)).text()).toMatch(/venuesim_orders_accepted\{[^}]*\} 1/);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const second = run(base());
    const again = await client(await ready(second.lines), 'main');
    await again.loadMarkets();
    expect((await again.fetchOpenOrders('BTC/USDT')).map(({ id }) => id)).toEqual([order.id]);
    expect((await again.fetchBalance()).USDT).toMatchObject({ used: 3000 });

    const third = run(base());
    expect(await once(third.child, 'exit')).toEqual([1, null]);
    expect(third.errors.join('\n')).toContain(`in use by process ${second.child.pid}`);

    second.child.kill('SIGTERM');
    expect(await once(second.child, 'exit')).toEqual([0, null]);
    expect([...first.lines, ...second.lines, ...second.errors].join('\n')).not.toMatch(/test-only|api-key-of/);
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
    const { child, errors } = run(config, ...(flags as string[]));
    expect((await once(child, 'exit'))[0]).toBe(1);
    const text = errors.filter((line) => !line.includes('Warning')).join('\n');
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
      const { child, lines } = run({ ...base(), instance: 'sim-9', ledgerDir: scratch.path('bus'), bus: connection });
      await ready(lines);
      await until(() => beats.length > 0);
      expect(beats[0]).toMatchObject({ service: 'venuesim', state: 'ready', counters: { corruptLines: 0 } });
      child.kill('SIGTERM');
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      await bus.stop();
    }
  });
});
