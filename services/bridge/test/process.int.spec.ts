import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BridgeInput } from '@portcullis/execution';
import { verifyJournal } from '@portcullis/store';
import { RunningProgram, eventually } from '@portcullis/testkit';
import { Bench, idOf } from './bench.ts';

const file = join(import.meta.dirname, '../dist/main.js');

let bench: Bench;
let program: RunningProgram | undefined;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(async () => {
  await program?.end('SIGKILL');
  await bench.stop();
});

function run(args: readonly string[]): RunningProgram {
  program = new RunningProgram(file, args);
  return program;
}

function bridge(more: Record<string, unknown> = {}): RunningProgram {
  const config = join(bench.dir, 'bridge.json');
  writeFileSync(config, JSON.stringify(bench.config('process', more)));
  return run(['--config', config]);
}

/** Waits for a bridge of a later epoch that has reconciled. */
async function trading(after = 0): Promise<number> {
  return eventually('the bridge to trade', () => {
    const at = bench.heartbeat?.bridge;
    return at !== undefined && at.bridgeEpoch > after && at.reconciled ? at.bridgeEpoch : undefined;
  });
}

const placed = (name: string): number =>
  bench.venue.orders.filter(({ clientOrderId }) => clientOrderId === idOf(name)).length;

describe('the bridge process', () => {
  test('F3: killed between the send and its answer, the next one resolves both ways and sends nothing again', async () => {
    const first = bridge({ requestTimeoutMs: 30_000 });
    const epoch = await trading();
    bench.venue.mood = 'silent';
    await bench.approve('taken');
    await eventually('the order to be taken', () => placed('taken') === 1);
    bench.venue.mood = 'deaf';
    await bench.approve('lost');
    await eventually('the order to be lost', () => bench.venue.posts === 2);
    await first.end('SIGKILL');

    bench.venue.mood = 'answers';
    const second = bridge();
    await trading(epoch);
    // The private stream may have told of it before the crash; then it never was unresolved.
    const taken = (await bench.story('taken', 'accepted')).filter((type) => type !== 'unresolved');
    expect(taken).toEqual(['submitted', 'accepted']);
    expect(await bench.story('lost', 'expired')).toEqual(['submitted', 'unresolved', 'expired']);
    expect([bench.venue.posts, placed('taken'), placed('lost')]).toEqual([2, 1, 0]);
    await bench.approve('next');
    await bench.story('next', 'accepted');

    expect(await second.end('SIGTERM')).toBe(0);
    const types: BridgeInput['type'][] = [];
    verifyJournal<BridgeInput>(join(bench.config('process').dataDir, 'journal'), ({ payload }) =>
      types.push(payload.type),
    );
    expect(types.filter((type) => type === 'verdict')).toHaveLength(3);
    expect(second.output).not.toMatch(/of-the-account|let-me-kill/);
  });

  test.each<[string, () => RunningProgram, RegExp]>([
    ['an unknown flag', () => run(['--fast']), /usage: --config FILE/],
    ['a missing configuration', () => run(['--config', '/nowhere.json']), /nowhere\.json cannot be read \(ENOENT\)/],
    ['an unknown field', () => bridge({ limit: 1 }), /unknown field limit/],
    ['a key that is none', () => bridge({ gateKeys: ['abc'] }), /gateKeys\.0 is "abc"/],
    [
      'an unreadable key file',
      () => bridge({ apiSecretFile: '/nowhere/secret' }),
      /API secret \/nowhere\/secret cannot be read/,
    ],
    [
      'an instrument of another venue',
      () => bridge({ venue: 'elsewhere' }),
      /instruments\.0\.venue is "venuesim", this bridge is at elsewhere/,
    ],
  ])('%s ends it with an error that names the thing', async (_what, start, message) => {
    const refused = start();
    expect([await refused.ended, refused.output]).toEqual([1, expect.stringMatching(message)]);
    expect(refused.output).not.toMatch(/^\s+at /m);
  });
});
