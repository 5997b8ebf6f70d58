import { describe, expect, test } from '@jest/globals';
import { reconSnapshotSchema } from '@portcullis/contracts';
import { SECOND, World, fill, idOf, only, report } from './bridge-language.ts';

const snapshots = (world: World) => only(world.effects, 'recon').map(({ snapshot }) => snapshot);
const balances = (btc: string, usdt: string) => [
  { currency: 'BTC', free: btc, locked: '0.00000000' },
  { currency: 'USDT', free: usdt, locked: '0.00000000' },
];

describe('sweeps', () => {
  test('happen at start, on reconnect and periodically while something is open; one at a time', () => {
    const world = new World().started();
    world.feed({ type: 'private-stream', state: 'up' });
    expect(only(world.effects, 'sweep').map(({ reason }) => reason)).toEqual(['start']);
    world.sweep({ reason: 'start' });
    expect(only(world.effects, 'sweep').map(({ reason }) => reason)).toEqual(['start', 'reconnect']);
    world.sweep({ reason: 'reconnect' });
    world.pass(60 * SECOND).permitted();
    expect(only(world.effects, 'sweep')).toHaveLength(2);
    world.approve('a');
    world.accepted('a');
    world.pass(15 * SECOND).permitted();
    expect(only(world.effects, 'sweep').map(({ reason }) => reason)).toEqual(['start', 'reconnect', 'periodic']);
  });

  test('tell the gate, in a message that parses', () => {
    const world = new World().started();
    world.sweep({ reason: 'start', balances: balances('1.50000000', '1000.00000000') });
    expect(snapshots(world)).toMatchObject([
      { complete: true, breaks: [], bridgeEpoch: 1, positions: [{ instrument: 'BTCUSDT.venuesim', quantity: '0' }] },
    ]);
    expect(reconSnapshotSchema.safeParse(snapshots(world)[0]).success).toBe(true);
    expect(world.core.reconciled).toBe(true);
  });

  test('that are not complete are told as such, and repeated', () => {
    const world = new World().started();
    world.sweep({ reason: 'start', complete: false });
    expect([snapshots(world)[0]?.complete, world.core.reconciled]).toEqual([false, false]);
    world.pass(SECOND).feed({ type: 'timer' });
    expect(only(world.effects, 'sweep').map(({ reason }) => reason)).toEqual(['start', 'start']);
  });

  test('F11: find the fill that the stream dropped, once', () => {
    const world = new World().ready();
    world.sweep({ reason: 'start' });
    world.approve('a');
    world.accepted('a');
    const { clientOrderId: _id, ...listed } = fill('a', '12', '0.1');
    for (let i = 0; i < 3; i++) world.pass(15 * SECOND).sweep({ fills: [listed], balances: balances('1.1', '990') });
    expect(world.events('a').map((event) => event.type)).toEqual(['submitted', 'accepted', 'fill']);
    expect(snapshots(world).flatMap(({ breaks }) => breaks)).toEqual([]);
  });

  test('ask for an order that is not listed instead of assuming', () => {
    const world = new World().ready();
    world.sweep({ reason: 'start' });
    world.approve('a');
    world.accepted('a');
    world.pass(15 * SECOND).permitted();
    const effects = world.sweep();
    expect([only(effects, 'lookup').map(({ clientOrderId }) => clientOrderId), world.status('a')]).toEqual([
      [idOf('a')],
      'ACCEPTED',
    ]);
  });

  test('a listing that resolves an unresolved order is evidence', () => {
    const world = new World().ready();
    world.approve('a');
    world.outcome('a', { kind: 'unknown', reason: 'timeout' });
    world.sweep({ openOrders: [report('a')] });
    expect(world.status('a')).toBe('ACCEPTED');
  });

  test('the same difference in two sweeps is a break; a race is not', () => {
    const world = new World().ready();
    world.sweep({ reason: 'start', balances: balances('1', '1000') });
    world.approve('a');
    world.accepted('a');
    world.sweep({ balances: balances('1.1', '990') });
    world.feed({ type: 'fill-report', fill: fill('a', '1', '0.1') });
    world.sweep({ balances: balances('1.1', '990') });
    expect(snapshots(world).flatMap(({ breaks }) => breaks)).toEqual([]);
    world.sweep({ balances: balances('1.1', '940') });
    // Again at once, the venue's list of executions may still be behind its balances.
    world.sweep({ balances: balances('1.1', '940') });
    expect(snapshots(world).flatMap(({ breaks }) => breaks)).toEqual([]);
    world.pass(5 * SECOND).sweep({ balances: balances('1.1', '940') });
    expect(snapshots(world).at(-1)?.breaks).toEqual([{ kind: 'balance', subject: 'USDT', ours: '990', venue: '940' }]);
  });

  test('what an order of unknown outcome may explain is no break before its outcome is known', () => {
    const world = new World().ready();
    world.sweep({ reason: 'start', balances: balances('1', '1000') });
    world.approve('a');
    const { clientOrderId: _id, ...listed } = fill('a', '12', '0.1');
    const shown = { fills: [listed], balances: balances('1.1', '990') };
    // Its answer is still out, then lost: the listing names only the venue's order id, so nobody can tell whose fill it is.
    world.sweep(shown);
    world.outcome('a', { kind: 'unknown', reason: 'timeout' });
    for (let i = 0; i < 3; i++) world.pass(15 * SECOND).sweep(shown);
    expect(snapshots(world).flatMap(({ breaks }) => breaks)).toEqual([]);
    world.lookedUp('a', {
      kind: 'found',
      report: report('a', { status: 'filled', executedQuantity: '0.1' }),
      fills: [],
    });
    world.pass(15 * SECOND).sweep(shown);
    expect([world.status('a'), snapshots(world).flatMap(({ breaks }) => breaks)]).toEqual(['FILLED', []]);
    // The second of these may answer queries that were sent when the first came in, so the third is the second look.
    for (let i = 0; i < 3; i++) world.pass(15 * SECOND).sweep({ balances: balances('1.1', '940') });
    expect(snapshots(world).at(-1)?.breaks).toEqual([{ kind: 'balance', subject: 'USDT', ours: '990', venue: '940' }]);
  });

  test('a zero or missing balance is unknown, not flat', () => {
    const world = new World().started();
    world.sweep({ reason: 'start', balances: balances('1', '1000') });
    for (let i = 0; i < 3; i++) world.sweep({ balances: [{ currency: 'USDT', free: '0', locked: '0' }] });
    expect(snapshots(world).at(-1)).toMatchObject({ complete: false, breaks: [] });
  });

  test('F13: what others did to the account is a break', () => {
    const world = new World().started();
    world.sweep({ reason: 'start' });
    const { clientOrderId: _id, ...foreign } = fill('foreign', '77', '0.5');
    for (let i = 0; i < 2; i++) {
      const openOrders = [report('stray'), report('web', { clientOrderId: 'web_1' })];
      world.pass(5 * SECOND).sweep({ fills: [foreign], openOrders });
    }
    expect(snapshots(world).at(-1)).toMatchObject({
      externalOrders: 1,
      breaks: [
        { kind: 'order', subject: idOf('stray') },
        { kind: 'fill', subject: 'BTCUSDT trade 77' },
      ],
    });
  });

  test('list executions from one sweep back, so that one that shows late is not missed', () => {
    const world = new World().started();
    const listed = (id: string) => {
      const { clientOrderId: _id, ...rest } = fill('foreign', id, '0.1');
      return rest;
    };
    world.sweep({ reason: 'start', fills: [listed('10')] });
    world.pass(5 * SECOND).feed({ type: 'timer' });
    world.sweep({ fills: [listed('12')] });
    world.pass(5 * SECOND).feed({ type: 'timer' });
    expect(only(world.effects, 'sweep').map(({ fillsFrom }) => fillsFrom[0]?.tradeId)).toEqual([
      undefined,
      undefined,
      '10',
    ]);
  });
});
