import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@portcullis/testkit';
import { Bench } from './bench.ts';
import { RunningRiskd } from './running-riskd.ts';

let bench: Bench;
let riskd: RunningRiskd;
beforeAll(async () => {
  bench = await Bench.start();
  riskd = new RunningRiskd(bench.config('outage'));
  await riskd.ready();
  await bench.recon();
  await bench.permit('FULL');
});
afterAll(async () => {
  await riskd.stop();
  await bench.stop();
});

const gateEpoch = async (): Promise<number> => (await bench.permit('FULL')).permit.gateEpoch;

describe('F20: the bus goes away and comes back', () => {
  test('kill -9 and restart of the server: riskd goes on, and a waiting intent is judged', async () => {
    const before = await gateEpoch();
    await bench.bus.server.kill('SIGKILL');
    await bench.bus.server.restart();
    expect((await bench.approval('0.5')).verdict.decision).toBe('approved');
    expect(await gateEpoch()).toBeGreaterThanOrEqual(before);
  });

  test('away for longer than the lease lives: no permit without it, then a new epoch, and what was reserved still is', async () => {
    const before = await gateEpoch();
    await bench.bus.server.kill('SIGKILL');
    await sleep(1500);
    await bench.bus.server.restart();
    await riskd.ready();
    const after = await eventually('a permit of the next epoch', async () => {
      const epoch = await gateEpoch();
      return epoch > before ? epoch : undefined;
    });
    expect(after).toBeGreaterThan(before);
    expect((await bench.approval('0.1')).verdict.gateEpoch).toBe(after);
    const { verdict } = await bench.judged(bench.intent('too much', { quantity: '2.5' }));
    expect(verdict).toMatchObject({
      decision: 'denied',
      denial: { code: 'POSITION_EXCEEDED', detail: { worst: '3.1' } },
    });
  });
});

describe('two of them', () => {
  test('S12: the second waits for the lease and takes over when the first stops', async () => {
    const first = riskd;
    const before = await gateEpoch();
    riskd = new RunningRiskd(bench.config('outage', { instance: 'riskd-2' }));
    await eventually('the second to wait', async () => {
      const health = await riskd.get('/health/ready').catch(() => undefined);
      return health?.body.includes('waiting for the lease');
    });
    await first.stop();
    await riskd.ready();
    expect(await gateEpoch()).toBeGreaterThan(before);
  });
});
