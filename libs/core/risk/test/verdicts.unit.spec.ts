import { describe, expect, test } from '@jest/globals';
import { keyring, verdictSignatureHolds } from '@portcullis/authority';
import { signedVerdictSchema } from '@portcullis/contracts';
import { clientOrderIdOf, venueOrderHash } from '@portcullis/execution';
import { contentHash, sha256Hex } from '@portcullis/kernel';
import { GateCore } from '../src/index.ts';
import { Gate, SECOND, alerts, gateKey } from './language.ts';

describe('verdicts', () => {
  test('an approval is signed and names its order, audience, epochs and journal record', () => {
    const gate = Gate.ready();
    const intent = gate.intent({ price: '100.50' });
    const signed = gate.judge(intent);
    expect(signedVerdictSchema.parse(signed)).toEqual(signed);
    expect(verdictSignatureHolds(keyring([gateKey]), signed)).toBe(true);
    const { verdict } = signed;
    if (verdict.decision !== 'approved') throw new Error('denied');
    expect(verdict.intentHash).toBe(contentHash(intent));
    expect(verdict.venueOrder).toMatchObject({
      clientOrderId: clientOrderIdOf('sma-1', intent.intentId),
      price: '100.5',
      quantity: '1',
    });
    expect(verdict.venueOrderHash).toBe(venueOrderHash(verdict.venueOrder));
    expect(verdict.audience).toEqual({ account: 'main', bridgeEpoch: 7 });
    expect(verdict).toMatchObject({
      gateEpoch: 1,
      killEpoch: 0,
      limitsVersion: 3,
      reduces: false,
      head: gate.journal.at(-1)?.head,
    });
    expect(verdict.expiresAt).toBe(gate.at + 2 * SECOND);
  });

  test('a denial is signed too, with its code and numbers', () => {
    const gate = Gate.ready();
    const signed = gate.judge(gate.intent({ quantity: '11' }));
    expect(signedVerdictSchema.parse(signed)).toEqual(signed);
    expect(verdictSignatureHolds(keyring([gateKey]), signed)).toBe(true);
    expect(signed.verdict).toMatchObject({
      decision: 'denied',
      denial: { code: 'POSITION_EXCEEDED', detail: { worst: '11', limit: '10', scope: 'account' } },
    });
  });

  test('a verdict never outlives its intent', () => {
    const gate = Gate.ready();
    expect(gate.approve({ expiry: gate.at + 1 }).expiresAt).toBe(gate.at + 1);
  });

  test('the same intent again gets the same verdict and reserves nothing more', () => {
    const gate = Gate.ready();
    const intent = gate.intent();
    const first = gate.judge(intent);
    gate.pass(1 * SECOND);
    expect(gate.judge(intent)).toEqual(first);
    expect(gate.exposure()).toBe('0 1 0');
    gate.kill();
    expect(gate.judge(intent)).toEqual(first);
  });

  test('a denied intent stays denied when it comes again', () => {
    const gate = Gate.ready();
    const intent = gate.intent({ price: '200' });
    const first = gate.judge(intent);
    gate.mark('199.99', '200.01');
    expect(gate.judge(intent)).toEqual(first);
  });

  test('the same id with other content is a duplicate', () => {
    const gate = Gate.ready();
    const first = gate.approve({ id: 'a' });
    expect(gate.deny({ id: 'a', quantity: '2' })).toMatchObject({
      code: 'DUPLICATE_INTENT',
      detail: { decidedHash: first.intentHash },
    });
    expect(gate.exposure()).toBe('0 1 0');
  });

  test('an intent is forgotten only after its expiry, and not while its order works', () => {
    const gate = Gate.ready();
    const working = gate.intent({ id: 'working' });
    const first = gate.judge(working);
    const over = gate.intent({ id: 'over' });
    const { verdict } = gate.judge(over);
    if (verdict.decision !== 'approved') throw new Error('denied');
    gate.event(verdict, 'lapsed');
    gate.pass(120 * SECOND);
    gate.take({ type: 'timer', at: gate.at });
    expect(gate.judge(working)).toEqual(first);
    expect(gate.judge(over).verdict).toMatchObject({ decision: 'denied', denial: { code: 'INTENT_EXPIRED' } });
  });

  test('an intent for another account is not judged', () => {
    const gate = Gate.ready();
    expect(gate.take({ type: 'intent', at: gate.at, intent: gate.intent({ account: 'other' }) })).toEqual([]);
  });

  test('approvals that the bridge has not answered can be published again', () => {
    const gate = Gate.ready();
    const intent = gate.intent();
    const first = gate.judge(intent);
    expect(gate.core.unanswered()).toEqual([first]);
    if (first.verdict.decision === 'approved') gate.event(first.verdict, 'submitted');
    expect(gate.core.unanswered()).toEqual([]);
  });

  test('replay: the same inputs give the same effects, signatures and state, and go on the same way', () => {
    const gate = Gate.ready();
    gate.hold('2');
    const working = gate.approve({ side: 'sell', quantity: '1' });
    gate.deny({ price: '300' });
    gate.heartbeat();
    gate.kill('run.sma-1');
    gate.event(working, 'unresolved');

    const again = new Gate();
    const effects = gate.journal.flatMap(({ input }) => again.take(input));
    expect(effects).toEqual(gate.effects);
    expect(sha256Hex(JSON.stringify(effects))).toBe(sha256Hex(JSON.stringify(gate.effects)));

    const silent = new Gate();
    for (const { input, head } of gate.journal) silent.core.replay(input, head);
    expect(silent.core.exposures).toEqual(gate.core.exposures);
    const next = {
      type: 'intent' as const,
      at: gate.at,
      intent: gate.intent({ reduceOnly: true, side: 'sell', quantity: '1' }),
    };
    const head = { seq: 99, hash: 'a'.repeat(64) };
    expect(silent.core.step(next, head)).toEqual(gate.core.step(next, head));
  });

  test('an order that stays without an answer is told to a person once', () => {
    const gate = Gate.ready();
    gate.approve();
    gate.pass(31 * SECOND);
    expect(alerts(gate.take({ type: 'timer', at: gate.at }))).toEqual(['order-overdue']);
    gate.pass(31 * SECOND);
    expect(alerts(gate.take({ type: 'timer', at: gate.at }))).toEqual([]);
  });

  test('a journal kept in other lots cannot be gone on with', () => {
    const gate = Gate.ready();
    const settings = gate.journal[0]?.input.type === 'started' ? gate.journal[0].input.config : undefined;
    if (settings === undefined) throw new Error('no config');
    const changed = {
      ...settings,
      instruments: settings.instruments.map((definition) => ({ ...definition, lotSize: '0.01', quantityMin: '0.01' })),
    };
    expect(gate.core.checkConfig(changed)).toMatchObject({
      ok: false,
      error: { field: 'lotSize of BTCUSDT.venuesim', value: '0.01' },
    });
    expect(new GateCore({ account: 'x', signer: gateKey }).checkConfig(settings)).toMatchObject({
      ok: false,
      error: { field: 'account' },
    });
  });
});
