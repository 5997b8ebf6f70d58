import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyJournal } from '@portcullis/store';
import { Bench } from './bench.ts';
import { until } from './until.ts';

const program = join(import.meta.dirname, '../dist/main.js');

let bench: Bench;
let child: ChildProcess | undefined;
let output = '';
beforeAll(async () => {
  if (!existsSync(program)) throw new Error(`${program} is missing: build first (npm test does)`);
  bench = await Bench.start();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await bench.stop();
});

function run(args: readonly string[]): ChildProcess {
  output = '';
  const started = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const hear = (chunk: Buffer): void => void (output += chunk.toString());
  started.stdout.on('data', hear);
  started.stderr.on('data', hear);
  child = started;
  return started;
}

async function end(process: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  const gone = once(process, 'exit');
  process.kill(signal);
  const [code] = (await gone) as [number | null];
  return code;
}

/** Starts riskd with the configuration, overridden by `more`. */
function riskd(more: Record<string, unknown> = {}): ChildProcess {
  const file = join(bench.dir, 'riskd.json');
  writeFileSync(file, JSON.stringify({ ...bench.config('process'), ...more }));
  return run(['--config', file]);
}

describe('the riskd process', () => {
  test('kill -9 after an approval: the next one knows it, and SIGTERM ends it in order', async () => {
    const first = riskd();
    await bench.recon();
    await bench.permit('FULL');
    const approved = await bench.approval('2');
    expect(approved.verdict.decision).toBe('approved');
    await end(first, 'SIGKILL');

    const second = riskd();
    // What was adopted is in the journal: the permit comes back without a new sweep.
    const permit = await bench.permit('FULL');
    expect(permit.permit.gateEpoch).toBeGreaterThan(approved.verdict.gateEpoch);
    await bench.quote();
    const denied = await until('a judgement on a price', async () => {
      const { verdict } = await bench.judged(bench.intent(`more ${Date.now()}`, { quantity: '1.001' }));
      return verdict.decision === 'denied' && verdict.denial.code.startsWith('MARK') ? undefined : verdict;
    });
    expect(denied).toMatchObject({
      decision: 'denied',
      denial: { code: 'POSITION_EXCEEDED', detail: { worst: '3.001' } },
    });
    expect(await end(second, 'SIGTERM')).toBe(0);
    expect(verifyJournal(bench.config('process').journalDir).seq).toBeGreaterThan(0);
  });

  test.each([
    ['an unknown flag', () => run(['--fast']), /usage: --config FILE/],
    ['a missing configuration', () => run(['--config', '/nowhere.json']), /nowhere\.json cannot be read \(ENOENT\)/],
    ['an unknown field', () => riskd({ limit: 1 }), /unknown field limit/],
    [
      'a wrong limit',
      () => riskd({ limits: { limitsVersion: 1, entries: [{ scope: 'acount', limits: {} }] } }),
      /limits\.entries\.0\.scope is "acount"/,
    ],
    ['an unreadable key', () => riskd({ signingKeyFile: '/nowhere.pem' }), /signing key \/nowhere\.pem cannot be read/],
    ['a file that is no key', () => riskd({ signingKeyFile: program }), /holds no Ed25519 private key/],
    ['an approver that is no key', () => riskd({ approvers: ['abc'] }), /approvers\.0 is "abc"/],
    [
      'another lot size than the journal',
      () =>
        riskd({
          instruments: bench
            .config('process')
            .instruments.map((one) => ({ ...one, lotSize: '0.01', quantityMin: '0.01' })),
        }),
      /lotSize of BTCUSDT\.venuesim is "0\.01", expected 0\.001/,
    ],
    ['an instrument of another venue', () => riskd({ venue: 'elsewhere' }), /instruments\.0\.venue is "venuesim"/],
    [
      'no bus',
      () => riskd({ bus: { servers: ['nats://127.0.0.1:1'], seedFile: bench.bus.seedFile('riskd') } }),
      /no bus answers at nats:\/\/127\.0\.0\.1:1/,
    ],
  ])('%s ends it with a sentence and no stack trace', async (_what, start, message) => {
    const [code] = (await once(start(), 'close')) as [number | null];
    expect(output).toMatch(message);
    expect(output).not.toMatch(/^ {4}at /m);
    expect(code).toBe(1);
  });
});
