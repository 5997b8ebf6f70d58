import { afterEach, describe, expect, test } from '@jest/globals';
import { type Progress, RunningPlatform } from './running-platform.ts';

let platform: RunningPlatform;
afterEach(() => platform.remove());

/** Waits until the platform has seen market data, decided and sent orders that it had not before. */
async function goesOn(before: Progress): Promise<void> {
  await platform.until('new market events, intents and orders', async () => {
    const now = await platform.progress();
    const moved =
      now !== undefined &&
      now.marketEvents > before.marketEvents &&
      now.intents > before.intents &&
      now.submitted > before.submitted;
    return moved ? now : undefined;
  });
}

describe('kill -9 while trading (F3, F20)', () => {
  test('of nats-server, collector, livyd, riskd and bridge, each once: the platform goes on, no order without verdict, none twice', async () => {
    platform = new RunningPlatform([]);
    await platform.trading();
    const seconds: Record<string, number> = {};
    for (const name of ['nats-server', 'collector', 'livyd', 'riskd', 'bridge']) {
      const before = await platform.trading();
      await platform.crash(name);
      const from = Date.now();
      await goesOn(before);
      seconds[name] = (Date.now() - from) / 1000;
    }
    platform.interrupt();
    const { code, summary } = await platform.end();
    process.stdout.write(`chaos: back to trading after (s) ${JSON.stringify(seconds)}; ${JSON.stringify(summary)}\n`);
    expect(summary).toMatchObject({
      venueOrdersWithoutVerdict: 0,
      venueOrdersTwice: 0,
      unresolved: 0,
      positionBreaks: 0,
    });
    expect(summary.venueOrders).toBeGreaterThan(0);
    expect(Object.values(summary.restarts).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(5);
    expect(code).toBe(0);
  }, 300_000);
});
