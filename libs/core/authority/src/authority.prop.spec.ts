import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ClearStatement, TradePermit } from '@portcullis/contracts';
import { keyedHashSigner } from '@portcullis/kernel';
import { LATCH_COUNT_MAX, NO_LATCHES, type LatchState, latch, latchOn, scopeCovers, unlatch } from './latches.ts';
import { documentSignerCount, keyring, permitSignatureHolds, signPermit, signStatement } from './signatures.ts';

const owner = { venue: 'venuesim', account: 'main', strategy: 'sma-cross', runId: 'sma-1', symbol: 'BTCUSDT' };
const scopes = [
  'all',
  'venue.venuesim',
  'account.main',
  'strategy.sma-cross',
  'run.sma-1',
  'instrument.venuesim.BTCUSDT',
  'run.other',
  'venue.other',
];
const kill = (scope: string) => ({ scope, reason: 'r', by: 'b', at: 1 });
const action = fc.oneof(
  fc.record({ type: fc.constant('kill' as const), scope: fc.constantFrom(...scopes) }),
  fc.record({ type: fc.constant('clear' as const), scope: fc.constantFrom(...scopes), back: fc.nat(3) }),
);

describe('kill latches', () => {
  test('S5: the kill epoch never goes down, and only a clear of the latch’s own epoch removes it', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        let state: LatchState = NO_LATCHES;
        for (const step of actions) {
          const before = state;
          if (step.type === 'kill') {
            state = latch(state, kill(step.scope));
            expect(state.killEpoch).toBe(before.killEpoch + 1);
            expect(state.latches.filter((held) => held.scope === step.scope)).toEqual([
              { ...kill(step.scope), epoch: state.killEpoch },
            ]);
          } else {
            const held = state.latches.find((other) => other.scope === step.scope);
            const epoch = Math.max(0, (held?.epoch ?? state.killEpoch) - step.back);
            state = unlatch(state, step.scope, epoch);
            expect(state.killEpoch).toBe(before.killEpoch);
            expect(before.latches.length - state.latches.length).toBe(
              held !== undefined && held.epoch === epoch ? 1 : 0,
            );
          }
        }
      }),
    );
  });

  test.each(scopes.map((scope) => [scope, !scope.endsWith('.other')] as const))(
    'scope %s covers the order: %s',
    (scope, covers) => {
      expect(scopeCovers(scope, owner)).toBe(covers);
      expect(latchOn(latch(NO_LATCHES, kill(scope)), owner) !== undefined).toBe(covers);
    },
  );

  test('one kill more than there is room for stops everything instead of being forgotten', () => {
    let state: LatchState = NO_LATCHES;
    for (let i = 0; i <= LATCH_COUNT_MAX; i++) state = latch(state, kill(`run.r${i}`));
    expect(latchOn(state, owner)?.scope).toBe('all');
  });
});

describe('signatures', () => {
  const signer = keyedHashSigner('k1', 's1');
  const permit: TradePermit = {
    version: 1,
    account: 'main',
    mode: 'FULL',
    killEpoch: 0,
    gateEpoch: 1,
    bridgeEpoch: 2,
    echo: 'e'.repeat(32),
    issuedAt: 5,
    ttlMicros: 2_000_000,
    keyId: 'k1',
  };

  test('a permit holds only unaltered and for a key of the ring', () => {
    const signed = signPermit(signer, permit);
    expect(permitSignatureHolds(keyring([signer]), signed)).toBe(true);
    expect(permitSignatureHolds(keyring([keyedHashSigner('k2', 's1')]), signed)).toBe(false);
    for (const altered of [
      { mode: 'REDUCE' as const },
      { killEpoch: 1 },
      { ttlMicros: 9_000_000 },
      { echo: 'f'.repeat(32) },
    ]) {
      expect(permitSignatureHolds(keyring([signer]), { ...signed, permit: { ...permit, ...altered } })).toBe(false);
    }
  });

  test('a document counts different keys, not signatures', () => {
    const two = keyedHashSigner('k2', 's2');
    const statement: ClearStatement = {
      version: 1,
      kind: 'clear',
      account: 'main',
      scope: 'all',
      killEpoch: 1,
      reason: 'r',
      issuedAt: 1,
      expiresAt: 2,
    };
    const keys = keyring([signer, two]);
    const first = signStatement(signer, statement);
    const count = (signatures: (typeof first)[]): number =>
      documentSignerCount(keys, { version: 1, statement, signatures });
    expect([
      count([first]),
      count([first, first]),
      count([first, signStatement(two, statement)]),
      count([first, signStatement(keyedHashSigner('k3', 's3'), statement)]),
    ]).toEqual([1, 1, 2, 1]);
    expect(
      documentSignerCount(keys, {
        version: 1,
        statement: { ...statement, killEpoch: 2 },
        signatures: [first, signStatement(two, statement)],
      }),
    ).toBe(0);
  });
});
