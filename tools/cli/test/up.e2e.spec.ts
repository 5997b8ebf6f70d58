import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningPlatform, runningPlatformSchema } from '@portcullis/contracts';
import { eventually } from '@portcullis/testkit';

const bin = join(import.meta.dirname, '../bin/portcullis.mjs');
/** One clean start, some trading, three crashes, a kill and a clear: the longest test of the house. */
const LONG_MS = 180_000;

let dir = '';
const children: ChildProcess[] = [];
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'portcullis-up-'));
});
afterAll(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  rmSync(dir, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function begin(...words: string[]): { readonly child: ChildProcess; readonly done: Promise<Outcome> } {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  return { child, done: once(child, 'close').then(([code]) => ({ code: code as number | null, out, err })) };
}
const run = (...words: string[]): Promise<Outcome> => begin(...words).done;
const lastLine = ({ out }: Outcome): Record<string, unknown> =>
  JSON.parse(out.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;

const upFile = (): string => join(dir, 'up.json');
const running = (): RunningPlatform => runningPlatformSchema.parse(JSON.parse(readFileSync(upFile(), 'utf8')));
interface Seen {
  readonly tradingState: string;
  readonly counters: { readonly fills: number; readonly intents: number; readonly approved: number } | null;
  readonly latches: readonly { readonly scope: string; readonly epoch: number }[];
}
const seen = async (): Promise<Seen> => lastLine(await run('status', '--json', '--dir', dir)) as unknown as Seen;

/** The first status with counters that fit. Each look is a process of its own. */
async function until(what: string, fits: (counters: NonNullable<Seen['counters']>) => boolean): Promise<Seen> {
  return eventually(
    what,
    async () => {
      if (!existsSync(upFile())) return undefined;
      const value = await seen().catch(() => undefined);
      return value?.counters !== undefined && value.counters !== null && fits(value.counters) && value;
    },
    { msMax: 60_000, pollMs: 300 },
  );
}

describe('portcullis up', () => {
  test(
    'trades, survives crashes of its processes, stops by a kill, goes on after a clear, and its venue saw no order without approval',
    async () => {
      const { child, done } = begin('up', '--json', '--port', '0', '--dir', dir, '--seed', '3');
      await until('a fill', ({ fills }) => fills > 0);

      const second = await run('up', '--port', '0', '--dir', dir, '--seed', '3');
      expect([second.code, second.err]).toEqual([
        1,
        expect.stringContaining(`state generated-3 is in use by process ${running().pid}`),
      ]);

      for (const name of ['nats-server', 'collector', 'livyd']) {
        const before = await seen();
        process.kill(running().processes[name]!, 'SIGKILL');
        await until(
          `approvals after the crash of ${name}`,
          ({ approved }) => approved > (before.counters?.approved ?? 0) + 1,
        );
      }

      const killed = await run('kill', 'account.main', '--reason', 'drill', '--by', 'ann', '--json', '--dir', dir);
      expect([killed.code, lastLine(killed)]).toEqual([
        0,
        expect.objectContaining({ scope: 'account.main', latched: true, killEpoch: 1, tradingState: 'REDUCING' }),
      ]);
      const keys = ['approver-1', 'approver-2'].map((name) => join(dir, 'keys', `${name}.pem`));
      const alone = await run(
        'clear',
        'account.main',
        '--epoch',
        '1',
        '--key',
        keys[0]!,
        '--key',
        keys[0]!,
        '--reason',
        'x',
        '--dir',
        dir,
      );
      expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('2 different approvers')]);
      const cleared = await run(
        'clear',
        'account.main',
        '--epoch',
        '1',
        '--key',
        keys[0]!,
        '--key',
        keys[1]!,
        '--reason',
        'drill over',
        '--json',
        '--dir',
        dir,
      );
      expect([cleared.code, lastLine(cleared)]).toEqual([
        0,
        expect.objectContaining({ cleared: true, tradingState: 'ACTIVE' }),
      ]);
      const afterClear = await seen();
      await until('an approval after the clear', ({ approved }) => approved > (afterClear.counters?.approved ?? 0));

      const { processes } = running();
      child.kill('SIGINT');
      const outcome = await done;
      expect([outcome.code, outcome.err]).toEqual([0, expect.not.stringContaining('check:')]);
      expect(lastLine(outcome)).toMatchObject({
        venueOrdersWithoutVerdict: 0,
        venueOrdersTwice: 0,
        unresolved: 0,
        positionBreaks: 0,
        restarts: { 'nats-server': 1, collector: 1, livyd: 1 },
      });
      expect(lastLine(outcome)['venueOrders']).toBeGreaterThan(0);
      for (const pid of Object.values(processes)) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      expect(existsSync(upFile())).toBe(false);
    },
    LONG_MS,
  );

  test('finds a busy port before it starts anything, and says which', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { code, err } = await run('up', '--port', String(port), '--dir', dir, '--state', 'other');
    server.close();
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(new RegExp(`error: port ${port} of 127.0.0.1 is taken.*\n.*--port N`)),
    ]);
    expect(existsSync(upFile())).toBe(false);
  });

  test('names a capture that is none', async () => {
    const file = join(dir, 'capture.gz');
    writeFileSync(file, 'this is not a capture');
    const { code, err } = await run('up', '--flow', file, '--port', '0', '--dir', dir);
    expect([code, err]).toEqual([1, expect.stringContaining(file)]);
    expect(err).not.toContain('    at ');
  });

  test.each([
    [['up', '--sped', '3'], '--sped'],
    [['up', '--for', 'soon'], '--for is "soon"'],
    [['up', '--speed', '3'], '--flow FILE'],
    [['down'], 'there is no command "down"'],
    [['kill', 'everything'], 'scope is "everything"'],
  ])('%j is refused with exit code 2', async (words, message) => {
    const { code, err } = await run(...words);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
