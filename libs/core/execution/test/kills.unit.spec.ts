import { describe, expect, test } from '@jest/globals';
import { signStatement } from '@portcullis/authority';
import type { ClearStatement } from '@portcullis/contracts';
import { SECOND, START, World, approvers, idOf, only, refusals, report } from './bridge-language.ts';

const kill = (world: World, scope: string, streamSequence?: number) =>
  world.feed({
    type: 'kill',
    scope,
    reason: 'drill',
    by: 'ann',
    ...(streamSequence === undefined ? {} : { streamSequence, publishedAt: world.at }),
  });

function clear(
  world: World,
  streamSequence: number,
  change: Partial<ClearStatement> = {},
  signers: readonly (typeof approvers)[number][] = approvers,
) {
  const statement: ClearStatement = {
    version: 1,
    kind: 'clear',
    account: 'main',
    scope: 'all',
    killEpoch: 1,
    reason: 'r',
    issuedAt: world.at,
    expiresAt: world.at + 60 * SECOND,
    ...change,
  };
  const signatures = signers.map((signer) => signStatement(signer, statement));
  return world.feed({ type: 'document', document: { version: 1, statement, signatures }, streamSequence });
}

describe('a kill', () => {
  test('S4: stops what is covered, also an order that is about to be written, and lets reductions through', () => {
    const world = new World().ready();
    world.approve('a');
    kill(world, 'run.sma-1', 1);
    expect(world.core.maySend(idOf('a'), world)).toMatchObject({ ok: false, reason: 'killed' });
    expect(refusals(world.approve('b'))).toEqual(['latched']);
    expect(world.events('b')).toMatchObject([{ type: 'lapsed', reason: 'killed' }]);
    expect(only(world.approve('c', { reduces: true }), 'submit')).toHaveLength(1);
    expect(only(world.approve('d', {}, { runId: 'other' }), 'submit')).toHaveLength(1);
  });

  test('cancels our working orders at once, asks the account, and then strangers that look like ours', () => {
    const world = new World().ready();
    world.sweep();
    world.approve('a');
    world.accepted('a');
    const effects = kill(world, 'all', 1);
    expect(only(effects, 'cancel').map(({ clientOrderId }) => clientOrderId)).toEqual([idOf('a')]);
    expect([only(effects, 'cancel-by-query').length, only(effects, 'sweep').map(({ reason }) => reason)]).toEqual([
      1,
      ['kill'],
    ]);
    const stray = report('lost');
    const listed = world.feed({
      type: 'open-orders',
      openOrders: [report('a'), stray, report('x', { clientOrderId: 'web_12345' })],
    });
    expect(only(listed, 'cancel').map(({ clientOrderId }) => clientOrderId)).toEqual([idOf('lost')]);
  });

  test('of one run leaves the orders of others alone', () => {
    const world = new World().ready();
    world.approve('a');
    world.approve('b', {}, { runId: 'other' });
    kill(world, 'run.other', 1);
    expect(only(world.effects, 'cancel').map(({ clientOrderId }) => clientOrderId)).toEqual([idOf('b', 'other')]);
    const listed = world.feed({ type: 'open-orders', openOrders: [report('lost')] });
    expect(only(listed, 'cancel')).toEqual([]);
  });

  test('is confirmed only by a whole sweep made after it that finds nothing', () => {
    const world = new World().ready();
    world.sweep({ reason: 'start' });
    world.approve('a');
    world.accepted('a');
    world.pass(SECOND);
    kill(world, 'all', 1);
    world.sweep({ reason: 'kill', openOrders: [report('a')] });
    expect(world.core.latches[0]?.confirmed).toBe(false);
    world.feed({ type: 'report', report: report('a', { status: 'canceled' }), fills: [] });
    world.pass(SECOND).feed({ type: 'timer' });
    world.sweep({ reason: 'kill', complete: false });
    expect(world.core.latches[0]?.confirmed).toBe(false);
    world.pass(SECOND).feed({ type: 'timer' });
    world.sweep({ reason: 'kill' });
    expect(world.core.latches[0]?.confirmed).toBe(true);
    expect(only(world.effects, 'recon').at(-1)?.snapshot).toMatchObject({
      reason: 'kill',
      complete: true,
      openOrders: [],
    });
  });

  test('survives a restart', () => {
    const world = new World().ready();
    kill(world, 'all', 1);
    world.ready();
    expect(refusals(world.approve('a'))).toEqual(['latched']);
  });
});

describe('a clear', () => {
  function killed(): World {
    const world = new World().ready();
    kill(world, 'all', 5);
    world.pass(SECOND / 2);
    return world;
  }

  test('of two approvers re-arms the scope that it names', () => {
    const world = killed();
    expect(refusals(clear(world, 6))).toEqual([]);
    expect(only(world.approve('a'), 'submit')).toHaveLength(1);
  });

  test.each<[string, Partial<ClearStatement>, readonly (typeof approvers)[number][]]>([
    ['of one approver', {}, [approvers[0]]],
    ['of one approver twice', {}, [approvers[0], approvers[0]]],
    ['that has expired', { expiresAt: START }, approvers],
    ['for another account', { account: 'other' }, approvers],
    ['for another scope', { scope: 'run.sma-1' }, approvers],
    ['that was signed before the kill', { issuedAt: START - 1 }, approvers],
  ])('%s is refused (S5)', (_what, change, signers) => {
    const world = killed();
    expect(refusals(clear(world, 6, change, signers))).toEqual(['document-refused']);
    expect(refusals(world.approve('a'))).toEqual(['latched']);
  });

  test('S5: replayed after a second kill, or that kill replayed after its clear, changes nothing', () => {
    const world = killed();
    clear(world, 6);
    world.feed({ type: 'kill', scope: 'all', reason: 'old', by: 'x', streamSequence: 5, publishedAt: START });
    expect(world.core.latches).toEqual([]);
    kill(world, 'all', 7);
    expect(refusals(clear(world, 8))).toEqual(['document-refused']);
    expect(refusals(clear(world, 9, { killEpoch: 2 }))).toEqual([]);
  });

  test('clears a local kill too, which has no place in the stream', () => {
    const world = new World().ready();
    kill(world, 'all');
    world.pass(1);
    expect(refusals(clear(world, 1, { killEpoch: 4 }))).toEqual([]);
    expect(world.core.latches).toEqual([]);
  });
});

describe('without the lease, and so without the bus', () => {
  test('a kill still cancels and confirms, and the missing permit still takes the orders away', () => {
    const world = new World().ready();
    world.sweep({ reason: 'start' });
    world.approve('a');
    world.accepted('a');
    world.feed({ type: 'lease-lost' });
    expect(world.core.maySend(idOf('a'), world)).toMatchObject({ ok: false, reason: 'superseded' });
    expect(only(kill(world, 'all'), 'cancel')).toHaveLength(1);
    world.feed({ type: 'report', report: report('a', { status: 'canceled' }), fills: [] });
    world.pass(SECOND).sweep({ reason: 'kill' });
    expect(world.core.latches[0]?.confirmed).toBe(true);
    expect(only(world.feed({ type: 'heartbeat-due' }), 'heartbeat')).toEqual([]);
  });

  test('working orders go after ten seconds', () => {
    const world = new World().ready();
    world.approve('a');
    world.accepted('a');
    world.feed({ type: 'lease-lost' });
    world.pass(12 * SECOND);
    expect(only(world.feed({ type: 'timer' }), 'cancel')).toHaveLength(1);
  });
});
