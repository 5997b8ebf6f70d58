import { describe, expect, test } from '@jest/globals';
import { signVerdict } from '@portcullis/authority';
import { type ApprovedVerdict, type SignedVerdict, orderEventSchema } from '@portcullis/contracts';
import { keyedHashSigner } from '@portcullis/kernel';
import { venueOrderHash } from '../src/index.ts';
import { SECOND, World, gate, idOf, only, refusals, verdictOf } from './bridge-language.ts';

const submits = (effects: Parameters<typeof only>[0]): number => only(effects, 'submit').length;

/** Every leaf of a value with a path to it. */
function leaves(value: unknown, path: readonly string[] = []): { path: readonly string[]; value: unknown }[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, key]));
}

function altered<T>(value: T, path: readonly string[]): T {
  const copy = JSON.parse(JSON.stringify(value)) as T;
  let at = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const key = path.at(-1)!;
  const old = at[key];
  at[key] = typeof old === 'number' ? old + 1 : typeof old === 'boolean' ? !old : `${String(old)}x`;
  return copy;
}

describe('an approved verdict', () => {
  test('is sent once, with its submission told', () => {
    const world = new World().ready();
    const effects = world.approve('a');
    expect(only(effects, 'submit').map(({ venueOrder }) => venueOrder.clientOrderId)).toEqual([idOf('a')]);
    expect(world.events('a').map((event) => event.type)).toEqual(['submitted']);
    expect(orderEventSchema.safeParse(world.events('a')[0]).success).toBe(true);
    expect(world.core.maySend(idOf('a'), world)).toEqual({ ok: true });
  });

  test('S6: altered in any field it is refused, counted and releases nothing', () => {
    const signed = new World().ready().verdict('a');
    const paths = leaves(signed.verdict).map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(30);
    for (const path of paths) {
      const world = new World().ready();
      const effects = world.feed({ type: 'verdict', signed: { ...signed, verdict: altered(signed.verdict, path) } });
      expect([path.join('.'), refusals(effects), submits(effects), only(effects, 'order-event').length]).toEqual([
        path.join('.'),
        ['bad-signature'],
        0,
        0,
      ]);
      expect(world.core.counters.get('bad-signature')).toBe(1);
      expect(only(effects, 'alert')).toHaveLength(1);
    }
  });

  test('signed by another key, or with a broken signature, is refused and releases nothing', () => {
    const stranger = keyedHashSigner('stranger', 's');
    const impostor = keyedHashSigner('gate', 'guess');
    const world = new World().ready();
    const verdict = world.verdict('a').verdict;
    const forged: SignedVerdict[] = [
      signVerdict(stranger, { ...verdict, keyId: 'stranger' }),
      signVerdict(impostor, verdict),
      { version: 1, verdict, signature: 'x' },
    ];
    for (const signed of forged) {
      const effects = world.feed({ type: 'verdict', signed });
      expect([refusals(effects), submits(effects), only(effects, 'order-event').length]).toEqual([
        ['bad-signature'],
        0,
        0,
      ]);
    }
  });

  const lapses: [string, (world: World) => Partial<ApprovedVerdict>, string, string][] = [
    ['expired', (world) => ({ expiresAt: world.at }), 'expired', 'expired'],
    [
      'for an earlier bridge epoch',
      (world) => ({ audience: { account: 'main', bridgeEpoch: world.epoch - 1 } }),
      'superseded-bridge',
      'superseded',
    ],
    ['of an earlier gate epoch', () => ({ gateEpoch: 0 }), 'superseded-gate', 'superseded'],
    ['whose hash names another order', () => ({ venueOrderHash: '0'.repeat(64) }), 'hash-mismatch', 'refused'],
  ];
  test.each(lapses)('%s lapses, and is counted', (_what, change, refusal, reason) => {
    const world = new World().ready();
    const effects = world.approve('a', change(world));
    expect([refusals(effects), submits(effects)]).toEqual([[refusal], 0]);
    expect(world.events('a')).toMatchObject([{ type: 'lapsed', reason }]);
    expect(orderEventSchema.safeParse(world.events('a')[0]).success).toBe(true);
    const again = world.approve('a', change(world));
    expect([refusals(again), only(again, 'order-event').length]).toEqual([['replayed'], 0]);
  });

  test('of an earlier kill epoch lapses as killed, unless it reduces', () => {
    const world = new World().started().permitted({ killEpoch: 3 });
    expect(refusals(world.approve('a', { killEpoch: 2 }))).toEqual(['kill-epoch']);
    expect(world.events('a')).toMatchObject([{ type: 'lapsed', reason: 'killed' }]);
    expect(submits(world.approve('b', { killEpoch: 2, reduces: true }))).toBe(1);
    expect(submits(world.approve('c', { killEpoch: 3 }))).toBe(1);
  });

  test('with a client order id that is not derived, or of an unknown instrument, lapses as refused', () => {
    const world = new World().ready();
    const own = verdictOf('a', world);
    const renamed = { ...own.venueOrder, clientOrderId: idOf('b') };
    expect(refusals(world.approve('a', { venueOrder: renamed, venueOrderHash: venueOrderHash(renamed) }))).toEqual([
      'wrong-client-order-id',
    ]);
    expect(refusals(world.approve('c', { instrument: 'ETHUSDT.venuesim' }))).toEqual(['unknown-instrument']);
    expect(only(world.effects, 'submit')).toEqual([]);
  });

  test('for another account or a later bridge is not ours to lapse', () => {
    const world = new World().ready();
    expect(refusals(world.approve('a', { account: 'other' }))).toEqual(['wrong-account']);
    expect(refusals(world.approve('b', { audience: { account: 'other', bridgeEpoch: 1 } }))).toEqual(['wrong-account']);
    expect(refusals(world.approve('c', { audience: { account: 'main', bridgeEpoch: 2 } }))).toEqual(['audience-ahead']);
    expect(only(world.effects, 'order-event')).toEqual([]);
  });

  test('S2: replayed, in whole or under another verdict id or nonce, is ignored for ever', () => {
    const world = new World().ready();
    const signed = world.verdict('a');
    world.feed({ type: 'verdict', signed });
    world.accepted('a');
    const copies = [
      signed,
      world.verdict('a', { nonce: 'f'.repeat(32) }),
      signVerdict(gate, { ...verdictOf('b', world), nonce: signed.verdict.nonce }),
    ];
    for (const copy of copies) {
      const effects = world.feed({ type: 'verdict', signed: copy });
      expect([refusals(effects), submits(effects), only(effects, 'order-event').length]).toEqual([['replayed'], 0, 0]);
    }
  });

  test('without the lease is not acted on', () => {
    const world = new World().ready();
    world.feed({ type: 'lease-lost' });
    const effects = world.approve('a');
    expect([refusals(effects), submits(effects), only(effects, 'order-event').length]).toEqual([['no-lease'], 0, 0]);
  });

  test('denied says nothing', () => {
    const world = new World().ready();
    const {
      decision: _d,
      venueOrder: _o,
      venueOrderHash: _h,
      reduces: _r,
      audience: _a,
      ...common
    } = verdictOf('a', world);
    expect(
      world.feed({
        type: 'verdict',
        signed: signVerdict(gate, { ...common, decision: 'denied', denial: { code: 'MAX_POSITION', detail: {} } }),
      }),
    ).toEqual([]);
  });
});

describe('trade permits', () => {
  test('live from the heartbeat to one microsecond before their end, on both clocks', () => {
    const world = new World().started();
    const permit = world.permit();
    world.pass(SECOND).feed({
      type: 'permit',
      signed: { version: 1, permit, signature: gate.sign('portcullis:permit:v1', canonical(permit)) },
    });
    const [at, monotonicAt] = [world.at, world.monotonicAt];
    expect(world.core.permitAllows(false, { at: at + SECOND - 1, monotonicAt: monotonicAt + SECOND - 1 })).toBe(true);
    expect(world.core.permitAllows(false, { at: at + SECOND, monotonicAt: monotonicAt + SECOND - 1 })).toBe(false);
    expect(world.core.permitAllows(false, { at: at + SECOND - 1, monotonicAt: monotonicAt + SECOND })).toBe(false);
    expect(world.core.permitAllows(false, { at: at - 900 * SECOND, monotonicAt: monotonicAt + SECOND })).toBe(false);
  });

  test('never outlive the bridge’s own limit, whatever they say', () => {
    const world = new World().started().permitted({ ttlMicros: 60 * SECOND });
    expect(world.core.permitRemainingMicros(world)).toBe(2 * SECOND);
  });

  test.each([
    ['another account', { account: 'other' }, 'permit-wrong-account'],
    ['another bridge epoch', { bridgeEpoch: 9 }, 'permit-other-bridge-epoch'],
    ['an echo that we never sent', { echo: 'e'.repeat(32) }, 'permit-unknown-echo'],
    ['an earlier gate', { gateEpoch: 1 }, 'permit-superseded-gate'],
    ['an earlier kill epoch', { gateEpoch: 2, killEpoch: 0 }, 'permit-old-kill-epoch'],
    ['an unknown key', { keyId: 'stranger' }, 'permit-bad-signature'],
  ] as const)('of %s are refused', (_what, change, reason) => {
    const world = new World().started().permitted({ gateEpoch: 2, killEpoch: 1 });
    world.pass(3 * SECOND);
    expect(refusals(world.permitted({ gateEpoch: 2, killEpoch: 1, ...change }).effects)).toEqual([reason]);
    expect(world.core.permitAllows(true, world)).toBe(false);
  });

  test('of mode REDUCE let only reductions out', () => {
    const world = new World().started().permitted({ mode: 'REDUCE' });
    expect(refusals(world.approve('a'))).toEqual(['no-permit']);
    expect(submits(world.approve('b', { reduces: true }))).toBe(1);
  });

  test('that end between the verdict and the write stop the write', () => {
    const world = new World().ready();
    world.approve('a', { expiresAt: world.at + 60 * SECOND });
    world.pass(2 * SECOND);
    expect(world.core.maySend(idOf('a'), world)).toMatchObject({ ok: false, reason: 'no-permit' });
    world.outcome('a', { kind: 'not-sent', reason: 'no-permit', detail: 'it ended' });
    expect(world.events('a').map((event) => event.type)).toEqual(['submitted', 'lapsed']);
  });

  test('do not survive a restart', () => {
    const world = new World().ready().started();
    expect(world.core.permitAllows(true, world)).toBe(false);
    expect(refusals(world.approve('a'))).toEqual(['no-permit']);
  });

  test('missing for ten seconds take the working orders with them', () => {
    const world = new World().ready();
    world.approve('a');
    world.accepted('a');
    world.pass(11.9 * SECOND);
    expect(only(world.feed({ type: 'timer' }), 'cancel')).toEqual([]);
    world.pass(0.1 * SECOND);
    expect(only(world.feed({ type: 'timer' }), 'cancel')).toMatchObject([
      { clientOrderId: idOf('a'), venueOrderId: 'v-a' },
    ]);
  });
});

function canonical(value: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}
