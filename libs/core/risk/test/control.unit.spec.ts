import { describe, expect, test } from '@jest/globals';
import { keyring, permitSignatureHolds } from '@portcullis/authority';
import { controlStateSchema, signedPermitSchema } from '@portcullis/contracts';
import { keyedHashSigner } from '@portcullis/kernel';
import { Gate, SECOND, alerts, approvers, config, controlStates, gateKey } from './language.ts';

describe('kill and clear', () => {
  test('a kill raises the epoch, latches its scope and shows in the control state', () => {
    const gate = Gate.ready();
    const [state, ...more] = controlStates(gate.kill('all', 5));
    expect(more).toEqual([]);
    expect(controlStateSchema.parse(state)).toMatchObject({
      tradingState: 'REDUCING',
      killEpoch: 1,
      latches: [{ scope: 'all', epoch: 1, reason: 'drill', by: 'ann' }],
    });
  });

  test('S5: the same message again changes nothing, also after the clear', () => {
    const gate = Gate.ready();
    gate.kill('all', 5);
    expect(gate.kill('all', 5)).toEqual([]);
    gate.clear('all');
    expect(gate.kill('all', 5)).toEqual([]);
    expect(gate.core.tradingState).toBe('ACTIVE');
    expect(gate.core.killEpoch).toBe(1);
    gate.kill('all', 6);
    expect(gate.core.killEpoch).toBe(2);
  });

  test('a clear by two different people opens the one latch that it names', () => {
    const gate = Gate.ready();
    gate.kill('all');
    gate.kill('run.sma-1');
    expect(controlStates(gate.clear('all'))).toMatchObject([
      { tradingState: 'ACTIVE', killEpoch: 2, latches: [{ scope: 'run.sma-1' }] },
    ]);
    expect(gate.deny().code).toBe('KILL_LATCHED');
    gate.clear('run.sma-1');
    expect(gate.approve().killEpoch).toBe(2);
  });

  const [ann, bob] = approvers;
  if (ann === undefined || bob === undefined) throw new Error('two approvers');
  const stranger = keyedHashSigner('eve', 'eve');
  test.each([
    ['one signer', {}, [ann]],
    ['one signer twice', {}, [ann, ann]],
    ['a stranger', {}, [ann, stranger]],
    ['a forged name', {}, [ann, keyedHashSigner('bob', 'guess')]],
    ['another account', { account: 'other' }, [ann, bob]],
    ['expired', { expiresAt: 1 }, [ann, bob]],
    ['dated ahead', { issuedAt: 1_800_000_000 * SECOND }, [ann, bob]],
    ['an older epoch', { killEpoch: 1 }, [ann, bob]],
    ['another scope', { scope: 'venue.venuesim' }, [ann, bob]],
  ])('a clear is refused: %s', (_why, statement, signers) => {
    const gate = Gate.ready();
    gate.kill('all');
    gate.kill('all');
    const effects = gate.clear('all', statement, signers);
    expect(alerts(effects)).toEqual(['clear-refused']);
    expect(controlStates(effects)).toEqual([]);
    expect(gate.core.latches).toHaveLength(1);
  });

  test('a latch and its epoch outlive a restart', () => {
    const gate = Gate.ready();
    gate.kill('all');
    gate.start();
    expect(gate.deny().code).toBe('KILL_LATCHED');
    expect(gate.core).toMatchObject({ gateEpoch: 2, killEpoch: 1 });
  });

  test('a break latches the account once and stays until it is cleared', () => {
    const gate = Gate.ready();
    gate.hold('1');
    const breaks = [{ kind: 'balance' as const, subject: 'BTC', ours: '1', venue: '0.9' }];
    const positions = [{ instrument: 'BTCUSDT.venuesim', quantity: '0.9' }];
    expect(alerts(gate.recon({ breaks, positions }))).toEqual(['account-distrusted']);
    expect(gate.core.latches).toMatchObject([{ scope: 'account.main', by: 'riskd', epoch: 1 }]);
    expect(alerts(gate.recon({ breaks, positions }))).toEqual([]);
    expect(gate.core.killEpoch).toBe(1);
    expect(gate.deny().code).toBe('KILL_LATCHED');
    expect(gate.approve({ side: 'sell', quantity: '0.9' }).reduces).toBe(true);
    gate.recon();
    expect(gate.core.tradingState).toBe('REDUCING');
    gate.clear('account.main');
    expect(gate.core.tradingState).toBe('ACTIVE');
  });

  test('a configuration can only lower the trading state', () => {
    const gate = Gate.ready(config({}, { tradingState: 'REDUCING' }));
    expect(gate.core.tradingState).toBe('REDUCING');
    gate.kill('all');
    gate.clear('all');
    expect(gate.core.tradingState).toBe('REDUCING');
  });
});

describe('permits', () => {
  test('a heartbeat of the reconciled bridge is answered with its own nonce', () => {
    const gate = Gate.ready();
    const nonce = 'a'.repeat(32);
    const signed = gate.heartbeat({ nonce });
    expect(signedPermitSchema.parse(signed)).toEqual(signed);
    expect(signed !== undefined && permitSignatureHolds(keyring([gateKey]), signed)).toBe(true);
    expect(signed?.permit).toMatchObject({
      account: 'main',
      mode: 'FULL',
      echo: nonce,
      bridgeEpoch: 7,
      gateEpoch: 1,
      killEpoch: 0,
      ttlMicros: 2 * SECOND,
    });
  });

  test.each(['all', 'venue.venuesim', 'account.main'])('under a latch on %s it only reduces', (scope) => {
    const gate = Gate.ready();
    gate.kill(scope);
    expect(gate.heartbeat()?.permit).toMatchObject({ mode: 'REDUCE', killEpoch: 1 });
    gate.clear(scope);
    expect(gate.heartbeat()?.permit).toMatchObject({ mode: 'FULL', killEpoch: 1 });
  });

  test('a latch on one run leaves the others their permit', () => {
    const gate = Gate.ready();
    gate.kill('run.sma-1');
    expect(gate.heartbeat()?.permit).toMatchObject({ mode: 'FULL', killEpoch: 1 });
  });

  test('no permit for another epoch, another account, an unreconciled bridge, or without the lease', () => {
    const gate = Gate.ready();
    for (const wrong of [{ bridgeEpoch: 6 }, { bridgeEpoch: 8 }, { account: 'other' }, { reconciled: false }]) {
      expect(gate.heartbeat(wrong)).toBeUndefined();
    }
    expect(gate.heartbeat()).toBeDefined();
    gate.take({ type: 'lease-lost', at: gate.at });
    expect(gate.heartbeat()).toBeUndefined();
  });

  test('a snapshot with breaks does not adopt a new bridge', () => {
    const gate = Gate.ready();
    gate.recon({ bridgeEpoch: 8, breaks: [{ kind: 'order', subject: 'x', ours: 'open', venue: 'none' }] });
    expect(gate.heartbeat({ bridgeEpoch: 7 })).toBeUndefined();
    expect(gate.heartbeat({ bridgeEpoch: 8 })).toBeUndefined();
  });

  test('after a restart permits go on at once: what was adopted is in the journal', () => {
    const gate = Gate.ready();
    gate.take({ type: 'started', at: gate.at, gateEpoch: 2, config: config() });
    expect(gate.heartbeat()).toBeUndefined();
    gate.take({ type: 'caught-up', at: gate.at });
    expect(gate.heartbeat()?.permit.gateEpoch).toBe(2);
  });
});
