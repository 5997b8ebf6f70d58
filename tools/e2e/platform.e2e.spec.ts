import { afterEach, describe, expect, test } from '@jest/globals';
import { RunningPlatform, isAlive } from './running-platform.ts';

let platform: RunningPlatform;
afterEach(() => platform.remove());

const clean = { venueOrdersWithoutVerdict: 0, venueOrdersTwice: 0, unresolved: 0, positionBreaks: 0 };

describe('the whole platform on one machine', () => {
  test('trades through the gate, stops by itself, leaves no process behind, and goes on from what it had', async () => {
    platform = new RunningPlatform(['--for', '25s']);
    const { processes } = await platform.file();
    const first = await platform.end();
    expect(first).toMatchObject({ code: 0, summary: clean });
    expect(first.summary.fills).toBeGreaterThan(0);
    expect(first.summary.venueOrders).toBeGreaterThan(0);
    expect(first.summary.marketEvents).toBeGreaterThan(300);
    expect(Object.entries(processes).filter(([, pid]) => isAlive(pid))).toEqual([]);

    const again = new RunningPlatform(['--for', '12s'], platform.dir);
    platform = again;
    const second = await again.end();
    expect(second).toMatchObject({ code: 0, summary: clean });
    expect(second.summary.venueOrders).toBeGreaterThan(0);
    process.stdout.write(`e2e: ${JSON.stringify(first.summary)}\n`);
  }, 180_000);
});
