import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyJournal } from '@portcullis/store';
import { RunningProgram, eventually } from '@portcullis/testkit';
import { Bench } from './bench.ts';

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

/** Starts riskd with the configuration, overridden by `more`. */
function riskd(more: Record<string, unknown> = {}): RunningProgram {
  const config = join(bench.dir, 'riskd.json');
  writeFileSync(config, JSON.stringify({ ...bench.config('process'), ...more }));
  return run(['--config', config]);
}

describe('the riskd process', () => {
  test('kill -9 after an approval: the next one knows it, and SIGTERM ends it in order', async () => {
    const first = riskd();
    await bench.recon();
    await bench.permit('FULL');
    const approved = await bench.approval('2');
    expect(approved.verdict.decision).toBe('approved');
    await first.end('SIGKILL');

    const second = riskd();
    // What was adopted is in the journal: the permit comes back without a new sweep.
    const permit = await bench.permit('FULL');
    expect(permit.permit.gateEpoch).toBeGreaterThan(approved.verdict.gateEpoch);
    await bench.quote();
    const denied = await eventually('a judgement on a price', async () => {
      const { verdict } = await bench.judged(bench.intent(`more ${Date.now()}`, { quantity: '1.001' }));
      return verdict.decision === 'denied' && verdict.denial.code.startsWith('MARK') ? undefined : verdict;
    });
    expect(denied).toMatchObject({
      decision: 'denied',
      denial: { code: 'POSITION_EXCEEDED', detail: { worst: '3.001' } },
    });
    expect(await second.end('SIGTERM')).toBe(0);
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
    ['a file that is no key', () => riskd({ signingKeyFile: file }), /holds no Ed25519 private key/],
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
    const refused = start();
    const code = await refused.ended;
    expect(refused.output).toMatch(message);
    expect(refused.output).not.toMatch(/^ {4}at /m);
    expect(code).toBe(1);
  });
});
