import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { keyring, permitSignatureHolds, verdictSignatureHolds } from '@portcullis/authority';
import { type SignedVerdict, signedVerdictSchema, subjects } from '@portcullis/contracts';
import { contentHash, ed25519Verifier } from '@portcullis/kernel';
import { verifyJournal } from '@portcullis/store';
import { eventually } from '@portcullis/testkit';
import { Bench } from './bench.ts';
import { RunningRiskd } from './running-riskd.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(async () => {
  await bench.stop();
});

const gateKeys = () => keyring([ed25519Verifier(bench.gateKey.publicKeyBase64)]);

/** One story on one bus: riskd is stopped and started in it, and what it knew goes on. */
describe('riskd on a real bus', () => {
  let riskd: RunningRiskd;
  /** The verdict that takes the last room of the limit. */
  let full: SignedVerdict;
  const start = async (): Promise<void> => {
    riskd = new RunningRiskd(bench.config('main'));
    await riskd.ready();
  };
  const restart = async (): Promise<void> => {
    await riskd.stop();
    await start();
  };
  afterAll(async () => {
    await riskd.stop();
  });

  test('before the bridge reconciled: no permit, and a signed denial', async () => {
    await start();
    expect(await bench.beat()).toBeUndefined();
    const signed = await bench.judged(bench.intent('early'));
    expect(verdictSignatureHolds(gateKeys(), signed)).toBe(true);
    expect(signed.verdict).toMatchObject({ decision: 'denied', denial: { code: 'GATE_NOT_READY' } });
  });

  test('an intent goes in, a signed verdict that verifies comes out', async () => {
    await bench.recon();
    const permit = await bench.permit('FULL');
    expect(permitSignatureHolds(gateKeys(), permit)).toBe(true);
    const signed = await bench.approval('0.1');
    expect(signedVerdictSchema.parse(signed)).toEqual(signed);
    expect(verdictSignatureHolds(gateKeys(), signed)).toBe(true);
    const { verdict } = signed;
    if (verdict.decision !== 'approved') throw new Error(JSON.stringify(verdict.denial));
    expect(verdict.venueOrderHash).toBe(contentHash(verdict.venueOrder));
    expect(verdict.audience).toEqual({ account: 'main', bridgeEpoch: 5 });
    expect(verifyJournal(bench.config('main').journalDir).seq).toBeGreaterThanOrEqual(verdict.head.seq);
  });

  test('after a restart the same intent gets the same verdict and reserves nothing more', async () => {
    const intent = bench.intent('twice');
    const before = await bench.judged(intent);
    expect(before.verdict.decision).toBe('approved');
    await restart();
    await bench.quote();
    await bench.send(intent);
    // The server drops the verdict that it has already; the metric shows that it was given again.
    await eventually('the second answer', async () =>
      /decisions_total{decision="approved",[^}]*} [1-9]/.test((await riskd.get('/metrics')).body),
    );
    // 1.1 of 3 are reserved: 1.9 fit, and would not with a second reservation.
    full = await bench.judged(bench.intent('full', { quantity: '1.9' }));
    expect(full.verdict).toMatchObject({ decision: 'approved', gateEpoch: expect.any(Number) });
    expect(full.verdict.gateEpoch).toBeGreaterThan(before.verdict.gateEpoch);
    const over = await bench.judged(bench.intent('over', { quantity: '0.1' }));
    expect(over.verdict).toMatchObject({
      decision: 'denied',
      denial: { code: 'POSITION_EXCEEDED', detail: { worst: '3.1', limit: '3' } },
    });
  });

  test('what the bridge says of an order is booked, once', async () => {
    const lapsed = bench.lapsed(full);
    await bench.publish('bridge', subjects.order('main', 'sma-1'), lapsed);
    await bench.publish('bridge', subjects.order('main', 'sma-1'), lapsed);
    const again = await eventually('room for 1.9 again', async () => {
      const { verdict } = await bench.judged(bench.intent(`again ${Date.now()}`, { quantity: '1.9' }));
      return verdict.decision === 'approved' ? verdict : undefined;
    });
    expect(again.venueOrder.quantity).toBe('1.9');
    expect((await bench.judged(bench.intent('over anew', { quantity: '0.1' }))).verdict.decision).toBe('denied');
  });

  test('what cannot be read is a dead letter each, and the neighbours go on', async () => {
    const intent = bench.intent('neighbour', { quantity: '0.1' });
    await bench.publish('livyd', subjects.intent('main', 'sma-1'), new TextEncoder().encode('{'));
    await bench.publish('livyd', subjects.intent('main', 'sma-1'), { ...intent, quantity: 5 });
    await bench.publish('livyd', subjects.intent('main', 'other'), intent);
    await bench.publish('bridge', subjects.order('main', 'sma-1'), { type: 'fill' });
    await bench.publish('bridge', subjects.recon('main'), { version: 2 });
    await bench.publish('observer', subjects.clearDocument(), { version: 1 });
    const letters = [];
    for (let i = 0; i < 6; i++) letters.push(await bench.deadLetter());
    expect(
      new Set(
        letters.map(({ service, stream, reason }) => `${service} ${stream} ${reason === '' ? 'no reason' : 'reason'}`),
      ),
    ).toEqual(new Set(['INTENTS', 'ORDERS', 'RECON', 'CONTROL'].map((stream) => `riskd ${stream} reason`)));
    expect(letters.some(({ reason }) => reason.includes('belongs on intent.main.sma-1'))).toBe(true);
    expect((await bench.judged(intent)).verdict.decision).toBe('denied');
    expect((await riskd.get('/metrics')).body).toMatch(/dead_letters_total{stream="INTENTS",[^}]*} 3/);
  });

  test('a kill by a plain request latches, shows, and outlives a restart', async () => {
    await bench.kill(subjects.kill('all'), '{"reason":"drill","by":"ann"}');
    const state = await bench.controlState(({ killEpoch }) => killEpoch === 1);
    expect(state).toMatchObject({
      tradingState: 'REDUCING',
      latches: [{ scope: 'all', epoch: 1, reason: 'drill', by: 'ann' }],
    });
    expect((await bench.permit('REDUCE')).permit.killEpoch).toBe(1);
    await restart();
    await bench.quote();
    expect((await bench.permit('REDUCE')).permit.killEpoch).toBe(1);
    expect((await bench.judged(bench.intent('killed'))).verdict).toMatchObject({
      decision: 'denied',
      denial: { code: 'KILL_LATCHED' },
      killEpoch: 1,
    });
  });

  test('one approver does not clear it, nor one twice; two do', async () => {
    const [first] = bench.approvers;
    if (first === undefined) throw new Error('no approver');
    await bench.clear('all', 1, [first]);
    await bench.clear('all', 1, [first, first]);
    await eventually('two refusals', async () =>
      /alerts_total{name="clear-refused",[^}]*} 2/.test((await riskd.get('/metrics')).body),
    );
    expect((await bench.beat())?.permit.mode).toBe('REDUCE');
    await bench.clear('all', 1);
    expect((await bench.permit('FULL')).permit.killEpoch).toBe(1);
    expect(
      await bench.controlState(({ tradingState, killEpoch }) => tradingState === 'ACTIVE' && killEpoch === 1),
    ).toMatchObject({ latches: [] });
  });

  test('a kill that does not parse kills everything and is a dead letter', async () => {
    await bench.kill(subjects.kill('run.other'), 'stop it now');
    expect((await bench.deadLetter()).subject).toBe('ctl.kill.run.other');
    expect(await bench.controlState(({ killEpoch }) => killEpoch === 2)).toMatchObject({
      latches: [{ scope: 'all', epoch: 2 }],
    });
  });

  test('health tells that it is ready', async () => {
    expect(await riskd.get('/health/ready')).toEqual({ status: 200, body: '{"status":"ok"}' });
    expect((await riskd.get('/health/live')).status).toBe(200);
  });
});
