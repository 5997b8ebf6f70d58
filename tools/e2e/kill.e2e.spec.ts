import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { connectBus, seedFileOf } from '@portcullis/bus';
import { RunningPlatform } from './running-platform.ts';

let platform: RunningPlatform;
afterEach(() => platform.remove());

/** How long the platform is watched for orders that must not come. */
const WATCH_MS = 3000;

async function latches(): Promise<readonly { readonly scope: string; readonly epoch: number }[]> {
  return (await platform.status())?.controls.flatMap((control) => control.latches) ?? [];
}

/** Waits until nothing works at the venue, then watches that no order is sent. */
async function isQuiet(): Promise<void> {
  await platform.until('no working order', async () => {
    const status = await platform.status();
    const working = status?.runs.reduce((sum, run) => sum + run.workingOrders, 0);
    return working === 0 ? true : undefined;
  });
  const before = await platform.progress();
  await sleep(WATCH_MS);
  expect((await platform.progress())?.submitted).toBe(before?.submitted);
}

async function tradesAgain(): Promise<void> {
  const before = await platform.until('the status', () => platform.progress());
  await platform.until('new orders', async () =>
    ((await platform.progress())?.submitted ?? 0) > before.submitted ? true : undefined,
  );
}

describe('kill', () => {
  test('by command line and by a plain request: latched, orders cancelled, survives a restart of everything, cleared by two approvers only', async () => {
    platform = new RunningPlatform([]);
    await platform.trading();
    const killed = await platform.command('kill', 'all', '--reason', 'drill', '--by', 'desk');
    expect(killed.code).toBe(0);

    const { natsUrl, seedsDir } = await platform.file();
    const operator = await connectBus({
      servers: [natsUrl],
      identity: 'operator',
      seedFile: seedFileOf(seedsDir, 'operator'),
    });
    const stored = await operator.nats.request('ctl.kill.run.sma-1', 'this is not even JSON');
    expect(stored.json()).toMatchObject({ stream: 'CONTROL' });
    await operator.close();
    await platform.until('both latches', async () => ((await latches()).length >= 1 ? true : undefined));
    await isQuiet();

    platform.interrupt();
    expect(await platform.end()).toMatchObject({
      summary: { venueOrdersWithoutVerdict: 0, venueOrdersTwice: 0, unresolved: 0 },
    });
    platform = new RunningPlatform([], platform.dir);
    const held = await platform.until('the latches after the restart', async () => {
      const found = await latches();
      return found.length > 0 ? found : undefined;
    });
    await isQuiet();

    const key = (n: number): string => join(platform.dir, 'keys', `approver-${n}.pem`);
    const clear = (scope: string, epoch: number, ...keys: number[]): ReturnType<RunningPlatform['command']> =>
      platform.command(
        'clear',
        scope,
        '--epoch',
        String(epoch),
        '--reason',
        'drill over',
        ...keys.flatMap((n) => ['--key', key(n)]),
      );
    const [first] = held;
    expect((await clear(first?.scope ?? '', first?.epoch ?? 0, 1)).code).not.toBe(0);
    expect((await clear(first?.scope ?? '', first?.epoch ?? 0, 1, 1)).code).not.toBe(0);
    expect(await latches()).toEqual(held);
    for (const { scope, epoch } of held) expect(await clear(scope, epoch, 1, 2)).toMatchObject({ code: 0 });
    await platform.until('no latch', async () => ((await latches()).length === 0 ? true : undefined));
    await tradesAgain();
    platform.interrupt();
    expect(await platform.end()).toMatchObject({
      code: 0,
      summary: { venueOrdersWithoutVerdict: 0, venueOrdersTwice: 0, unresolved: 0, positionBreaks: 0 },
    });
  }, 240_000);
});
